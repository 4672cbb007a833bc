//! Names and quoting of `-o env`: lines that a POSIX shell can eval whatever they hold.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::shell::quote;

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

/// `NAME='value'` for each relative path and its value. `Invalid`, naming them,
/// when two paths end up with one name, or a value holds a NUL, which no shell
/// can carry.
pub fn lines<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<String>> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut lines = Vec::new();
    for (path, value) in entries {
        let name = name(path);
        if value.contains('\0') {
            let message = format!("the value of `{path}` holds a NUL, which no shell can carry");
            return Err(Error::invalid(message).hint("Choose another form: `-o json`"));
        }
        lines.push(format!("{name}={}", quote(value)));
        if let Some(other) = taken.insert(name.clone(), path) {
            return Err(Error::invalid(format!(
                "`{other}` and `{path}` would both be the variable `{name}`"
            ))
            .hint("Ask for fewer paths, or choose another form: `-o json`"));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

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
        let error = lines([("/a-b", "1"), ("/a.b", "2")]).unwrap_err();
        assert_eq!(error.message(), "`/a-b` and `/a.b` would both be the variable `a_b`");
        assert!(lines([("/a", "x\0")]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_shell_reads_the_value_back(value in "[^\0]{0,40}") {
            let line = lines([("/v", value.as_str())]).unwrap().remove(0);
            let script = format!("{line}; printf %s \"$v\"");
            let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            prop_assert_eq!(output.stdout, value.into_bytes());
        }
    }
}
