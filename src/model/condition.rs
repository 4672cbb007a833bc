//! What is waited for at a path, and whether it holds.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// What is to hold.
#[derive(Debug, Clone)]
pub enum Condition {
    /// There is a leaf or a directory.
    Exists,
    /// There is neither.
    Absent,
    /// There is a leaf with that value.
    Equals(String),
    /// There is a leaf whose value the pattern matches somewhere.
    Matches(Regex),
    /// There are so many children; none are a leaf's, and those of nothing.
    Children(Count),
}

/// How many: `3` exactly, `3+` at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    least: usize,
    or_more: bool,
}

impl Count {
    /// Reads `N` or `N+`; `Usage` for anything else.
    pub fn parse(text: &str) -> Result<Count> {
        let (number, or_more) = match text.strip_suffix('+') {
            Some(number) => (number, true),
            None => (text, false),
        };
        match number.parse() {
            Ok(least) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok(Count { least, or_more })
            }
            _ => Err(Error::new(
                Kind::Usage,
                format!("`{text}` is no number of children; one such as `3`, or `3+` is accepted"),
            )),
        }
    }

    fn holds(self, count: usize) -> bool {
        if self.or_more { count >= self.least } else { count == self.least }
    }
}

/// What is at one path.
#[derive(Debug, Clone)]
pub struct Place {
    path: Path,
    value: Option<String>,
    /// The children, each with the leaves at and below it.
    children: BTreeMap<String, BTreeSet<String>>,
}

impl Place {
    /// Nothing is there yet.
    pub fn new(path: Path) -> Place {
        Place { path, value: None, children: BTreeMap::new() }
    }

    /// Takes in the value that a leaf has now, none when it is gone. A leaf
    /// that lies elsewhere plays no part.
    pub fn see(&mut self, leaf: &Path, value: Option<&str>) {
        let Some(below) = self.path.relative(leaf.as_str()) else { return };
        let below = below.trim_start_matches('/');
        if below.is_empty() {
            self.value = value.map(str::to_owned);
            return;
        }
        let (name, rest) = below.split_once('/').unwrap_or((below, ""));
        if value.is_some() {
            self.children.entry(name.to_owned()).or_default().insert(rest.to_owned());
        } else if let Some(leaves) = self.children.get_mut(name) {
            leaves.remove(rest);
            if leaves.is_empty() {
                self.children.remove(name);
            }
        }
    }

    /// Which path it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of a leaf; none of a directory, which hides a foreign writer's leaf.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref().filter(|_| self.children.is_empty())
    }

    /// How many children a directory has; none of a leaf and of nothing.
    pub fn children(&self) -> Option<usize> {
        (!self.children.is_empty()).then_some(self.children.len())
    }

    fn is_there(&self) -> bool {
        self.value.is_some() || !self.children.is_empty()
    }
}

impl Condition {
    /// Whether it holds there.
    pub fn holds(&self, place: &Place) -> bool {
        match self {
            Condition::Exists => place.is_there(),
            Condition::Absent => !place.is_there(),
            Condition::Equals(wanted) => place.value() == Some(wanted),
            Condition::Matches(pattern) => {
                place.value().is_some_and(|value| pattern.is_match(value))
            }
            Condition::Children(count) => count.holds(place.children.len()),
        }
    }

    /// What there is where it does not hold. Values are not told: they may be secret.
    pub fn complaint(&self, place: &Place) -> String {
        let path = &place.path;
        match (self, place.children()) {
            (Condition::Absent, _) => format!("`{path}` is still there"),
            (Condition::Children(_), _) => match place.children.len() {
                1 => format!("`{path}` has 1 child"),
                count => format!("`{path}` has {count} children"),
            },
            _ if !place.is_there() => format!("there is nothing at `{path}`"),
            (_, Some(_)) => format!("`{path}` is a directory"),
            (Condition::Matches(_), None) => format!("the value of `{path}` does not match"),
            (_, None) => format!("`{path}` has another value"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn place(leaves: &[(&str, &str)]) -> Place {
        let mut place = Place::new(path("/a"));
        for (leaf, value) in leaves {
            place.see(&path(leaf), Some(value));
        }
        place
    }

    #[test]
    fn a_count_is_exact_or_at_least() {
        let holds = |text: &str, count| Count::parse(text).unwrap().holds(count);
        assert!(holds("0", 0) && holds("2", 2) && holds("2+", 2) && holds("2+", 9));
        assert!(!holds("2", 3) && !holds("2+", 1));
        for text in ["", "+", "+2", "2++", "-1", "two", "1.5"] {
            assert!(Count::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_condition_tells_leaf_directory_and_nothing_apart() {
        let count = |text: &str| Condition::Children(Count::parse(text).unwrap());
        let pattern = Regex::new("^a.c").unwrap();
        let (nothing, leaf) = (place(&[]), place(&[("/a", "abcd"), ("/ab", "x")]));
        let directory = place(&[("/a/x", "abcd"), ("/a/y/z", "1"), ("/a/y/q", "1")]);
        let table = [
            (Condition::Exists, [false, true, true]),
            (Condition::Absent, [true, false, false]),
            (Condition::Equals("abcd".to_owned()), [false, true, false]),
            (Condition::Matches(pattern), [false, true, false]),
            (count("0"), [true, true, false]),
            (count("2"), [false, false, true]),
            (count("1+"), [false, false, true]),
        ];
        for (condition, expected) in table {
            for (place, expected) in [&nothing, &leaf, &directory].into_iter().zip(expected) {
                assert_eq!(condition.holds(place), expected, "{condition:?} at {place:?}");
            }
        }
    }

    #[test]
    fn a_child_goes_with_its_last_leaf() {
        let mut place = place(&[("/a/x/1", "1"), ("/a/x/2", "1"), ("/a/x/1", "2")]);
        assert_eq!(place.children(), Some(1));
        place.see(&path("/a/x/1"), None);
        place.see(&path("/a/none"), None);
        assert_eq!(place.children(), Some(1));
        place.see(&path("/a/x/2"), None);
        assert_eq!(place.children(), None);
        let mut root = Place::new(Path::root());
        root.see(&path("/cl-1/x"), Some("1"));
        assert_eq!(root.children(), Some(1));
    }

    #[test]
    fn a_foreign_leaf_is_hidden_by_its_directory() {
        let both = place(&[("/a", "1"), ("/a/x", "1")]);
        assert!(!Condition::Equals("1".to_owned()).holds(&both));
        assert!(Condition::Exists.holds(&both));
    }

    #[test]
    fn what_is_there_instead_is_told_without_values() {
        let equals = Condition::Equals("b".to_owned());
        assert_eq!(equals.complaint(&place(&[])), "there is nothing at `/a`");
        assert_eq!(equals.complaint(&place(&[("/a", "s")])), "`/a` has another value");
        assert_eq!(equals.complaint(&place(&[("/a/x", "s")])), "`/a` is a directory");
        let children = Condition::Children(Count::parse("2").unwrap());
        assert_eq!(children.complaint(&place(&[("/a/x", "s")])), "`/a` has 1 child");
        assert_eq!(Condition::Absent.complaint(&place(&[("/a", "s")])), "`/a` is still there");
    }
}
