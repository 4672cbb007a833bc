//! `metactl mapping set`

use crate::commands::mapping::tell;
use crate::error::Result;
use crate::model::keyvalue;
use crate::ops::mapping;
use crate::session::Session;
use crate::ui::Format;

/// Set links of a node; its other links stay
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl mapping set 192.168.100.2 host=/cl-abcd1234/hosts/master/i-abcd1234
  metactl mapping set 192.168.100.2 env=/cl-abcd1234/env links/zk=/cl-efgh5678")]
pub struct SetArgs {
    /// The node's ip
    #[arg(value_name = "IP")]
    ip: String,

    /// Names below /self, also nested ones, and the paths they stand for
    #[arg(value_name = "NAME=PATH", required = true)]
    links: Vec<String>,
}

pub async fn run(args: SetArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let mut links = Vec::with_capacity(args.links.len());
    for text in &args.links {
        let (name, real) = keyvalue::pair(text, "NAME=PATH")?;
        links.push((name.to_owned(), real.to_owned()));
    }
    let names = links.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ");
    let note = session.note(format!("mapping set {} {names}", args.ip));
    let view = session.view().await?;
    let done = mapping::set(&view, &view.scope().group, &args.ip, &links, note).await?;
    tell(session, &args.ip, "set", &done);
    session.ui.show(&done, format)
}
