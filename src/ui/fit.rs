//! Texts that fit a line of the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The first line of a text, without what would move the cursor; `…` stands for
/// further lines.
pub fn printable(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\t' => shown.push_str("\\t"),
            c if c.is_control() => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    if text.len() > line.len() {
        shown.push('…');
    }
    shown
}

/// `text` in at most `room` columns, `…` at its end if it is cut.
pub fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    let mut shown: String = text.chars().take_while(fits).collect();
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_its_room() {
        assert_eq!(cut("0123456789", 9), "01234567…");
        assert_eq!(cut("0123456789", 10), "0123456789");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(printable("a\tb\u{1b}\nc"), "a\\tb\\u{1b}…");
    }
}
