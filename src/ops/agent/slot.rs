//! What comes into a node's slot, one command after another.

use crate::model::command::order::timeout;
use crate::ops::watch::change::Change;

/// A command as the slot has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) command: String,
    /// In seconds.
    pub(super) timeout: u32,
}

/// The slot's three keys as they are now.
#[derive(Debug, Default)]
pub(super) struct Keys {
    id: String,
    command: String,
    timeout: String,
    /// The id that was given out last.
    last: String,
}

impl Keys {
    /// Takes the changes of one commit; gives the command when its id is new.
    pub(super) fn take(&mut self, changes: &[Change]) -> Option<Slot> {
        for change in changes {
            let value = change.value.clone().unwrap_or_default();
            match change.path.name() {
                Some("id") => self.id = value.trim().to_owned(),
                Some("cmd") => self.command = value,
                Some("timeout") => self.timeout = value,
                _ => {}
            }
        }
        if self.id.is_empty() {
            self.last.clear();
        }
        if self.id == self.last || self.command.trim().is_empty() {
            return None;
        }
        self.last.clone_from(&self.id);
        Some(Slot {
            id: self.id.clone(),
            command: self.command.clone(),
            timeout: timeout(&self.timeout),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::command::order::{MAX_TIMEOUT, TIMEOUT};
    use crate::model::path::Path;
    use crate::ops::watch::change::Stamp;

    fn changes(pairs: &[(&str, Option<&str>)]) -> Vec<Change> {
        let stamp = Stamp::of(1, None);
        let change = |(name, value): &(&str, Option<&str>)| {
            let path = Path::parse("/self/cmd").unwrap().child(name).unwrap();
            stamp.change(path, None, value.map(str::to_owned), None)
        };
        pairs.iter().map(change).collect()
    }

    #[test]
    fn an_id_is_given_out_once() {
        let mut keys = Keys::default();
        let all = [("cmd", Some("x")), ("id", Some("cmd-a")), ("timeout", Some("5"))];
        let slot = keys.take(&changes(&all)).unwrap();
        assert_eq!((slot.id.as_str(), slot.command.as_str(), slot.timeout), ("cmd-a", "x", 5));
        assert_eq!(keys.take(&changes(&[("timeout", Some("7"))])), None);
        assert_eq!(keys.take(&changes(&[("id", None), ("cmd", None), ("timeout", None)])), None);
        assert_eq!(keys.take(&changes(&[("id", Some("cmd-b"))])), None);
        assert_eq!(keys.take(&changes(&[("cmd", Some("y"))])).unwrap().timeout, TIMEOUT);
        assert_eq!(timeout("90000"), MAX_TIMEOUT);
        assert_eq!(timeout("-1"), TIMEOUT);
    }
}
