//! `metactl man`

use std::path::{Path, PathBuf};

use crate::cli::pages::{self, Page};
use crate::error::{Error, Kind, Result};
use crate::session::Session;

/// Print a manual page, or write all of them into a directory
///
/// Without words it is the page of metactl itself.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl man cluster create | man -l -
  metactl man --dir ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The words of a command
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    words: Vec<String>,

    /// Write the pages of all commands here
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub async fn run(args: ManArgs, session: &Session) -> Result<()> {
    let pages = pages::all()
        .map_err(|error| Error::new(Kind::Failed, "writing manual pages").because(error))?;
    if let Some(directory) = args.dir {
        write(&pages, &directory)?;
        session.ui.status(format_args!("wrote {} pages into {}", pages.len(), directory.display()));
        return Ok(());
    }
    let mut out = session.ui.out();
    out.bytes(&page(&pages, &args.words)?.source)?;
    out.finish()
}

fn page<'a>(pages: &'a [Page], words: &[String]) -> Result<&'a Page> {
    let name = format!(
        "{}.1",
        ["metactl"]
            .into_iter()
            .chain(words.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join("-")
    );
    pages.iter().find(|page| page.name == name).ok_or_else(|| {
        Error::not_found(format!("there is no command `{}`", words.join(" ")))
            .hint("List the commands: `metactl --help`")
    })
}

fn write(pages: &[Page], directory: &Path) -> Result<()> {
    let failed = |path: &Path, error: std::io::Error| {
        Error::new(Kind::Failed, format!("writing `{}`", path.display())).because(error)
    };
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    for page in pages {
        let path = directory.join(&page.name);
        std::fs::write(&path, &page.source).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
