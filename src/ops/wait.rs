//! Waiting until something holds at some paths.

use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::model::condition::{Condition, Place};
use crate::model::duration;
use crate::model::path::Path;
use crate::ops::view::View;
use crate::ops::watch::attend::{Seen, attend};
use crate::store::Revision;

/// How many of the paths an error names.
const NAMED: usize = 5;

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Request {
    pub paths: Vec<Path>,
    pub condition: Condition,
    /// Whether one of the paths is enough.
    pub any: bool,
    /// Give up after that long; at once after the first look when it is zero.
    pub timeout: Option<Duration>,
}

/// Where it held, and what was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The revision at which it held.
    pub revision: Revision,
    pub held: Vec<HeldAt>,
}

/// One path at which it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldAt {
    pub path: Path,
    /// The value of a leaf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How many children a directory has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<usize>,
}

/// What goes on while it is waited for.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The store does not answer.
    Away(&'a Error),
    /// It answers again, and nothing was missed.
    Back,
}

/// Waits until the condition holds at all paths, in one revision, or at any.
///
/// Nothing that happens is missed: a state that is there for a single revision
/// counts. `TimedOut`, naming what did not hold; else the errors of [`attend`].
pub async fn wait(
    view: &View,
    request: &Request,
    notice: &mut dyn FnMut(Notice<'_>),
) -> Result<Held> {
    let mut state = State {
        request,
        places: request.paths.iter().cloned().map(Place::new).collect(),
        is_seen: false,
        away: None,
    };
    let look_once = request.timeout.is_some_and(|timeout| timeout.is_zero());
    let holds = attend(view, &request.paths, |seen| {
        let held = state.see(seen, notice);
        (held.is_some() || look_once).then_some(held)
    });
    let held = tokio::select! {
        biased;
        held = holds => held?,
        () = passed(request.timeout.filter(|_| !look_once)) => None,
    };
    held.ok_or_else(|| state.timed_out())
}

async fn passed(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

struct State<'a> {
    request: &'a Request,
    places: Vec<Place>,
    is_seen: bool,
    /// Why the store does not answer, while it does not.
    away: Option<Error>,
}

impl State<'_> {
    /// Takes it in; where it holds, if it does now.
    fn see(&mut self, seen: Seen, notice: &mut dyn FnMut(Notice<'_>)) -> Option<Held> {
        let commit = match seen {
            Seen::Commit(commit) => commit,
            Seen::Away(error) => {
                notice(Notice::Away(&error));
                self.away = Some(error);
                return None;
            }
            Seen::Back => {
                notice(Notice::Back);
                self.away = None;
                return None;
            }
        };
        self.is_seen = true;
        for change in &commit.changes {
            for place in &mut self.places {
                place.see(&change.path, change.value.as_deref());
            }
        }
        let condition = &self.request.condition;
        let holding = self.places.iter().filter(|place| condition.holds(place));
        let held: Vec<HeldAt> = holding
            .map(|place| HeldAt {
                path: place.path().clone(),
                value: place.value().map(str::to_owned),
                children: place.children(),
            })
            .collect();
        let enough = if self.request.any { 1 } else { self.places.len() };
        (held.len() >= enough).then_some(Held { revision: commit.revision, held })
    }

    fn timed_out(self) -> Error {
        let waited = match self.request.timeout {
            Some(timeout) if !timeout.is_zero() => {
                format!("waited {} in vain", duration::format(timeout))
            }
            _ => "not so now".to_owned(),
        };
        let condition = &self.request.condition;
        let failing: Vec<&Place> =
            self.places.iter().filter(|place| !condition.holds(place)).collect();
        let mut complaints: Vec<String> =
            failing.iter().take(NAMED).map(|place| condition.complaint(place)).collect();
        if failing.len() > NAMED {
            complaints.push(format!("and {} more", failing.len() - NAMED));
        }
        if !self.is_seen {
            complaints = vec!["the store does not answer".to_owned()];
        }
        let error = Error::new(Kind::TimedOut, format!("{waited}: {}", complaints.join("; ")));
        match self.away {
            Some(away) => error.because(away),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::condition::Count;
    use crate::ops::view::Scope;
    use crate::store::memory::Memory;
    use crate::store::{Changes, Commit, Store};

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    async fn put(store: &Memory, pairs: &[(&str, &str)]) -> Revision {
        let mut changes = Changes::new();
        for (key, value) in pairs {
            match value.is_empty() {
                true => changes.delete_tree(&path(key)),
                false => changes.put(&path(key), value),
            }
        }
        store.commit(&Commit { changes, ..Commit::default() }).await.unwrap().revision
    }

    fn world() -> (Memory, View) {
        let store = Memory::new();
        let scope = Scope {
            group: "default".to_owned(),
            cluster_root: Path::root(),
            as_id: Some("10.0.0.1".to_owned()),
        };
        let view = View::new(Arc::new(store.clone()), scope);
        (store, view)
    }

    fn request(paths: &[&str], condition: Condition) -> Request {
        let paths = paths.iter().map(|text| path(text)).collect();
        Request { paths, condition, any: false, timeout: None }
    }

    #[tokio::test]
    async fn all_paths_hold_in_one_revision() {
        let (store, view) = world();
        put(&store, &[("/a", "1")]).await;
        let request = request(&["/a", "/b"], Condition::Exists);
        let mut quiet = |_: Notice<'_>| {};
        let waiting = wait(&view, &request, &mut quiet);
        let writing = async {
            put(&store, &[("/a", "")]).await;
            put(&store, &[("/b", "1")]).await;
            put(&store, &[("/c", "1")]).await;
            // For this one revision it holds, though it is gone at once.
            let revision = put(&store, &[("/a", "2")]).await;
            put(&store, &[("/a", ""), ("/b", "")]).await;
            revision
        };
        // The first to be polled looks first.
        let (held, revision) = tokio::join!(waiting, writing);
        let held = held.unwrap();
        assert_eq!(held.revision, revision);
        assert_eq!(held.held[0].value.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn a_link_that_leads_elsewhere_is_followed() {
        let (store, view) = world();
        put(&store, &[("/cl-1/env/x", "1"), ("/cl-2/env/x", "2"), ("/cl-2/env/y", "2")]).await;
        let link = "/_metad/mapping/default/10.0.0.1/env";
        put(&store, &[(link, "/cl-1/env")]).await;
        let request = request(&["/self/env"], Condition::Children(Count::parse("2").unwrap()));
        let (mut quiet, moved) = (|_: Notice<'_>| {}, [(link, "/cl-2/env")]);
        let (held, _) = tokio::join!(wait(&view, &request, &mut quiet), put(&store, &moved));
        assert_eq!(held.unwrap().held[0].children, Some(2));
    }

    #[tokio::test]
    async fn one_look_tells_what_does_not_hold() {
        let (store, view) = world();
        put(&store, &[("/a", "1")]).await;
        let mut request = request(&["/a", "/b"], Condition::Equals("1".to_owned()));
        request.timeout = Some(Duration::ZERO);
        let error = wait(&view, &request, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), Kind::TimedOut);
        assert_eq!(error.message(), "not so now: there is nothing at `/b`");
        request.any = true;
        assert_eq!(wait(&view, &request, &mut |_| {}).await.unwrap().held.len(), 1);
    }

    #[tokio::test]
    async fn a_time_limit_names_a_few_of_many() {
        let (_, view) = world();
        let paths: Vec<String> = (0..8).map(|number| format!("/p{number}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut request = request(&paths, Condition::Exists);
        request.timeout = Some(Duration::from_millis(20));
        let error = wait(&view, &request, &mut |_| {}).await.unwrap_err();
        assert!(error.message().starts_with("waited 20ms in vain: there is nothing at `/p0`; "));
        assert!(error.message().ends_with("`/p4`; and 3 more"), "{error}");
    }
}
