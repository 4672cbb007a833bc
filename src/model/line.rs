//! Values on one line each, as listings print them.

use std::borrow::Cow;

/// `value` with backslash, tab, newline and carriage return written as `\\`,
/// `\t`, `\n` and `\r`; everything else stays.
pub fn one_line(value: &str) -> Cow<'_, str> {
    if !value.contains(['\\', '\t', '\n', '\r']) {
        return Cow::Borrowed(value);
    }
    let mut line = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
    }
    Cow::Owned(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_line_is_written_with_a_backslash() {
        assert_eq!(one_line("a b\"é"), "a b\"é");
        assert_eq!(one_line("a\tb\\\r\n"), "a\\tb\\\\\\r\\n");
    }
}
