//! Paths of the tree: `/`-separated segments, the root is `/`.

use std::fmt;

use crate::error::{Error, Result};

/// The longest path that is accepted, in bytes.
pub const MAX_BYTES: usize = 4096;

/// A path in its one spelling: starts with `/`, no empty segment, no slash at the end.
///
/// Paths order bytewise by their text, the order of etcd's keys and of every listing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(String);

impl Path {
    /// The root, `/`.
    pub fn root() -> Path {
        Path("/".to_owned())
    }

    /// Reads a path as people type it: repeated and trailing slashes are folded.
    ///
    /// Refused, naming the text and what would be accepted: a text that does not
    /// start with `/`, the segments `.` and `..`, control characters, more than
    /// [`MAX_BYTES`].
    pub fn parse(text: &str) -> Result<Path> {
        if !text.starts_with('/') {
            return Err(Error::invalid(format!("path `{text}` does not start with `/`"))
                .hint(format!("Type the whole path, as in `/{}`", text.trim_matches('/'))));
        }
        let mut path = String::with_capacity(text.len());
        for segment in text.split('/').filter(|segment| !segment.is_empty()) {
            check_segment(segment)
                .map_err(|why| Error::invalid(format!("path `{}` {why}", text.escape_debug())))?;
            path.push('/');
            path.push_str(segment);
        }
        if path.len() > MAX_BYTES {
            let (start, _) = text.split_at(text.floor_char_boundary(40));
            return Err(Error::invalid(format!(
                "path `{start}…` is {} bytes long; at most {MAX_BYTES} are accepted",
                path.len()
            )));
        }
        Ok(if path.is_empty() { Path::root() } else { Path(path) })
    }

    /// Takes a key as a store holds it: only texts already in the one spelling are paths.
    pub fn from_stored(text: &str) -> Option<Path> {
        let well_formed = text == "/"
            || (text.starts_with('/')
                && text.len() <= MAX_BYTES
                && text[1..].split('/').all(|segment| check_segment(segment).is_ok()));
        well_formed.then(|| Path(text.to_owned()))
    }

    /// The path of a text whose segments have been checked one by one already.
    pub(super) fn of_checked(text: &str) -> Path {
        Path(text.to_owned())
    }

    /// The text of the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The segments from the top; none for the root.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The last segment; none for the root.
    pub fn name(&self) -> Option<&str> {
        self.segments().next_back()
    }

    /// The directory that holds this path; none for the root.
    pub fn parent(&self) -> Option<Path> {
        if self.is_root() {
            return None;
        }
        match self.0.rfind('/') {
            Some(0) | None => Some(Path::root()),
            Some(slash) => Some(Path(self.0[..slash].to_owned())),
        }
    }

    /// The directories above this path, nearest first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        let text = &self.0;
        let mut end = text.len();
        std::iter::from_fn(move || {
            end = text[..end].rfind('/').filter(|slash| *slash > 0)?;
            Some(&text[..end])
        })
    }

    /// The path of `segment` in this directory; refused as by [`Path::parse`],
    /// and also when `segment` is empty or holds a `/`.
    pub fn child(&self, segment: &str) -> Result<Path> {
        check_segment(segment)
            .map_err(|why| Error::invalid(format!("name `{}` {why}", segment.escape_debug())))?;
        self.join(segment)
    }

    /// This path with `relative` (with or without a leading slash) below it.
    pub fn join(&self, relative: &str) -> Result<Path> {
        if self.is_root() {
            return Path::parse(&format!("/{relative}"));
        }
        Path::parse(&format!("{}/{relative}", self.0))
    }

    /// Whether `other` is this path or lies below it, by whole segments:
    /// `/cl-1` contains `/cl-1/env`, never `/cl-10`.
    pub fn contains(&self, other: &Path) -> bool {
        self.relative(other.as_str()).is_some()
    }

    /// What is left of `other` below this path: empty for the path itself, else
    /// with a leading slash; none when it lies elsewhere.
    pub fn relative<'a>(&self, other: &'a str) -> Option<&'a str> {
        if self.is_root() {
            return Some(if other == "/" { "" } else { other });
        }
        let rest = other.strip_prefix(self.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

/// Why a text cannot be one segment of a path, as the end of a sentence.
pub(crate) fn check_segment(segment: &str) -> Result<(), String> {
    // What nearly all of them are, told apart fast.
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_');
    if !segment.is_empty() && segment.bytes().all(plain) {
        return Ok(());
    }
    match segment {
        "" => Err("is empty".to_owned()),
        "." | ".." => Err(format!("holds the segment `{segment}`, which is not accepted")),
        _ => match segment.chars().find(|c| c.is_control() || *c == '/') {
            Some(bad) => Err(format!(
                "holds `{}`; a segment is text without `/` and control characters",
                bad.escape_debug()
            )),
            None => Ok(()),
        },
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", self.0)
    }
}

impl AsRef<str> for Path {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Path {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Path {
    type Err = Error;

    fn from_str(text: &str) -> Result<Path> {
        Path::parse(text)
    }
}

impl serde::Serialize for Path {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Path {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        let text = String::deserialize(deserializer)?;
        Path::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slashes_are_folded() {
        assert_eq!(Path::parse("//cl-1///env/").unwrap().as_str(), "/cl-1/env");
        assert_eq!(Path::parse("///").unwrap(), Path::root());
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_text() {
        for text in ["", "cl-1", "/a/../b", "/a/./b", "/a\nb", "/a\0"] {
            let error = Path::parse(text).unwrap_err();
            assert!(error.message().contains(&text.escape_debug().to_string()), "{error}");
        }
        assert!(Path::parse(&format!("/{}", "x".repeat(MAX_BYTES))).is_err());
    }

    #[test]
    fn a_subtree_ends_at_the_segment() {
        let cluster = Path::parse("/cl-1").unwrap();
        assert!(cluster.contains(&Path::parse("/cl-1/env").unwrap()));
        assert!(cluster.contains(&cluster));
        assert!(!cluster.contains(&Path::parse("/cl-10").unwrap()));
        assert_eq!(Path::root().relative("/cl-10"), Some("/cl-10"));
    }

    #[test]
    fn ancestors_are_the_directories_above() {
        let path = Path::parse("/a/b/c").unwrap();
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["/a/b", "/a"]);
        assert_eq!(Path::root().ancestors().count(), 0);
    }

    proptest! {
        #[test]
        fn parsing_is_settled_after_one_round(text in "/[a-z./ é𝄞-]{0,40}") {
            if let Ok(path) = Path::parse(&text) {
                prop_assert_eq!(&Path::parse(path.as_str()).unwrap(), &path);
                prop_assert_eq!(Path::from_stored(path.as_str()), Some(path.clone()));
                if let (Some(parent), Some(name)) = (path.parent(), path.name()) {
                    prop_assert_eq!(&parent.child(name).unwrap(), &path);
                    prop_assert!(parent.contains(&path));
                }
            }
        }
    }
}
