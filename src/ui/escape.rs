//! One value a line: what would break lines and columns is escaped.

use std::borrow::Cow;

/// `text` with backslash, tab, newline and carriage return as `\\ \t \n \r`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '\t', '\n', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line() {
        assert_eq!(escape("a\tb\nc\r\\n"), "a\\tb\\nc\\r\\\\n");
        assert!(matches!(escape("-- 𝄞 '\""), Cow::Borrowed(_)));
    }
}
