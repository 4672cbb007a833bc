//! The white list: which records a node may read and write, and how.

use crate::error::{Error, Kind, Result};
use crate::model::command::order::MAX_OUTPUT;
use crate::model::command::{Fate, State};
use crate::model::path::Path;
use crate::store::{Commit, Guard, LeaseId, OwnNode};

/// The longest record of a command's fate, and of a presence, in bytes.
const MAX_FATE: usize = 8 << 10;
const MAX_PRESENCE: usize = 512;
/// The most leaves that one commit writes.
const MAX_PUTS: usize = 4;

/// A record that a node has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// What became of that command on the node.
    Fate(String),
    /// What that command has printed there.
    Output(String),
    /// That an agent of the node is there.
    Presence,
    /// Who has ordered that command: a node learns whether it is there, no more.
    Order(String),
    /// The list of its cluster's commands.
    Index,
}

/// What a commit writes, once it is found to be in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// The command that it is about.
    pub(super) command: Option<String>,
    pub(super) leases: Vec<LeaseId>,
}

/// What the record at `path` is to the node; none for everything else.
pub(super) fn record(path: &Path, node: &OwnNode) -> Option<Record> {
    let segments: Vec<&str> = path.segments().collect();
    let own = |id: &str| id == node.node_id;
    // The lists of clusters and the directory of outputs lie beside the commands.
    let is_id = |id: &str| id != "output" && !id.starts_with("cl-") && id != node.cluster;
    match *segments.as_slice() {
        ["_metactl", "cmd", index] if index == node.cluster => Some(Record::Index),
        ["_metactl", "cmd", id, "order"] if is_id(id) => Some(Record::Order(id.to_owned())),
        ["_metactl", "cmd", id, of] if is_id(id) && own(of) => Some(Record::Fate(id.to_owned())),
        ["_metactl", "cmd", "output", id, of] if is_id(id) && own(of) => {
            Some(Record::Output(id.to_owned()))
        }
        ["_metactl", "agents", of, _] if own(of) => Some(Record::Presence),
        _ => None,
    }
}

/// Looks through everything that a node wants to write. `Denied` for what is not
/// its own, `TooLarge` and `Invalid` for what is no such record.
pub(super) fn check(commit: &Commit, node: &OwnNode) -> Result<Written> {
    let changes = &commit.changes;
    if let Some(path) = changes.deleted().iter().chain(changes.deleted_trees()).next() {
        return Err(foreign(path.as_str()));
    }
    if changes.puts() > MAX_PUTS {
        let message = format!("a commit of a node writes at most {MAX_PUTS} leaves");
        return Err(Error::new(Kind::TooLarge, message));
    }
    for guard in &commit.guards {
        check_guard(guard, node)?;
    }
    let mut written = Written::default();
    let mut output = None;
    changes.try_each_put(|path, value, lease| {
        let known = Path::parse(path).ok().and_then(|path| Some((record(&path, node)?, path)));
        match (known, lease) {
            (Some((Record::Fate(id), path)), None) => {
                check_fate(&path, value, commit)?;
                if written.command.replace(id).is_some() {
                    return Err(Error::invalid("a commit of a node is about one command"));
                }
            }
            (Some((Record::Output(id), _)), None) => {
                within(path, value, MAX_OUTPUT)?;
                output = Some(id);
            }
            (Some((Record::Presence, _)), Some(lease)) => {
                within(path, value, MAX_PRESENCE)?;
                written.leases.push(lease);
            }
            _ => return Err(foreign(path)),
        }
        Ok(())
    })?;
    if output.is_some() && output != written.command {
        return Err(Error::invalid("output is written together with the record of its command"));
    }
    Ok(written)
}

/// Conditions would tell what somebody else's records hold.
fn check_guard(guard: &Guard, node: &OwnNode) -> Result<()> {
    match guard {
        Guard::Absent(path) | Guard::Revision(path, _) | Guard::Value(path, _) => {
            match record(path, node) {
                Some(Record::Fate(_) | Record::Output(_) | Record::Presence) => Ok(()),
                _ => Err(foreign(path.as_str())),
            }
        }
        Guard::Unchanged { unit, .. } => Err(foreign(unit)),
    }
}

fn check_fate(path: &Path, value: &str, commit: &Commit) -> Result<()> {
    within(path.as_str(), value, MAX_FATE)?;
    if Fate::read(value)?.state == State::Pending {
        return Err(Error::invalid("a node does not make a command wait again"));
    }
    // Two agents of a node never run one command: whoever is first has it.
    let is_about = |guard: &Guard| match guard {
        Guard::Revision(of, _) | Guard::Absent(of) => of == path,
        _ => false,
    };
    match commit.guards.iter().any(is_about) {
        true => Ok(()),
        false => Err(Error::invalid(format!("`{path}` is written by its revision only"))),
    }
}

fn within(path: &str, value: &str, most: usize) -> Result<()> {
    if value.len() <= most {
        return Ok(());
    }
    let message = format!("`{path}` would be {} bytes long; a node may write {most}", value.len());
    Err(Error::new(Kind::TooLarge, message))
}

pub(super) fn foreign(what: &str) -> Error {
    let what = what.escape_debug();
    Error::new(Kind::Denied, format!("`{what}` is not what this node may read or write here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Changes;

    fn node() -> OwnNode {
        OwnNode {
            ip: "10.0.0.2".to_owned(),
            node_id: "cln-m1".to_owned(),
            instance_id: "i-m1".to_owned(),
            cluster: "cl-one".to_owned(),
        }
    }

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn a_node_has_its_own_records() {
        let of = |text: &str| record(&path(text), &node());
        assert_eq!(of("/_metactl/cmd/cmd-a/cln-m1"), Some(Record::Fate("cmd-a".to_owned())));
        assert_eq!(
            of("/_metactl/cmd/output/cmd-a/cln-m1"),
            Some(Record::Output("cmd-a".to_owned()))
        );
        assert_eq!(of("/_metactl/agents/cln-m1/t"), Some(Record::Presence));
        assert_eq!(of("/_metactl/cmd/cmd-a/order"), Some(Record::Order("cmd-a".to_owned())));
        assert_eq!(of("/_metactl/cmd/cl-one"), Some(Record::Index));
        for other in [
            "/",
            "/_metactl/cmd",
            "/_metactl/cmd/cl-two",
            "/_metactl/cmd/cl-two/cln-m1",
            "/_metactl/cmd/cmd-a",
            "/_metactl/cmd/cmd-a/cln-w1",
            "/_metactl/cmd/output/cln-m1",
            "/_metactl/cmd/output/cmd-a/cln-w1",
            "/_metactl/cmd/output/cl-one/cln-m1",
            "/_metactl/agents/cln-w1/t",
            "/_metactl/agents/cln-m1",
            "/_metactl/agents/cln-m1/t/u",
            "/_metactl/log",
            "/_metad/mapping/default/10.0.0.2/host",
            "/cl-one/hosts/master/i-m1/ip",
            "/cl-one/cmd/i-m1/id",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    fn report(output: Option<&str>) -> Commit {
        let fate = path("/_metactl/cmd/cmd-a/cln-m1");
        let mut changes = Changes::new();
        changes.put(&fate, r#"{"state":"done","exit":0}"#);
        if let Some(output) = output {
            changes.put(&path("/_metactl/cmd/output/cmd-a/cln-m1"), output);
        }
        Commit { guards: vec![Guard::Revision(fate, 7)], changes, ..Commit::default() }
    }

    fn refused(change: impl FnOnce(&mut Commit)) -> Kind {
        let mut commit = report(None);
        change(&mut commit);
        check(&commit, &node()).unwrap_err().kind()
    }

    #[test]
    fn a_report_is_written_as_it_is_meant() {
        let written = Written { command: Some("cmd-a".to_owned()), leases: vec![] };
        assert_eq!(check(&report(Some(&"x".repeat(MAX_OUTPUT))), &node()).unwrap(), written);
        let long = report(Some(&"x".repeat(MAX_OUTPUT + 1)));
        assert_eq!(check(&long, &node()).unwrap_err().kind(), Kind::TooLarge);
        assert_eq!(refused(|commit| commit.guards.clear()), Kind::Invalid);
        let fate = path("/_metactl/cmd/cmd-a/cln-m1");
        for text in [r#"{"state":"pending"}"#, "{}", "nothing"] {
            assert_eq!(refused(|commit| commit.changes.put(&fate, text)), Kind::Invalid, "{text}");
        }
        let alone = |commit: &mut Commit| {
            commit.changes = Changes::new();
            commit.changes.put(&path("/_metactl/cmd/output/cmd-a/cln-m1"), "x");
        };
        assert_eq!(refused(alone), Kind::Invalid);
    }

    #[test]
    fn everything_else_is_denied() {
        for other in ["/cl-one/env/a", "/_metactl/cmd/cmd-a/order", "/_metactl/cmd/cl-one"] {
            assert_eq!(refused(|commit| commit.changes.put(&path(other), "x")), Kind::Denied);
            let guard = Guard::Value(path(other), "x".to_owned());
            assert_eq!(refused(|commit| commit.guards.push(guard)), Kind::Denied);
        }
        let fate = path("/_metactl/cmd/cmd-a/cln-m1");
        assert_eq!(refused(|commit| commit.changes.delete(&fate)), Kind::Denied);
        assert_eq!(refused(|commit| commit.changes.delete_tree(&Path::root())), Kind::Denied);
        let unit = Guard::Unchanged { unit: "cl-one".to_owned(), since: 1 };
        assert_eq!(refused(|commit| commit.guards.push(unit)), Kind::Denied);
        let presence = path("/_metactl/agents/cln-m1/t");
        assert_eq!(refused(|commit| commit.changes.put(&presence, "for ever")), Kind::Denied);
        assert_eq!(refused(|commit| commit.changes.put_with_lease(&fate, "{}", 5)), Kind::Denied);
        let mut commit = Commit::default();
        commit.changes.put_with_lease(&presence, "process 1", 5);
        assert_eq!(check(&commit, &node()).unwrap().leases, [5]);
    }
}
