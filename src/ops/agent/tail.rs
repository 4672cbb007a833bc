//! The end of what a command prints: a fixed number of bytes, whatever comes.

use crate::model::command::order::MAX_OUTPUT;

/// Keeps the last [`MAX_OUTPUT`] bytes of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// How many have come in all.
    pub(super) printed: u64,
}

impl Tail {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.printed += bytes.len() as u64;
        let from = bytes.len().saturating_sub(MAX_OUTPUT);
        self.bytes.extend_from_slice(bytes.get(from..).unwrap_or_default());
        // Moving twice the size once in a while costs less than a ring would be read.
        if self.bytes.len() > 2 * MAX_OUTPUT {
            self.bytes.drain(..self.bytes.len() - MAX_OUTPUT);
        }
    }

    /// The end as text of at most [`MAX_OUTPUT`] bytes; what is no UTF-8 is
    /// replaced, and a character that was cut in two is left out.
    pub(super) fn text(&self) -> String {
        let from = self.bytes.len().saturating_sub(MAX_OUTPUT);
        let mut bytes = self.bytes.get(from..).unwrap_or_default();
        if self.printed > MAX_OUTPUT as u64 {
            while let [0x80..=0xbf, rest @ ..] = bytes {
                bytes = rest;
            }
        }
        let text = String::from_utf8_lossy(bytes);
        let over = text.len().saturating_sub(MAX_OUTPUT);
        text.get(text.ceil_char_boundary(over)..).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_as_text() {
        let mut tail = Tail::default();
        tail.push("aé".as_bytes());
        assert_eq!(tail.text(), "aé");
        for _ in 0..20_000 {
            tail.push("äb".as_bytes());
        }
        assert_eq!(tail.printed, 60_003);
        let text = tail.text();
        assert!(text.len() <= MAX_OUTPUT && text.len() > MAX_OUTPUT - 4);
        assert!(text.ends_with("äb") && !text.contains('\u{fffd}'));
        assert!(tail.bytes.len() <= 2 * MAX_OUTPUT);
    }

    #[test]
    fn what_is_no_text_does_not_make_it_longer() {
        let mut tail = Tail::default();
        tail.push(&[0xff; 2 * MAX_OUTPUT + 1]);
        assert!(tail.text().len() <= MAX_OUTPUT);
    }
}
