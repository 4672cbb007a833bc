//! One error type: what kind of failure, what was being done, why, and what to type next.

use std::fmt;

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What kind of failure it is; it alone decides the exit code and the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Anything that is not one of the others.
    Failed,
    /// The words of the command line do not fit.
    Usage,
    /// A dangerous step without `--yes` and without anybody to ask.
    Unconfirmed,
    /// Data that breaks a rule: a path, a value, a file's content.
    Invalid,
    /// More than the store takes in one commit or one value.
    TooLarge,
    /// This endpoint cannot do it.
    Unsupported,
    /// There is nothing at that path.
    NotFound,
    /// A condition did not hold, or somebody else changed it.
    Conflict,
    /// The asked revision is no longer kept.
    Compacted,
    /// The endpoint is not reachable, or did not answer in time.
    Unavailable,
    /// Credentials or access rules forbid it.
    Denied,
    /// A command that waits has waited long enough.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// Nobody reads the output any more: the end, and no failure.
    ClosedPipe,
    /// A command that was to be run is not there.
    NoCommand,
    /// A command that was to be run is there and cannot be.
    NotRunnable,
    /// A command that was run has ended with that code, and has said why itself.
    Child(u8),
}

impl Kind {
    /// Every kind, for the tables in the documentation and the tests.
    pub const ALL: [Kind; 18] = [
        Kind::Failed,
        Kind::Usage,
        Kind::Unconfirmed,
        Kind::Invalid,
        Kind::TooLarge,
        Kind::Unsupported,
        Kind::NotFound,
        Kind::Conflict,
        Kind::Compacted,
        Kind::Unavailable,
        Kind::Denied,
        Kind::TimedOut,
        Kind::Interrupted,
        Kind::Terminated,
        Kind::ClosedPipe,
        Kind::NoCommand,
        Kind::NotRunnable,
        Kind::Child(1),
    ];

    /// The exit code of the process and the HTTP status of a reply: the one table.
    const fn codes(self) -> (u8, u16) {
        match self {
            Kind::Failed => (1, 500),
            Kind::Usage | Kind::Unconfirmed | Kind::Invalid => (2, 400),
            Kind::TooLarge => (2, 413),
            Kind::Unsupported => (2, 501),
            Kind::NotFound => (3, 404),
            Kind::Conflict => (4, 409),
            Kind::Compacted => (1, 410),
            Kind::Unavailable => (5, 503),
            Kind::Denied => (6, 403),
            Kind::TimedOut => (124, 408),
            Kind::Interrupted => (130, 499),
            Kind::Terminated => (143, 499),
            Kind::ClosedPipe => (0, 499),
            Kind::NoCommand => (127, 500),
            Kind::NotRunnable => (126, 500),
            Kind::Child(code) => (code, 500),
        }
    }

    /// The exit codes and what they mean, for the documentation.
    pub const EXIT_CODES: [(u8, &str); 12] = [
        (0, "done; also when nobody reads the output any more"),
        (1, "failed, anything not below; a revision that is no longer kept"),
        (2, "usage, invalid data, not possible on this endpoint, or refused for want of --yes"),
        (3, "not found"),
        (4, "conflict: a condition did not hold, or somebody else changed it"),
        (5, "unavailable: the endpoint is not reachable, or --request-timeout has passed"),
        (6, "denied: credentials or access rules"),
        (124, "a command that waits has waited long enough"),
        (126, "the command of exec cannot be run; otherwise exec has its command's code"),
        (127, "the command of exec is not there"),
        (130, "interrupted by Ctrl-C"),
        (143, "ended by SIGTERM"),
    ];

    /// The exit code of a command that ends with this kind.
    pub const fn exit_code(self) -> u8 {
        self.codes().0
    }

    /// The HTTP status of a request that ends with this kind.
    pub const fn http_status(self) -> u16 {
        self.codes().1
    }
}

/// A failure: one lower-case line that says what was being done to what, its
/// cause, and at most two hints, each a sentence with something to type.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Source>,
    hints: Vec<String>,
    again: bool,
}

impl Error {
    /// An error of `kind`; `message` is lower-case, with values in backticks.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error {
            kind,
            message: message.into(),
            source: None,
            hints: Vec::new(),
            again: kind == Kind::Unavailable,
        }
    }

    /// Data that breaks a rule.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Kind::Invalid, message)
    }

    /// Nothing at that path.
    pub fn not_found(message: impl Into<String>) -> Self {
        Error::new(Kind::NotFound, message)
    }

    /// A condition did not hold.
    pub fn conflict(message: impl Into<String>) -> Self {
        Error::new(Kind::Conflict, message)
    }

    /// With the low-level cause, printed on a line of its own.
    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// With one more hint: a sentence that begins with a verb and names what to type.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Marks that the same call can succeed when it is made again.
    pub fn retryable(mut self) -> Self {
        self.again = true;
        self
    }

    /// The same failure told from further out: `message` replaces the sentence,
    /// which becomes the cause; kind and hints stay.
    pub fn within(self, message: impl Into<String>) -> Self {
        let (kind, again) = (self.kind, self.again);
        let mut inner = self;
        let hints = std::mem::take(&mut inner.hints);
        Error { kind, message: message.into(), source: Some(Box::new(inner)), hints, again }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence, without causes and hints.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the reader may type next.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Whether making the same call again can help.
    pub fn can_retry(&self) -> bool {
        self.again
    }

    /// The causes, outermost first, one sentence each.
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next: Option<&(dyn std::error::Error + 'static)> =
            self.source.as_deref().map(|source| source as _);
        while let Some(error) = next {
            let text = error.to_string();
            // Libraries often repeat their source in their own message.
            if causes.last().is_none_or(|last: &String| !last.contains(&text)) {
                causes.push(text);
            }
            next = error.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_exit_code_and_status() {
        let table: Vec<_> =
            Kind::ALL.iter().map(|kind| (*kind, kind.exit_code(), kind.http_status())).collect();
        for (index, (kind, code, status)) in table.iter().enumerate() {
            assert_eq!(Kind::ALL.iter().position(|other| other == kind), Some(index));
            assert!(Kind::EXIT_CODES.iter().any(|(known, _)| known == code), "{kind:?}");
            assert!((400..600).contains(status), "{kind:?}");
        }
        assert_eq!(Kind::NotFound.exit_code(), 3);
        assert_eq!(Kind::Conflict.exit_code(), 4);
        assert_eq!(Kind::Unavailable.exit_code(), 5);
    }

    #[test]
    fn an_outer_sentence_keeps_kind_and_hints() {
        let error = Error::not_found("nothing at `/x`").hint("Type `metactl ls`").within("reading");
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.hints(), ["Type `metactl ls`"]);
        assert_eq!(error.causes(), ["nothing at `/x`"]);
    }
}
