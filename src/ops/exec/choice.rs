//! Which values become variables, and how they are called.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::variables::{self, Source};
use crate::ops::read;
use crate::ops::view::View;
use crate::store::At;

/// Names and values.
pub type Variables = Vec<(String, String)>;

/// What becomes variables.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Leaves, and directories with everything below them.
    pub prefixes: Vec<Path>,
    /// Only these keys of theirs, relative paths; all of them when it is empty.
    pub only: Vec<String>,
    /// Whether names are in upper case.
    pub upcase: bool,
}

impl Choice {
    /// Reads them, all of one revision.
    ///
    /// `NotFound` when there is nothing at one of the prefixes, or not one of the
    /// keys; `Invalid`, naming the paths, for what no variable can be.
    pub async fn read(&self, view: &View) -> Result<Variables> {
        let (_, entries) = read::entries(view, &self.prefixes, At::Latest).await?;
        let leaves: BTreeMap<Path, String> =
            entries.into_iter().map(|entry| (entry.path, entry.value)).collect();
        for prefix in &self.prefixes {
            if !leaves.keys().any(|leaf| prefix.contains(leaf)) {
                return Err(read::missing(view, prefix, At::Latest).await);
            }
        }
        self.of(&leaves)
    }

    /// Finds them among `leaves`; the errors are those of [`Choice::read`].
    pub fn of(&self, leaves: &BTreeMap<Path, String>) -> Result<Variables> {
        let mut found = vec![false; self.only.len()];
        let mut sources = Vec::new();
        for prefix in &self.prefixes {
            let mut is_there = false;
            for (leaf, value) in leaves {
                let Some(relative) = key(prefix, leaf) else { continue };
                is_there = true;
                if self.is_chosen(relative, &mut found) {
                    check_length(leaf, &self.name(relative), value)?;
                    sources.push(Source { path: leaf.as_str(), relative, value });
                }
            }
            if !is_there {
                return Err(Error::not_found(format!("there is nothing at `{prefix}`")));
            }
        }
        if let Some((key, _)) = self.only.iter().zip(&found).find(|(_, found)| !**found) {
            let prefixes: Vec<&str> = self.prefixes.iter().map(Path::as_str).collect();
            let places = prefixes.join("`, `");
            return Err(Error::not_found(format!("there is no key `{key}` below `{places}`"))
                .hint(format!("See what there is: `metactl get {}`", prefixes.join(" "))));
        }
        let named = variables::named(sources, |relative| self.name(relative))
            .map_err(|error| error.hint("Choose some of the keys: `--only KEY,…`"))?;
        Ok(named.into_iter().map(|(name, value)| (name, value.to_owned())).collect())
    }

    /// Whether the key is wanted; notes in `found` which of `only` it answers.
    fn is_chosen(&self, relative: &str, found: &mut [bool]) -> bool {
        let mut chosen = self.only.is_empty();
        for (only, found) in self.only.iter().zip(found) {
            let only = only.trim_matches('/');
            let answers = relative
                .strip_prefix(only)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            *found |= answers;
            chosen |= answers;
        }
        chosen
    }

    fn name(&self, relative: &str) -> String {
        let name = variables::name(relative);
        if self.upcase { name.to_ascii_uppercase() } else { name }
    }
}

/// A leaf's path relative to a prefix: its name where it is the prefix itself.
fn key<'a>(prefix: &Path, leaf: &'a Path) -> Option<&'a str> {
    match prefix.relative(leaf.as_str())?.trim_start_matches('/') {
        "" => leaf.name(),
        relative => Some(relative),
    }
}

/// The most bytes of `NAME=value` and the NUL after it: Linux takes 32 pages.
fn longest() -> usize {
    32 * rustix::param::page_size()
}

fn check_length(leaf: &Path, name: &str, value: &str) -> Result<()> {
    let most = longest().saturating_sub(name.len() + 2);
    if value.len() <= most {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "the value of `{leaf}` is {} bytes long; a variable called `{name}` takes {most} here",
        value.len()
    ))
    .hint("Choose some of the keys: `--only KEY,…`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn choice(prefixes: &[&str], only: &[&str], upcase: bool) -> Choice {
        Choice {
            prefixes: prefixes.iter().map(|text| path(text)).collect(),
            only: only.iter().map(|text| (*text).to_owned()).collect(),
            upcase,
        }
    }

    fn leaves(pairs: &[(&str, &str)]) -> BTreeMap<Path, String> {
        pairs.iter().map(|(leaf, value)| (path(leaf), (*value).to_owned())).collect()
    }

    fn told(choice: &Choice, leaves: &BTreeMap<Path, String>) -> String {
        match choice.of(leaves) {
            Ok(all) => {
                all.iter().map(|(name, value)| format!("{name}={value} ")).collect::<String>()
            }
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn keys_are_relative_to_their_prefix() {
        let leaves =
            leaves(&[("/e/a.b", "1"), ("/e/d/x", "2"), ("/e/d/y", "3"), ("/f", "4"), ("/ex", "5")]);
        assert_eq!(told(&choice(&["/e"], &[], false), &leaves), "a_b=1 d_x=2 d_y=3 ");
        assert_eq!(told(&choice(&["/e/d", "/f"], &[], true), &leaves), "X=2 Y=3 F=4 ");
        assert_eq!(told(&choice(&["/e"], &["d", "a.b"], false), &leaves), "a_b=1 d_x=2 d_y=3 ");
        assert_eq!(told(&choice(&["/e", "/f"], &["d/y", "f"], false), &leaves), "d_y=3 f=4 ");
        assert_eq!(told(&choice(&["/f"], &["f"], false), &leaves), "f=4 ");
    }

    #[test]
    fn what_is_missing_is_named() {
        let leaves = leaves(&[("/e/a", "1")]);
        assert_eq!(told(&choice(&["/e", "/g"], &[], false), &leaves), "there is nothing at `/g`");
        let only = choice(&["/e"], &["a", "b"], false);
        assert_eq!(told(&only, &leaves), "there is no key `b` below `/e`");
    }

    #[test]
    fn what_no_variable_can_be_is_named() {
        let both = leaves(&[("/e/a", "1"), ("/f/A", "2")]);
        assert_eq!(told(&choice(&["/e", "/f"], &[], false), &both), "a=1 A=2 ");
        assert_eq!(
            told(&choice(&["/e", "/f"], &[], true), &both),
            "`/e/a` and `/f/A` would both be the variable `A`"
        );
        let fits = "v".repeat(longest() - 3);
        assert!(choice(&["/e"], &[], false).of(&leaves(&[("/e/a", &fits)])).is_ok());
        let large = leaves(&[("/e/a", &format!("{fits}v")), ("/e/b", "1")]);
        let told_large = told(&choice(&["/e"], &[], false), &large);
        assert!(told_large.starts_with("the value of `/e/a` is "), "{told_large}");
        assert_eq!(told(&choice(&["/e"], &["b"], false), &large), "b=1 ");
    }
}
