//! Words of a POSIX shell: quoted, joined to a line, and taken apart again.

use crate::error::{Error, Result};

/// `text` as one word of a shell, byte for byte.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The command line that `words` mean: one alone is shell text as it stands,
/// several are quoted where they need it and joined.
pub fn line(words: &[String]) -> String {
    match words {
        [text] => text.clone(),
        many => many.iter().map(|word| quote_if_needed(word)).collect::<Vec<_>>().join(" "),
    }
}

fn quote_if_needed(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { quote(word) }
}

/// Takes a line apart into words as a shell would, without anything else that a
/// shell does: quotes and backslashes count, variables and patterns are text.
///
/// `Invalid` when a quote is left open or the line ends with a backslash.
pub fn split(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    let open = |what: &str| Error::invalid(format!("the command `{line}` ends inside {what}"));
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or_else(|| open("single quotes"))? {
                        '\'' => break,
                        inside => text.push(inside),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or_else(|| open("double quotes"))? {
                        '"' => break,
                        '\\' => escaped(rest.next().ok_or_else(|| open("double quotes"))?, text),
                        inside => text.push(inside),
                    }
                }
            }
            '\\' => match rest.next().ok_or_else(|| open("an escape"))? {
                '\n' => {}
                next => word.get_or_insert_default().push(next),
            },
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Ok(words)
}

/// In double quotes a backslash counts before what it protects there alone.
fn escaped(next: char, text: &mut String) {
    match next {
        '\n' => {}
        '$' | '`' | '"' | '\\' => text.push(next),
        other => text.extend(['\\', other]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn one_word_is_a_script_and_several_are_words() {
        assert_eq!(line(&words(&["echo $HOME; id"])), "echo $HOME; id");
        assert_eq!(line(&words(&["echo", "a b", "it's", ""])), r"echo 'a b' 'it'\''s' ''");
    }

    #[test]
    fn quotes_and_backslashes_hold_words_together() {
        let taken = split("a 'b  c'\"d$x\\\"\\n\" e\\ f '' \\\n g").unwrap();
        assert_eq!(taken, ["a", "b  cd$x\"\\n", "e f", "", "g"]);
        assert_eq!(split(" \t ").unwrap(), Vec::<String>::new());
        for open in ["'a", "\"a", "a\\", "\"a\\"] {
            assert!(split(open).is_err(), "{open}");
        }
    }

    proptest! {
        #[test]
        fn joined_words_come_apart_again(words in proptest::collection::vec("[^\0]{0,12}", 2..6)) {
            prop_assert_eq!(split(&line(&words)).unwrap(), words);
        }
    }
}
