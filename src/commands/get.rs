//! `metactl get`

use std::collections::BTreeMap;
use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::commands::outline::Outline;
use crate::commands::{complete, leaves};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::model::yaml;
use crate::ops::get::{self, Request};
use crate::ops::read::{Answer, Content, Found};
use crate::session::Session;
use crate::store::Revision;
use crate::ui::{Format, Report, Styles, Tree, env};

mod keys;
mod meta;

/// Print values: of leaves, or of all leaves below directories
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl get /self/host/ip
  metactl get /self/env -o env
  metactl get /cl-abcd1234/cluster /projects/default -o json
  metactl get /self/cluster/endpoints/client/port --resolve
  metactl get /self/env/port --default 8080",
    after_long_help = "A leaf prints its value, with a newline added unless it ends in one. A directory prints
one line for each leaf below it: the path relative to it, a tab, and the value with
\\\\ \\t \\n \\r escaped. Several paths print whole paths. /self is the node that --as names;
links/SERVICE/… leads into the linked cluster."
)]
pub struct GetArgs {
    /// Leaves or directories
    #[arg(required = true, value_name = "PATH", add = complete::paths())]
    paths: Vec<String>,

    /// Print this for what is absent, and exit with 0
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    default: Option<String>,

    /// Read as of that revision
    #[arg(long, value_name = "REVISION")]
    rev: Option<Revision>,

    /// Print a leaf's value byte for byte, without adding a newline
    #[arg(long, conflicts_with_all = ["keys_only", "meta"])]
    raw: bool,

    /// Print paths only
    #[arg(long, conflicts_with = "meta")]
    keys_only: bool,

    /// Replace an endpoint's env.KEY port by the number of that parameter
    #[arg(long, conflicts_with = "meta")]
    resolve: bool,

    /// Print revisions with the values (with -o json or yaml)
    #[arg(long, conflicts_with_all = ["default", "or_project"])]
    meta: bool,

    /// Take an instance's missing attributes from its project
    #[arg(long)]
    or_project: bool,
}

const FORMATS: [Format; 6] =
    [Format::Text, Format::Json, Format::Yaml, Format::Tree, Format::Env, Format::Value];

pub async fn run(args: GetArgs, session: &Session) -> Result<()> {
    let paths = args.paths.iter().map(|path| Path::parse(path)).collect::<Result<Vec<_>>>()?;
    if args.meta {
        return meta::run(session, &paths, args.rev).await;
    }
    if args.keys_only {
        return keys::run(session, &paths, args.rev).await;
    }
    let format = session.ui.choose(&FORMATS, Format::Tree)?;
    let view = session.view().await?;
    let order = leaves::order(format);
    let request = Request {
        paths,
        revision: args.rev,
        order,
        default: args.default,
        resolve_ports: args.resolve,
        or_project: args.or_project,
    };
    let answer = get::get(&view, request).await?;
    if args.raw {
        return raw(session, &answer);
    }
    let width = session.ui.width();
    let cluster_root = view.scope().cluster_root.clone();
    Values { answer, width, cluster_root }.show(session, format)
}

/// One value, byte for byte.
fn raw(session: &Session, answer: &Answer) -> Result<()> {
    match answer.found.as_slice() {
        [Found { content: Some(Content::Leaf(value)), .. }] => {
            let mut out = session.ui.out();
            out.bytes(value.as_bytes())?;
            out.finish()
        }
        [Found { path, .. }] => Err(Error::new(
            Kind::Usage,
            format!("`--raw` prints one leaf, and `{path}` is a directory"),
        )
        .hint(format!("Leave `--raw` out, or list its leaves: `metactl get --keys-only {path}`"))),
        _ => Err(Error::new(Kind::Usage, "`--raw` prints one leaf, and several paths are given")
            .hint("Leave `--raw` out, or get them one by one")),
    }
}

/// What was asked for, in every form.
struct Values {
    answer: Answer,
    width: usize,
    cluster_root: Path,
}

impl Values {
    /// What was found, with its path.
    fn contents(&self) -> impl Iterator<Item = (&Path, &Content)> {
        self.answer.found.iter().filter_map(|one| Some((&one.path, one.content.as_ref()?)))
    }

    fn only(&self) -> Option<&Content> {
        match self.answer.found.as_slice() {
            [one] => one.content.as_ref(),
            _ => None,
        }
    }

    fn show(&self, session: &Session, format: Format) -> Result<()> {
        match (format, self.only()) {
            (Format::Yaml, Some(Content::Directory(found))) => {
                let mut out = session.ui.out();
                crate::ui::out::written(yaml::leaves(&mut out, found, 0))?;
                out.finish()
            }
            (Format::Env, _) => {
                let all: Vec<_> =
                    self.contents().flat_map(|(path, one)| leaves::variables(path, one)).collect();
                let pairs = all.iter().map(|(path, value)| (path.as_str(), value.as_str()));
                let mut out = session.ui.out();
                env::lines(pairs)?.iter().try_for_each(|line| out.line(line))?;
                out.finish()
            }
            _ => session.ui.show(self, format),
        }
    }
}

impl Report for Values {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match self.only() {
            Some(Content::Leaf(text)) => leaves::value(out, text),
            Some(Content::Directory(found)) => leaves::lines(out, "", found),
            None => self.contents().try_for_each(|(path, content)| match content {
                Content::Leaf(text) => writeln!(out, "{path}\t{}", crate::ui::escape(text)),
                Content::Directory(found) => {
                    let before = if path.is_root() { "" } else { path.as_str() };
                    leaves::lines(out, before, found)
                }
            }),
        }
    }

    fn tree(&self, styles: &Styles) -> Option<Tree> {
        let Some(Content::Directory(found)) = self.only() else { return None };
        let outline = Outline {
            top: self.answer.found.first()?.path.clone(),
            cluster_root: self.cluster_root.clone(),
            width: self.width,
            depth: None,
            at_a_glance: false,
        };
        Some(outline.draw(found, styles))
    }

    fn value(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.contents().try_for_each(|(_, content)| leaves::values(out, content))
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.only() {
            Some(Content::Leaf(value)) => serializer.serialize_str(value),
            Some(Content::Directory(found)) => found.nested().serialize(serializer),
            None => {
                let mut map = serializer.serialize_map(None)?;
                for (path, content) in self.contents().collect::<BTreeMap<_, _>>() {
                    match content {
                        Content::Leaf(value) => map.serialize_entry(path, value)?,
                        Content::Directory(found) => map.serialize_entry(path, &found.nested())?,
                    }
                }
                map.end()
            }
        }
    }
}
