//! From the events of a document to the leaves of a tree.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read};

use crate::error::{Error, Kind, Result};
use crate::model::path::{self, Path};

/// The language of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Yaml,
}

impl Form {
    /// What the ending of a file's name says, if it says anything.
    pub fn of_name(name: &str) -> Option<Form> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "json" => Some(Form::Json),
            "yaml" | "yml" => Some(Form::Yaml),
            _ => None,
        }
    }

    /// What the first bytes of a content say: JSON begins with a bracket and
    /// then a quote or another bracket; everything else is YAML.
    pub fn of_content(start: &[u8]) -> Form {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let mut marks = start.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
        match (marks.next(), marks.next()) {
            (Some(b'{'), Some(b'"' | b'}') | None) | (Some(b'['), Some(b'"' | b'{' | b'[')) => {
                Form::Json
            }
            _ => Form::Yaml,
        }
    }
}

/// A document to read.
pub struct Source<R> {
    /// What errors call it: a file's name, or `standard input`.
    pub name: String,
    pub content: R,
    /// None: found out from the name, then from the content.
    pub form: Option<Form>,
    /// The directory that is the document's top.
    pub at: Path,
}

/// Takes the leaves of a document, in its order.
pub type Taken<'a> = &'a mut dyn FnMut(&Path, &str) -> Result<()>;

/// Reads one document and hands each leaf, with its path, to `take`.
///
/// Scalars keep their source text, `null` is the empty text, a sequence is a
/// directory with the names `0`, `1`, …; what is empty holds no leaf. The
/// content is streamed: memory does not grow with its length.
///
/// `Invalid`, with name and line, for what is no document, a key given twice, a
/// key that is no segment of a path, more than one document, and what `take`
/// refuses.
pub fn read(source: Source<impl Read>, take: Taken<'_>) -> Result<()> {
    let Source { name, content, form, at } = source;
    let mut content = BufReader::with_capacity(1 << 16, content);
    let form = match form.or_else(|| Form::of_name(&name)) {
        Some(form) => form,
        None => Form::of_content(content.fill_buf().map_err(|error| unreadable(&name, error))?),
    };
    let walk = Walk::new(name, at, take);
    match form {
        Form::Json => super::json::read(content, walk),
        Form::Yaml => super::yaml::read(content, walk),
    }
}

/// The failure to read the content at all.
pub(super) fn unreadable(name: &str, error: std::io::Error) -> Error {
    Error::new(Kind::Failed, format!("cannot read `{name}`")).because(error)
}

/// Where the reader is in the tree, and who takes the leaves.
pub(super) struct Walk<'a> {
    pub(super) name: String,
    /// The line of the event at hand, from 1.
    pub(super) line: usize,
    top: Path,
    /// The path of the node at hand; empty for the root.
    path: String,
    open: Vec<Open>,
    hasher: [RandomState; 2],
    take: Taken<'a>,
}

/// A mapping or a sequence that has not ended.
struct Open {
    /// How much of the path is its own.
    length: usize,
    kind: Container,
}

enum Container {
    /// Two independent hashes of each name stand for it, so that a mapping of
    /// any size costs 16 bytes a name.
    Mapping(HashSet<(u64, u64)>),
    Sequence(usize),
}

impl<'a> Walk<'a> {
    fn new(name: String, top: Path, take: Taken<'a>) -> Self {
        let path = if top.is_root() { String::new() } else { top.as_str().to_owned() };
        let hasher = [RandomState::new(), RandomState::new()];
        Walk { name, line: 1, top, path, open: Vec::new(), hasher, take }
    }

    /// Whether the next scalar is the name of a mapping's member is for the
    /// format to know; this is that name.
    pub(super) fn key(&mut self, name: &str) -> Result<()> {
        let hash = (self.hasher[0].hash_one(name), self.hasher[1].hash_one(name));
        let fresh = match self.open.last_mut() {
            Some(Open { length, kind: Container::Mapping(seen) }) => {
                self.path.truncate(*length);
                seen.insert(hash)
            }
            _ => true,
        };
        if !fresh {
            return Err(self.refuse(format!("key `{}` is given twice", name.escape_debug())));
        }
        path::check_segment(name)
            .map_err(|why| self.refuse(format!("key `{}` {why}", name.escape_debug())))?;
        self.enter(name)
    }

    /// A value.
    pub(super) fn scalar(&mut self, value: &str) -> Result<()> {
        self.next_in_sequence()?;
        if self.path.is_empty() {
            return Err(self.refuse("the document is one text; a mapping is expected"));
        }
        let path = Path::of_checked(&self.path);
        (self.take)(&path, value).map_err(|error| {
            let place = self.place();
            error.within(format!("{place}: `{path}` cannot be taken"))
        })
    }

    pub(super) fn open_mapping(&mut self) -> Result<()> {
        self.next_in_sequence()?;
        self.push(Container::Mapping(HashSet::new()));
        Ok(())
    }

    pub(super) fn open_sequence(&mut self) -> Result<()> {
        self.next_in_sequence()?;
        self.push(Container::Sequence(0));
        Ok(())
    }

    /// The end of the innermost mapping or sequence.
    pub(super) fn close(&mut self) {
        if let Some(Open { length, .. }) = self.open.pop() {
            self.path.truncate(length);
        }
    }

    fn push(&mut self, kind: Container) {
        self.open.push(Open { length: self.path.len(), kind });
    }

    fn next_in_sequence(&mut self) -> Result<()> {
        let Some(Open { length, kind: Container::Sequence(next) }) = self.open.last_mut() else {
            return Ok(());
        };
        self.path.truncate(*length);
        let name = next.to_string();
        *next += 1;
        self.enter(&name)
    }

    fn enter(&mut self, name: &str) -> Result<()> {
        self.path.push('/');
        self.path.push_str(name);
        if self.path.len() > path::MAX_BYTES {
            self.path.truncate(self.path.floor_char_boundary(40));
            return Err(self.refuse(format!("the path is longer than {} bytes", path::MAX_BYTES)));
        }
        Ok(())
    }

    /// An error of the document's language, with name and line.
    pub(super) fn broken(&self, why: impl std::fmt::Display) -> Error {
        Error::invalid(format!("{}: {why}", self.place()))
    }

    /// An error of what the document says, with name, line and path.
    pub(super) fn refuse(&self, why: impl std::fmt::Display) -> Error {
        let path = if self.path.is_empty() { self.top.as_str() } else { &self.path };
        Error::invalid(format!("{}, at `{path}`: {why}", self.place()))
    }

    fn place(&self) -> String {
        format!("`{}` line {}", self.name, self.line)
    }
}
