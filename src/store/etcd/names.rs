//! The children of a directory, found by leaps over what lies below them.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::layout::Span;
use super::ranges::Ask;
use super::store::{Etcd, pinned};
use crate::model::path::Path;
use crate::store::{At, Name, Revision};

/// Keys asked for first: a directory of directories is mostly over by then.
const FIRST: i64 = 256;
/// After a leap, which may land in front of another large directory.
const AFTER_LEAP: i64 = 64;
const MOST: i64 = 8192;

impl Etcd {
    /// [`Store::names`](crate::store::Store::names).
    pub(super) async fn names_of(
        &self,
        directory: &Path,
        at: At,
    ) -> Result<(Revision, Vec<Name>), Fault> {
        let mut at = pinned(at)?;
        let mut names = BTreeMap::new();
        for span in self.layout.below(directory.as_str()) {
            let mut rest = Some((span, FIRST));
            while let Some((span, limit)) = rest {
                let ask = [Ask::names(span.clone(), limit)];
                let (revision, answers) = self.ask(&ask, at, self.link.deadline()).await?;
                at = at.or(Some(revision));
                let Some(answer) = answers.into_iter().next() else { break };
                let mut last = None;
                for key in &answer.keys {
                    let Some(path) = self.layout.path(&key.key) else { continue };
                    let below = directory.relative(&path).unwrap_or_default();
                    let mut segments = below.split('/').skip(1);
                    let Some(name) = segments.next() else { continue };
                    let is_directory = segments.next().is_some();
                    *names.entry(name.to_owned()).or_insert(false) |= is_directory;
                    let child = &path[..path.len() - below.len() + 1 + name.len()];
                    last = is_directory.then(|| self.layout.key(child));
                }
                rest = next_leap(&span, limit, &answer.keys, last).filter(|_| answer.more);
            }
        }
        let revision = match at {
            Some(revision) => revision,
            None => self.revision_of(None).await?,
        };
        let names = names.into_iter().map(|(name, directory)| Name { name, directory });
        Ok((revision, names.collect()))
    }
}

/// Where to go on, and how many keys to ask for: behind the directory in which the
/// page ended, or behind the page's last key.
fn next_leap(
    span: &Span,
    limit: i64,
    keys: &[etcd_client::proto::PbKeyValue],
    ended_in: Option<String>,
) -> Option<(Span, i64)> {
    let (from, limit) = match ended_in {
        Some(directory) => (format!("{directory}0").into_bytes(), AFTER_LEAP),
        None => ([&keys.last()?.key[..], b"\0"].concat(), (limit * 2).min(MOST)),
    };
    (span.to.as_ref().is_none_or(|to| from < *to))
        .then(|| (Span { from, to: span.to.clone() }, limit))
}
