//! Reads by the management API of a metad: everything, but without revisions.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::part::Part;
use super::seen::{Seen, common};
use super::store::Inner;
use crate::client::link::{Ask, Fault};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::{At, Item, Name, Revision, Sink, What};

/// What a metad does not tell.
const NO_REVISION: Revision = 0;

impl Inner {
    /// [`Store::read`](crate::store::Store::read), by one request for each part.
    pub(super) async fn read_managed(
        &self,
        what: &[What],
        at: At,
        sink: Sink<'_>,
    ) -> Result<Revision> {
        let mut asked: Vec<(Part, Vec<&Path>)> = Vec::new();
        for what in what {
            let part = Part::of(what.path()).ok_or_else(|| kept_away(what.path()))?;
            match asked.iter_mut().find(|(known, _)| *known == part) {
                Some((_, paths)) => paths.push(what.path()),
                None => asked.push((part, vec![what.path()])),
            }
        }
        let deadline = self.manage.deadline();
        let mut parts = Vec::new();
        for (part, paths) in asked {
            parts.push(self.see_managed(&part, &common(paths), at, deadline).await?);
        }
        for what in what {
            for (path, value) in parts.iter().flat_map(|seen| seen.of(what)) {
                let path = path.as_str();
                sink(Item { path, value, create_revision: 0, mod_revision: 0, lease: None })?;
            }
        }
        // A watch begins with the data.
        if let [seen] = &parts[..] {
            self.keep(seen);
        }
        Ok(NO_REVISION)
    }

    /// [`Store::names`](crate::store::Store::names).
    pub(super) async fn names_managed(
        &self,
        directory: &Path,
        at: At,
    ) -> Result<(Revision, Vec<Name>)> {
        let part = Part::of(directory).ok_or_else(|| kept_away(directory))?;
        let seen = self.see_managed(&part, directory, at, self.manage.deadline()).await?;
        Ok((NO_REVISION, seen.names(directory)))
    }

    /// What is at and below `path` now, or more of its part.
    pub(super) async fn see_managed(
        &self,
        part: &Part,
        path: &Path,
        at: At,
        deadline: Instant,
    ) -> Result<Seen, Fault> {
        if let At::Revision(revision) = at {
            let doing = format!("reading the past, revision `{revision}`,");
            return Err(self.beyond_metad(&doing).into());
        }
        let top = part.top(path);
        let answer = match self.manage.call(deadline, &Ask::get(part.target(&top))).await {
            Ok(answer) => answer,
            Err(Fault::Refused { status: 404, .. }) => return Ok(Seen::nothing(&top, NO_REVISION)),
            Err(fault) => return Err(fault),
        };
        let garbled = |error| self.manage.garbled(error);
        match part {
            Part::Rules(_) => rules(&top, &answer.body).map_err(garbled),
            Part::Data | Part::Mapping(_) => {
                Seen::read(&top, NO_REVISION, &answer.body).map_err(garbled)
            }
        }
    }

    /// What only `metactl serve` can do.
    pub(super) fn beyond_metad(&self, doing: &str) -> Error {
        let place = self.manage.place();
        Error::new(
            Kind::Unsupported,
            format!("{doing} is not possible at `{place}`, the management API of a metad"),
        )
        .hint("Serve the store with `metactl serve`, whose management API can do all of it")
    }
}

/// The rules of all clients: an array for each, which is kept as the text that it is.
fn rules(top: &Path, body: &[u8]) -> Result<Seen> {
    let rules: BTreeMap<String, serde_json::Value> = serde_json::from_slice(body)
        .map_err(|error| Error::invalid("the rules are no JSON").because(error))?;
    let mut seen = Seen::nothing(top, NO_REVISION);
    for (ip, rules) in rules {
        seen.leaves.insert(top.child(&ip)?, rules.to_string());
    }
    Ok(seen)
}

fn kept_away(path: &Path) -> Error {
    Error::new(Kind::Unsupported, format!("a metad does not give `{path}` away"))
        .hint("Serve the store with `metactl serve`, whose management API shows all of it")
}
