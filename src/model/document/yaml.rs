//! YAML documents, streamed; scalars keep their source text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::BufRead;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::walk::{Walk, unreadable};
use crate::error::Result;

/// How many events aliases may stand for in one document.
const MAX_ALIASED_EVENTS: usize = 100_000;
/// How deep aliases may lie in each other.
const MAX_ALIAS_DEPTH: usize = 64;
/// How many bytes of text aliases may stand for in one document.
const MAX_ALIASED_BYTES: usize = 16 << 20;

pub(super) fn read(content: impl BufRead, walk: Walk<'_>) -> Result<()> {
    let failure = Rc::new(RefCell::new(None));
    let characters = Characters {
        content,
        chunk: String::new(),
        next: 0,
        pending: Vec::new(),
        lines: 0,
        failure: Rc::clone(&failure),
    };
    let mut parser = Parser::new_from_iter(characters);
    let mut reader = Reader::new(walk);
    let mut result = Ok(());
    while let Some(next) = parser.next_event() {
        result = match next {
            Ok((event, span)) => {
                reader.walk.line = span.start.line().max(1);
                reader.event(event)
            }
            Err(error) => {
                reader.walk.line = error.marker().line().max(1);
                Err(reader.walk.broken(format!("not YAML: {}", error.info())))
            }
        };
        // A content that breaks off looks like an end to the parser.
        if let Some(failure) = failure.borrow_mut().take() {
            return Err(match failure {
                Broken::Unreadable(error) => unreadable(&reader.walk.name, error),
                Broken::NotText { byte, line } => {
                    reader.walk.line = line;
                    reader.walk.broken(format!("not UTF-8 text: there is a byte 0x{byte:02x}"))
                }
            });
        }
        if result.is_err() {
            break;
        }
    }
    result
}

/// An event as it is kept for the aliases of an anchor.
#[derive(Clone)]
enum Kept {
    Scalar(String, bool),
    Alias(usize),
    Mapping,
    Sequence,
    End,
}

struct Reader<'a> {
    walk: Walk<'a>,
    documents: usize,
    /// For each open mapping whether a key comes next; for a sequence none.
    expect: Vec<Option<bool>>,
    anchors: HashMap<usize, Vec<Kept>>,
    /// Anchored nodes that have not ended: number, depth at which they end.
    recording: Vec<(usize, usize)>,
    alias_depth: usize,
    aliased_events: usize,
    aliased_bytes: usize,
}

impl<'a> Reader<'a> {
    fn new(walk: Walk<'a>) -> Self {
        Reader {
            walk,
            documents: 0,
            expect: Vec::new(),
            anchors: HashMap::new(),
            recording: Vec::new(),
            alias_depth: 0,
            aliased_events: 0,
            aliased_bytes: 0,
        }
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.walk.broken("a second document starts; one is accepted"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !self.is_text(tag.as_deref())?;
                self.node(anchor, Kept::Scalar(text.into_owned(), plain))
            }
            Event::MappingStart(anchor, tag) => {
                self.is_text(tag.as_deref())?;
                self.node(anchor, Kept::Mapping)
            }
            Event::SequenceStart(anchor, tag) => {
                self.is_text(tag.as_deref())?;
                self.node(anchor, Kept::Sequence)
            }
            Event::MappingEnd | Event::SequenceEnd => self.node(0, Kept::End),
            Event::Alias(anchor) => self.node(0, Kept::Alias(anchor)),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// Whether a tag makes a scalar a text whatever it looks like; other tags
    /// than those of plain data are refused.
    fn is_text(&self, tag: Option<&Tag>) -> Result<bool> {
        let Some(tag) = tag else { return Ok(false) };
        let known = ["str", "int", "float", "bool", "null", "map", "seq"];
        if tag.is_yaml_core_schema() && known.contains(&tag.suffix.as_str()) {
            return Ok(tag.suffix == "str");
        }
        // The tag `!` alone says: a text.
        if tag.handle.is_empty() && tag.suffix == "!" {
            return Ok(true);
        }
        let tag = if tag.is_yaml_core_schema() {
            format!("!!{}", tag.suffix)
        } else {
            format!("{}{}", tag.handle, tag.suffix)
        };
        Err(self.walk.refuse(format!("tag `{tag}` is not accepted; write the value as text")))
    }

    /// Keeps the event for the anchors that are open, then applies it.
    fn node(&mut self, anchor: usize, event: Kept) -> Result<()> {
        let depth = self.expect.len();
        if anchor > 0 {
            self.recording.push((anchor, depth));
            self.anchors.insert(anchor, Vec::new());
        }
        for (open, _) in &self.recording {
            self.anchors.entry(*open).or_default().push(event.clone());
        }
        let ends = !matches!(event, Kept::Mapping | Kept::Sequence);
        self.apply(event)?;
        let depth = self.expect.len();
        if ends {
            self.recording.retain(|(_, start)| *start < depth);
        }
        Ok(())
    }

    fn apply(&mut self, event: Kept) -> Result<()> {
        if let Kept::Alias(anchor) = event {
            return self.replay(anchor);
        }
        if let Kept::End = event {
            self.expect.pop();
            self.walk.close();
            return Ok(());
        }
        if let Some(Some(key)) = self.expect.last_mut() {
            let is_key = *key;
            *key = !is_key;
            if is_key {
                return self.key(event);
            }
        }
        match event {
            Kept::Mapping => {
                self.expect.push(Some(true));
                self.walk.open_mapping()
            }
            Kept::Sequence => {
                self.expect.push(None);
                self.walk.open_sequence()
            }
            Kept::Scalar(text, plain) => {
                self.walk.scalar(if plain && is_null(&text) { "" } else { &text })
            }
            Kept::Alias(_) | Kept::End => Ok(()),
        }
    }

    fn key(&mut self, event: Kept) -> Result<()> {
        match event {
            Kept::Scalar(text, true) if text == "<<" => Err(self
                .walk
                .refuse("the merge key `<<` is not accepted; write the keys out, or quote it")),
            Kept::Scalar(text, _) => self.walk.key(&text),
            _ => Err(self.walk.refuse("a key is a mapping or a sequence; a text is accepted")),
        }
    }

    /// Applies once more what an anchor stands for.
    fn replay(&mut self, anchor: usize) -> Result<()> {
        if self.recording.iter().any(|(open, _)| *open == anchor) {
            return Err(self.walk.refuse("an alias stands inside of what it refers to"));
        }
        let events = self.anchors.remove(&anchor).unwrap_or_default();
        self.alias_depth += 1;
        let mut result = Ok(());
        for event in &events {
            result = self.count(event).and_then(|()| self.apply(event.clone()));
            if result.is_err() {
                break;
            }
        }
        self.alias_depth -= 1;
        self.anchors.insert(anchor, events);
        result
    }

    fn count(&mut self, event: &Kept) -> Result<()> {
        self.aliased_events += 1;
        if let Kept::Scalar(text, _) = event {
            self.aliased_bytes += text.len();
        }
        let too_many =
            self.aliased_events > MAX_ALIASED_EVENTS || self.aliased_bytes > MAX_ALIASED_BYTES;
        if too_many || self.alias_depth > MAX_ALIAS_DEPTH {
            return Err(self.walk.refuse(format!(
                "the aliases stand for more than {MAX_ALIASED_EVENTS} nodes or {} MiB, \
                 or are more than {MAX_ALIAS_DEPTH} deep",
                MAX_ALIASED_BYTES >> 20
            )));
        }
        Ok(())
    }
}

/// The plain scalars that are YAML's null.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Why the content broke off.
enum Broken {
    Unreadable(std::io::Error),
    NotText { byte: u8, line: usize },
}

/// The characters of a content; ends early, leaving a reason, where it is no text.
struct Characters<R> {
    content: R,
    chunk: String,
    /// Where the next character of the chunk starts.
    next: usize,
    /// The first bytes of a character that the last read cut off.
    pending: Vec<u8>,
    /// How many lines have ended in all chunks.
    lines: usize,
    failure: Rc<RefCell<Option<Broken>>>,
}

impl<R: BufRead> Iterator for Characters<R> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            if let Some(character) = self.chunk.get(self.next..)?.chars().next() {
                self.next += character.len_utf8();
                return Some(character);
            }
            if self.failure.borrow().is_some() || !self.fill() {
                return None;
            }
        }
    }
}

impl<R: BufRead> Characters<R> {
    /// Reads on; false at the end.
    fn fill(&mut self) -> bool {
        self.chunk.clear();
        self.next = 0;
        let bytes = match self.content.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) => return self.fail(Broken::Unreadable(error)),
        };
        let (length, at_end) = (bytes.len(), bytes.is_empty());
        self.pending.extend_from_slice(bytes);
        self.content.consume(length);
        let (valid, bad) = match std::str::from_utf8(&self.pending) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some() || at_end),
        };
        let rest = self.pending.split_off(valid);
        if let Ok(text) = String::from_utf8(std::mem::replace(&mut self.pending, rest)) {
            self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
            self.chunk = text;
        }
        if bad {
            let byte = self.pending.first().copied().unwrap_or_default();
            self.fail(Broken::NotText { byte, line: self.lines + 1 });
        }
        !self.chunk.is_empty() || !(at_end || bad)
    }

    fn fail(&mut self, failure: Broken) -> bool {
        *self.failure.borrow_mut() = Some(failure);
        false
    }
}
