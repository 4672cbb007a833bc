//! gcloud's KEY=VALUE lists: `a=1,b=2`, with `^DELIM^` in front to change the comma.

use crate::error::{Error, Kind, Result};

/// Reads a list of pairs, in the order of its keys' first appearance; the last
/// value given to a key wins.
///
/// - Without more, elements are separated by `,`. A text that starts with `^`
///   and holds a second `^` has the separator between the two.
/// - One separator at the end is tolerated; other empty elements are refused.
/// - An element is split at its first `=`; blanks and newlines are kept, the
///   value may be empty, the key may not.
///
/// `Usage` for everything else, naming the element and what is accepted.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for element in elements(text)? {
        let (key, value) = pair(element, "KEY=VALUE").map_err(advise)?;
        match pairs.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => value.clone_into(old),
            None => pairs.push((key.to_owned(), value.to_owned())),
        }
    }
    Ok(pairs)
}

/// Splits one element at its first `=`; `Usage`, saying that it is not of the
/// `form`, when there is none, or no key.
pub fn pair<'a>(element: &'a str, form: &str) -> Result<(&'a str, &'a str)> {
    match element.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
        _ => {
            let element = element.escape_debug();
            Err(Error::new(Kind::Usage, format!("`{element}` is not of the form {form}")))
        }
    }
}

/// Reads a list of names, with the same separators; an empty element is kept.
pub fn names(text: &str) -> Result<Vec<&str>> {
    elements(text)
}

fn elements(text: &str) -> Result<Vec<&str>> {
    let (separator, list) = match text.strip_prefix('^').and_then(|rest| rest.split_once('^')) {
        Some(("", _)) => return Err(refused("the separator between `^` and `^` is empty")),
        Some((separator, list)) => (separator, list),
        None => (",", text),
    };
    if list.is_empty() {
        return Err(refused("the list is empty"));
    }
    Ok(list.strip_suffix(separator).unwrap_or(list).split(separator).collect())
}

fn refused(message: impl Into<String>) -> Error {
    advise(Error::new(Kind::Usage, message))
}

fn advise(error: Error) -> Error {
    error.hint("Type pairs as in `a=1,b=2`; where a value holds a comma, `^:^a=1,2:b=3`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        pairs(text).unwrap()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn lists_are_read_as_gcloud_reads_them() {
        assert_eq!(read("a=1,b=2"), owned(&[("a", "1"), ("b", "2")]));
        assert_eq!(read("^:^a=1,2:b=3"), owned(&[("a", "1,2"), ("b", "3")]));
        assert_eq!(read("^--^a=1,2--b=3"), owned(&[("a", "1,2"), ("b", "3")]));
        assert_eq!(read("^a=1"), owned(&[("^a", "1")]));
        assert_eq!(read("^,^^a=1"), owned(&[("^a", "1")]));
        assert_eq!(read("a=b^c"), owned(&[("a", "b^c")]));
        assert_eq!(read("a=1,"), owned(&[("a", "1")]));
        assert_eq!(read("a=b=c"), owned(&[("a", "b=c")]));
        assert_eq!(read("a=1,a=2"), owned(&[("a", "2")]));
        assert_eq!(read("a= 1\n"), owned(&[("a", " 1\n")]));
        assert_eq!(read("a="), owned(&[("a", "")]));
        assert_eq!(names("a,,b").unwrap(), ["a", "", "b"]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["", "^^x", "^:^", "a=1,,b=2", "=x", "a", ",", "a=1,b", "a=1,=2"] {
            let error = pairs(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{text}");
            assert_eq!(error.hints().len(), 1, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_joined_by_a_fresh_separator_comes_back(
            pairs_in in proptest::collection::btree_map("[^=|]{1,6}", "[^|]{0,8}", 1..6)
        ) {
            let list = pairs_in.iter().map(|(key, value)| format!("{key}={value}"));
            let text = format!("^|^{}|", list.collect::<Vec<_>>().join("|"));
            prop_assert_eq!(pairs(&text).unwrap(), pairs_in.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\^,=a:]{0,12}") {
            let _ = pairs(&text);
            let _ = names(&text);
        }
    }
}
