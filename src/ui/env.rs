//! `-o env`: lines that a POSIX shell can eval whatever they hold.

use crate::error::Result;
use crate::model::shell::quote;
use crate::model::variables::{Source, name, named};

/// `NAME='value'` for each relative path and its value; `Invalid` for what no
/// variable can be, as [`named`] says.
pub fn lines<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<String>> {
    let source = |(path, value)| Source { path, relative: path, value };
    let variables = named(entries.into_iter().map(source), name)
        .map_err(|error| error.hint("Ask for other paths, or choose another form: `-o json`"))?;
    Ok(variables.into_iter().map(|(name, value)| format!("{name}={}", quote(value))).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

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
