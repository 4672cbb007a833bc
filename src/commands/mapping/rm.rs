//! `metactl mapping rm`

use crate::commands::mapping::tell;
use crate::error::Result;
use crate::ops::mapping;
use crate::session::Session;
use crate::ui::Format;

/// Remove links of a node, or its whole mapping
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl mapping rm 192.168.100.2 links/zk
  metactl mapping rm 192.168.100.2",
    after_long_help = "Without a name the whole mapping of the node is removed; asks first."
)]
pub struct RmArgs {
    /// The node's ip
    #[arg(value_name = "IP")]
    ip: String,

    /// Links to remove, or directories of links
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

pub async fn run(args: RmArgs, session: &Session) -> Result<()> {
    let format = session.ui.choose(&[Format::Text, Format::Json, Format::Yaml], Format::Text)?;
    let view = session.view().await?;
    let group = &view.scope().group;
    if args.names.is_empty() {
        let all = mapping::get(&view, group, Some(&args.ip)).await?;
        let count: usize = all.values().map(|links| links.len()).sum();
        let (ip, place) = (&args.ip, view.store().place());
        let links = if count == 1 { "1 link".to_owned() } else { format!("{count} links") };
        session
            .ui
            .confirm(&format!("remove the whole mapping of `{ip}` with {links} in {place}"))?;
    }
    let note = session.note(format!("mapping rm {} {}", args.ip, args.names.join(" ")).trim_end());
    let done = mapping::remove(&view, group, &args.ip, &args.names, note).await?;
    tell(session, &args.ip, "removed", &done);
    session.ui.show(&done, format)
}
