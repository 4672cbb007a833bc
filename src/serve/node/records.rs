//! Reads and commits of records and leases, held to what is the node's own.

use std::sync::Arc;
use std::time::Duration;

use super::allowed::{self, Record, foreign};
use super::me::Me;
use crate::client::wire::{CommitTaken, End, Grant, Leaf, LeaseTold, Read};
use crate::error::{Error, Kind, Result};
use crate::model::command::{Order, order};
use crate::model::path::Path;
use crate::ops::command::adopt;
use crate::ops::view::{Scope, View};
use crate::serve::app::App;
use crate::store::reading::Entry;
use crate::store::{At, Commit, Item, LeaseId, Note, Outcome, Revision, What, reading};

/// The most keys of one read: the list of a cluster's commands may hold 200.
const MAX_KEYS: usize = 512;
/// The longest time to live.
const MAX_TTL: Duration = Duration::from_secs(600);
/// Where the leaves of agents are.
const AGENTS: &str = "/_metactl/agents";

/// The records at those keys, lines of JSON as of the management API's read.
pub(super) async fn read(app: &App, me: &Me, read: &Read) -> Result<Vec<u8>> {
    if read.revision.is_some() {
        return Err(Error::invalid("a node reads the present, no `revision`"));
    }
    let what = read.what();
    if what.len() > MAX_KEYS {
        let message = format!("a node reads at most {MAX_KEYS} keys at once");
        return Err(Error::new(Kind::TooLarge, message));
    }
    for what in &what {
        match what {
            What::Key(path) if allowed::record(path, &me.own).is_some() => {}
            What::Key(path) | What::Subtree(path) | What::All(path) => {
                return Err(foreign(path.as_str()));
            }
        }
    }
    let (revision, entries) = look(app, me, what).await?;
    let mut lines = Vec::new();
    for entry in &entries {
        let is_order = matches!(allowed::record(&entry.path, &me.own), Some(Record::Order(_)));
        let item = entry.as_item();
        let leaf = Leaf::from(Item { value: if is_order { "" } else { item.value }, ..item });
        line(&mut lines, &leaf)?;
    }
    line(&mut lines, &End::Revision(revision))?;
    Ok(lines)
}

fn line(lines: &mut Vec<u8>, value: &impl serde::Serialize) -> Result<()> {
    let unwritten = |error| Error::new(Kind::Failed, "preparing the answer").because(error);
    serde_json::to_writer(&mut *lines, value).map_err(unwritten)?;
    lines.push(b'\n');
    Ok(())
}

/// What is there, as long as the address is this node's at that same moment.
pub(super) async fn look(
    app: &App,
    me: &Me,
    mut what: Vec<What>,
) -> Result<(Revision, Vec<Entry>)> {
    let (link, _) = &me.link;
    what.push(What::Key(link.clone()));
    let (revision, mut entries) = reading::collect(&*app.store, &what, At::Latest).await?;
    let found = entries.pop_if(|entry| entry.path == *link);
    me.check(found.as_ref().map(|entry| entry.value.as_str()))?;
    Ok((revision, entries))
}

/// A commit as an agent sends it.
pub(super) async fn commit_taken(app: &App, me: &Me, taken: CommitTaken) -> Result<Outcome> {
    let maybe_after = taken.maybe_after;
    commit(app, me, Commit::from(taken), maybe_after).await
}

/// Checks a commit of a node and makes it.
pub(super) async fn commit(
    app: &App,
    me: &Me,
    mut commit: Commit,
    maybe_after: Option<Revision>,
) -> Result<Outcome> {
    let written = allowed::check(&commit, &me.own)?;
    for lease in &written.leases {
        if !owns(app, me, *lease).await? {
            return Err(foreign(&format!("lease {lease}")));
        }
    }
    if let Some(id) = &written.command {
        admit(app, me, id, &mut commit).await?;
    }
    commit.guards.push(me.guard());
    commit.note = note(me, &commit.note.operation);
    let store = Arc::clone(&app.store);
    let outcome = app.node.flights.commit(store, commit, maybe_after).await?;
    written.leases.iter().for_each(|lease| app.node.forget(*lease));
    Ok(outcome)
}

/// The note of a commit of a node. What it calls the operation counts as its own.
pub(super) fn note(me: &Me, operation: &str) -> Note {
    let mut drawn: String = operation.chars().filter(char::is_ascii_alphanumeric).collect();
    drawn.truncate(64);
    if drawn.is_empty() {
        drawn = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
    }
    Note {
        actor: format!("node {}", me.own.ip),
        command: "agent".to_owned(),
        operation: format!("{}.{drawn}", me.own.node_id),
    }
}

/// Whether the command is one for this node. One that another program has put
/// into its slot gets a record by the same commit.
async fn admit(app: &App, me: &Me, id: &str, commit: &mut Commit) -> Result<()> {
    let slot = order::slots(&me.cluster)?.child(&me.own.instance_id)?;
    let key = |name: &str| slot.child(name).map(What::Key);
    let what = vec![What::Key(order::path(id)?), key("id")?, key("cmd")?, key("timeout")?];
    let (_, entries) = look(app, me, what).await?;
    let mut entries = entries.into_iter().peekable();
    let unknown = || Error::not_found(format!("this node has no command `{}`", id.escape_debug()));
    if let Some(order) = entries.next_if(|entry| !slot.contains(&entry.path)) {
        let order = Order::read(&order.value)?;
        let is_for = order.nodes().any(|(_, node)| node.node_id == me.own.node_id);
        return if is_for { Ok(()) } else { Err(unknown()) };
    }
    let (mut there, mut command, mut timeout) = (String::new(), String::new(), String::new());
    for entry in entries {
        match entry.path.name() {
            Some("id") => there = entry.value.trim().to_owned(),
            Some("cmd") => command = entry.value,
            _ => timeout = entry.value,
        }
    }
    if there != id || command.trim().is_empty() {
        return Err(unknown());
    }
    let scope = Scope {
        group: app.options.group.clone(),
        cluster_root: app.options.cluster_root.clone(),
        as_id: None,
    };
    let view = View::new(Arc::clone(&app.store), scope);
    let found = adopt::Found {
        id: there,
        command,
        timeout: order::timeout(&timeout),
        cluster: me.own.cluster.clone(),
        node: me.target(),
    };
    commit.guards.push(adopt::adopt(&view, found, &mut commit.changes).await?);
    Ok(())
}

/// A lease for a leaf of this node.
pub(super) async fn grant(app: &App, me: &Me, asked: &Grant) -> Result<LeaseTold> {
    let ttl = Duration::from_millis(asked.ttl_ms);
    if ttl > MAX_TTL {
        let most = MAX_TTL.as_secs();
        return Err(Error::invalid(format!("a node's time to live is at most {most} s")));
    }
    app.node.admit(&me.own.node_id)?;
    let lease = app.store.grant(ttl).await?;
    app.node.grant(lease.id, &me.own.node_id, lease.ttl);
    Ok(lease.into())
}

pub(super) async fn renew(app: &App, me: &Me, lease: LeaseId) -> Result<LeaseTold> {
    own(app, me, lease).await?;
    Ok(app.store.renew(lease).await?.into())
}

pub(super) async fn revoke(app: &App, me: &Me, lease: LeaseId) -> Result<()> {
    own(app, me, lease).await?;
    app.store.revoke(lease).await?;
    app.node.forget(lease);
    Ok(())
}

/// Whose a lease is that is not this node's is not told: it is not there.
async fn own(app: &App, me: &Me, lease: LeaseId) -> Result<()> {
    match owns(app, me, lease).await? {
        true => Ok(()),
        false => Err(Error::not_found(format!("this node has no lease `{lease}`"))),
    }
}

/// Whether a leaf of this node has that lease, or it was granted to it just now.
async fn owns(app: &App, me: &Me, lease: LeaseId) -> Result<bool> {
    if app.node.has_granted(lease, &me.own.node_id) {
        return Ok(true);
    }
    let agents = Path::parse(AGENTS)?.child(&me.own.node_id)?;
    let (_, entries) = look(app, me, vec![What::Subtree(agents)]).await?;
    Ok(entries.iter().any(|entry| entry.lease == Some(lease)))
}
