//! `metactl get --keys-only`

use std::io;

use serde::Serialize;

use crate::error::Result;
use crate::model::path::Path;
use crate::model::tree::Order;
use crate::ops::get::{self, Request};
use crate::ops::read::Content;
use crate::session::Session;
use crate::store::Revision;
use crate::ui::{Format, Report};

/// Paths of leaves: below one directory relative to it, else whole.
#[derive(Serialize)]
#[serde(transparent)]
struct Keys(Vec<String>);

pub(super) async fn run(
    session: &Session,
    paths: &[Path],
    revision: Option<Revision>,
) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml];
    let format = session.ui.choose(&allowed, Format::Text)?;
    let view = session.view().await?;
    let request = Request { paths: paths.to_vec(), revision, ..Request::new(Order::Listing) };
    let answer = get::get(&view, request).await?;
    let mut keys = Vec::new();
    for one in &answer.found {
        match &one.content {
            None => {}
            Some(Content::Leaf(_)) => keys.push(one.path.to_string()),
            Some(Content::Directory(leaves)) => {
                let whole = paths.len() > 1 && !one.path.is_root();
                let before = if whole { one.path.as_str() } else { "" };
                let mut cursor = leaves.cursor();
                while cursor.advance() {
                    keys.push(format!("{before}{}", cursor.path()));
                }
            }
        }
    }
    session.ui.show(&Keys(keys), format)
}

impl Report for Keys {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|key| writeln!(out, "{key}"))
    }
}
