//! What is wrong with a package, each with file, line and property.

use std::fmt;

use crate::error::Error;

/// The most problems that one error lists; the rest is a count.
const SHOWN: usize = 20;

/// One thing that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the flag, that holds it.
    pub file: String,
    /// Counted from 1; none for a flag.
    pub line: Option<usize>,
    /// The dotted path of the property or field; none for a broken file.
    pub property: Option<String>,
    /// What is wrong and what would be accepted.
    pub message: String,
}

/// A property or field with the place where it stands, before the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In bytes from the start of the text.
    pub at: usize,
    pub property: Option<String>,
    pub message: String,
}

impl Fault {
    /// A fault of the property at that place.
    pub fn new(at: usize, property: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { at, property: Some(property.into()), message: message.into() }
    }
}

impl Problem {
    /// Where it is, as far as known: `config.json line 12, `env.heap``.
    pub fn place(&self) -> String {
        let line = self.line.map(|line| format!(" line {line}")).unwrap_or_default();
        let property = self.property.as_ref().map(|name| format!(", `{name}`")).unwrap_or_default();
        format!("{}{line}{property}", self.file)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place(), self.message)
    }
}

/// The error that tells all of them: `what` is the package as the user named it.
pub fn error(what: &str, problems: &[Problem]) -> Error {
    let mut lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.dedup();
    let sentence = match lines.len() {
        1 => format!("making a cluster from app package `{what}`"),
        count => format!("making a cluster from app package `{what}`: {count} things are wrong"),
    };
    with_causes(Error::invalid(sentence), lines)
}

/// The error with each of the lines as a cause; of very many only the first.
pub fn with_causes(error: Error, mut lines: Vec<String>) -> Error {
    let count = lines.len();
    if count > SHOWN {
        lines.truncate(SHOWN);
        lines.push(format!("and {} more", count - SHOWN));
    }
    let chain =
        lines.into_iter().rev().fold(None, |next, text| Some(Box::new(Link { text, next })));
    match chain {
        Some(chain) => error.because(chain as Box<dyn std::error::Error + Send + Sync>),
        None => error,
    }
}

/// Several problems as the chain of causes that an error prints one a line.
#[derive(Debug)]
struct Link {
    text: String,
    next: Option<Box<Link>>,
}

impl fmt::Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Link {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|next| next as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_one_cause() {
        let problem = |line| Problem {
            file: "config.json".into(),
            line: Some(line),
            property: Some("env.heap".into()),
            message: "is empty".into(),
        };
        let problems: Vec<_> = (1..=30).map(problem).collect();
        let causes = error("kafka", &problems).causes();
        assert_eq!(causes.len(), 21);
        assert_eq!(causes[0], "config.json line 1, `env.heap`: is empty");
        assert_eq!(causes[20], "and 10 more");
    }
}
