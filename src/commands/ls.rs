//! `metactl ls`

use std::io;

use serde::Serialize;

use crate::commands::complete;
use crate::error::Result;
use crate::model::path::Path;
use crate::ops::list::{self, Listing};
use crate::ops::read;
use crate::session::Session;
use crate::store::{At, Name};
use crate::ui::{Format, Report};

/// List the names in a directory
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl ls
  metactl ls /self/hosts
  metactl ls /cl-abcd1234 -o json",
    after_long_help = "Directories end in /. The directory / also shows self, where it is known which node that is."
)]
pub struct LsArgs {
    /// The directory
    #[arg(default_value = "/", value_name = "PATH", add = complete::paths())]
    path: String,
}

/// The names of a directory.
#[derive(Serialize)]
#[serde(transparent)]
struct Names(Vec<Child>);

#[derive(Serialize)]
struct Child {
    name: String,
    directory: bool,
}

pub async fn run(args: LsArgs, session: &Session) -> Result<()> {
    let path = Path::parse(&args.path)?;
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let view = session.view().await?;
    let names = match list::list(&view, &path, At::Latest).await? {
        Listing::Nothing => return Err(read::missing(&view, &path, At::Latest).await),
        Listing::Leaf => {
            let name = path.name().unwrap_or_default().to_owned();
            vec![Name { name, directory: false }]
        }
        Listing::Directory(names) => names,
    };
    let child = |name: Name| Child { name: name.name, directory: name.directory };
    let names = Names(names.into_iter().map(child).collect());
    if names.0.is_empty() {
        session.ui.status(format_args!("`{path}` holds nothing yet"));
    }
    session.ui.show(&names, format)
}

impl Report for Names {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|child| {
            writeln!(out, "{}{}", child.name, if child.directory { "/" } else { "" })
        })
    }
}
