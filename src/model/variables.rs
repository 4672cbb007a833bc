//! Values as environment variables: their names, and what cannot be one.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The variable that a path relative to what was asked stands for: everything
/// but letters, digits and `_` becomes `_`, and no name starts with a digit.
pub fn name(relative: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = relative.trim_start_matches('/').chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        return format!("_{name}");
    }
    name
}

/// A value on its way to a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source<'a> {
    /// The path as it is told to people.
    pub path: &'a str,
    /// The part of it that names the variable.
    pub relative: &'a str,
    pub value: &'a str,
}

/// Name and value for each source, in that order. `Invalid`, naming the paths,
/// when two of them end up with one name, or a value holds a NUL.
pub fn named<'a>(
    sources: impl IntoIterator<Item = Source<'a>>,
    name: impl Fn(&str) -> String,
) -> Result<Vec<(String, &'a str)>> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut all = Vec::new();
    for Source { path, relative, value } in sources {
        if value.contains('\0') {
            return Err(Error::invalid(format!(
                "the value of `{path}` holds a NUL, which no variable can carry"
            )));
        }
        let name = name(relative);
        if let Some(other) = taken.insert(name.clone(), path) {
            return Err(Error::invalid(format!(
                "`{other}` and `{path}` would both be the variable `{name}`"
            )));
        }
        all.push((name, value));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_letters_digits_and_underscores() {
        assert_eq!(name("/a/b-c.d"), "a_b_c_d");
        assert_eq!(name("/9/x"), "_9_x");
        assert_eq!(name("/é"), "_");
        assert_eq!(name(""), "_");
    }

    #[test]
    fn two_paths_on_one_name_are_refused_by_name() {
        let source = |relative, value| Source { path: relative, relative, value };
        let error = named([source("/a-b", "1"), source("/a.b", "2")], name).unwrap_err();
        assert_eq!(error.message(), "`/a-b` and `/a.b` would both be the variable `a_b`");
        assert!(named([source("/a", "x\0")], name).is_err());
        let upper = |relative: &str| name(relative).to_ascii_uppercase();
        assert!(named([source("/a", "1"), source("/A", "2")], name).is_ok());
        assert!(named([source("/a", "1"), source("/A", "2")], upper).is_err());
    }
}
