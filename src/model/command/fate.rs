//! What became of a command on one node.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No agent has begun yet.
    #[default]
    Pending,
    Running,
    /// It has ended by itself, or was refused by the agent (exit code 126).
    Done,
    /// It was ended at its time limit.
    TimedOut,
    /// Somebody has cancelled it, before it began or while it ran.
    Cancelled,
    /// Its agent has ended before it; how it went is not known.
    Lost,
}

impl State {
    /// Every state, in the order in which they are counted.
    pub const ALL: [State; 6] = [
        State::Pending,
        State::Running,
        State::Done,
        State::TimedOut,
        State::Cancelled,
        State::Lost,
    ];

    /// The word for it, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Running => "running",
            State::Done => "done",
            State::TimedOut => "timed_out",
            State::Cancelled => "cancelled",
            State::Lost => "lost",
        }
    }

    /// Whether nothing more is going to happen.
    pub fn is_over(self) -> bool {
        !matches!(self, State::Pending | State::Running)
    }
}

/// The record of one node. Times are `2026-01-31T12:00:00.000Z`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fate {
    pub state: State,
    /// The exit code; 128 and the number of the signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// When it was put into the node's slot; none while it waits for its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// How much it has printed, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub printed: Option<u64>,
    /// Why it is in that state, where that needs words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who wants it to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<String>,
    /// Who runs or has run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<Runner>,
}

/// One agent: a process on a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Runner {
    /// Drawn by each agent when it starts.
    pub token: String,
    pub host: String,
    pub pid: u32,
    /// When the process began and in which boot and name space its id counts;
    /// empty where the system does not tell.
    pub start: String,
    pub boot: String,
}

impl Fate {
    /// Not yet begun; `sent` is when it came into the node's slot.
    pub fn pending(sent: Option<String>) -> Fate {
        Fate { sent, ..Fate::default() }
    }

    /// Whether it waits for its turn.
    pub fn is_unsent(&self) -> bool {
        self.state == State::Pending && self.sent.is_none()
    }

    /// Whether it went as it should.
    pub fn is_good(&self) -> bool {
        self.state == State::Done && self.exit == Some(0)
    }

    /// In few words: `running`, `exit 3`, `timed out`.
    pub fn words(&self) -> String {
        match (self.state, self.exit) {
            (State::Done, Some(exit)) => format!("exit {exit}"),
            (State::TimedOut, _) => "timed out".to_owned(),
            (State::Pending, _) if self.sent.is_none() => "waiting for its turn".to_owned(),
            (state, _) => state.name().to_owned(),
        }
    }

    /// Reads a record; `Invalid` when it is none.
    pub fn read(text: &str) -> Result<Fate> {
        serde_json::from_str(text)
            .map_err(|error| Error::invalid("reading what became of a command").because(error))
    }

    /// The record's text.
    pub fn write(&self) -> String {
        // Names, numbers and texts: nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_short_and_reads_back() {
        assert_eq!(Fate::pending(None).write(), r#"{"state":"pending"}"#);
        let fate = Fate { state: State::TimedOut, exit: Some(143), ..Fate::default() };
        assert_eq!(fate.write(), r#"{"state":"timed_out","exit":143}"#);
        assert_eq!(Fate::read(&fate.write()).unwrap(), fate);
        assert!(Fate::read("x").is_err());
    }

    #[test]
    fn every_state_has_its_word() {
        for state in State::ALL {
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{}\"", state.name()));
        }
        assert_eq!(State::ALL.into_iter().filter(|state| state.is_over()).count(), 4);
    }
}
