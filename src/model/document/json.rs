//! JSON documents, streamed; numbers keep their digits.

use std::io::Read;

use json_event_parser::{JsonEvent, JsonSyntaxError, LowLevelJsonParser, LowLevelJsonParserResult};

use super::walk::{Walk, unreadable};
use crate::error::{Error, Result};

/// What is read at a time; a longer scalar makes the buffer grow.
const CHUNK: usize = 1 << 16;

pub(super) fn read(mut content: impl Read, mut walk: Walk<'_>) -> Result<()> {
    let mut parser = LowLevelJsonParser::new();
    let mut buffer = vec![0; CHUNK];
    let (mut start, mut end, mut ended) = (0, 0, false);
    loop {
        let LowLevelJsonParserResult { consumed_bytes, event } =
            parser.parse_next(buffer.get(start..end).unwrap_or_default(), ended);
        let consumed = buffer.get(start..start + consumed_bytes).unwrap_or_default();
        // A string holds no raw newline, so the line of a token's end is its own.
        walk.line += consumed.iter().filter(|byte| **byte == b'\n').count();
        start += consumed_bytes;
        match event {
            Some(Ok(JsonEvent::Eof)) => return Ok(()),
            Some(Ok(event)) => apply(&mut walk, event)?,
            Some(Err(error)) => return Err(refused(walk, &error)),
            None => {
                buffer.copy_within(start..end, 0);
                (start, end) = (0, end - start);
                if end == buffer.len() {
                    buffer.resize(2 * end, 0);
                }
                let free = buffer.get_mut(end..).unwrap_or_default();
                let read = content.read(free).map_err(|error| unreadable(&walk.name, error))?;
                end += read;
                ended = read == 0;
            }
        }
    }
}

fn apply(walk: &mut Walk<'_>, event: JsonEvent<'_>) -> Result<()> {
    match event {
        JsonEvent::String(text) | JsonEvent::Number(text) => walk.scalar(&text),
        JsonEvent::Boolean(true) => walk.scalar("true"),
        JsonEvent::Boolean(false) => walk.scalar("false"),
        JsonEvent::Null => walk.scalar(""),
        JsonEvent::StartArray => walk.open_sequence(),
        JsonEvent::StartObject => walk.open_mapping(),
        JsonEvent::ObjectKey(name) => walk.key(&name),
        JsonEvent::EndArray | JsonEvent::EndObject => {
            walk.close();
            Ok(())
        }
        JsonEvent::Eof => Ok(()),
    }
}

fn refused(mut walk: Walk<'_>, error: &JsonSyntaxError) -> Error {
    walk.line = usize::try_from(error.location().start.line).unwrap_or(usize::MAX - 1) + 1;
    let mut letters = error.message().chars();
    let lower = letters.next().map(|first| first.to_ascii_lowercase()).into_iter();
    walk.broken(format!("not JSON: {}", lower.chain(letters).collect::<String>()))
}
