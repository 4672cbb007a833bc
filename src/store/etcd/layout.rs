//! Which keys of an etcd are the paths of the tree: metad's layout, byte for byte.
//!
//! Data is at `<prefix><path>`. `/_metad` stays at the root whatever the prefix,
//! as metad does it; metactl's own is at `/_metactl`, or at `/_metactl/@<prefix>`.

use std::borrow::Cow;

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::store::commit;

const METAD: &str = "/_metad";
const METACTL: &str = "/_metactl";

/// Where the tree is in an etcd.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Empty, or a path without a slash at its end.
    prefix: String,
    /// Where metactl keeps its own: no slash at the end.
    home: String,
}

/// Keys from `from` up to `to`, or `from` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Vec<u8>,
    pub(super) to: Option<Vec<u8>>,
}

impl Span {
    /// One key.
    pub(super) fn key(key: impl Into<Vec<u8>>) -> Span {
        Span { from: key.into(), to: None }
    }

    /// `from`, and what sorts after it up to `to`.
    pub(super) fn range(from: impl Into<Vec<u8>>, to: impl Into<Vec<u8>>) -> Span {
        Span { from: from.into(), to: Some(to.into()) }
    }

    fn below(key: &str) -> Span {
        Span::range(format!("{key}/"), format!("{key}0"))
    }

    /// The first key that is not in it.
    fn end(&self) -> Vec<u8> {
        self.to.clone().unwrap_or_else(|| [&self.from[..], b"\0"].concat())
    }

    /// What is left of it without `hole`.
    fn without(self, hole: &Span) -> Vec<Span> {
        let (end, hole_end) = (self.end(), hole.end());
        if end <= hole.from || hole_end <= self.from {
            return vec![self];
        }
        let mut left = Vec::new();
        if self.from < hole.from {
            left.push(Span::range(self.from, hole.from.clone()));
        }
        if hole_end < end {
            left.push(Span::range(hole_end, end));
        }
        left
    }
}

impl Layout {
    /// The layout under `prefix`; `Usage` if that is a place with a meaning of its own.
    pub(super) fn new(prefix: Option<&Path>) -> Result<Layout> {
        let prefix = prefix.filter(|prefix| !prefix.is_root());
        let Some(prefix) = prefix else {
            return Ok(Layout { prefix: String::new(), home: METACTL.to_owned() });
        };
        if prefix.segments().next().is_some_and(|first| first == "_metad" || first == "_metactl") {
            return Err(Error::new(
                Kind::Usage,
                format!("the prefix `{prefix}` is where mappings and bookkeeping are"),
            ));
        }
        let home = format!("{METACTL}/@{}", &prefix.as_str()[1..]);
        Ok(Layout { prefix: prefix.as_str().to_owned(), home })
    }

    /// The prefix as it stands at the end of an endpoint.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The key at which the leaf `path` is.
    pub(super) fn key(&self, path: &str) -> String {
        if let Some(own) = relative(METACTL, path) {
            return format!("{}{own}", self.home);
        }
        if relative(METAD, path).is_some() {
            return path.to_owned();
        }
        format!("{}{path}", self.prefix)
    }

    /// The key of the log.
    pub(super) fn log(&self) -> String {
        format!("{}/log", self.home)
    }

    /// The key of a unit's generation.
    pub(super) fn generation(&self, unit: &str) -> String {
        format!("{}/gen/{unit}", self.home)
    }

    /// The keys of all generations.
    pub(super) fn generations(&self) -> Span {
        Span::below(&format!("{}/gen", self.home))
    }

    /// The path of the leaf at `key`; none for what is not part of the tree: no
    /// path, another prefix's, or the store's own bookkeeping.
    pub(super) fn path<'k>(&self, key: &'k [u8]) -> Option<Cow<'k, str>> {
        let key = std::str::from_utf8(key).ok()?;
        let path: Cow<'k, str> = if let Some(own) = relative(METACTL, key) {
            let own = if self.prefix.is_empty() {
                // Other prefixes' bookkeeping is none of this tree.
                (!own.starts_with("/@")).then_some(own)?
            } else {
                relative(&self.home, key)?
            };
            Cow::Owned(format!("{METACTL}{own}"))
        } else if relative(METAD, key).is_some() {
            Cow::Borrowed(key)
        } else {
            let path = relative(&self.prefix, key)?;
            let hidden = !self.prefix.is_empty()
                && (relative(METACTL, path).is_some() || relative(METAD, path).is_some());
            (!hidden).then_some(Cow::Borrowed(path))?
        };
        (path.len() > 1 && !commit::is_bookkeeping(&path)).then_some(())?;
        Path::from_stored(&path).map(|_| path)
    }

    /// The keys of the leaf `path` and of everything below it, in the order of
    /// their paths, without bookkeeping.
    pub(super) fn subtree(&self, path: &Path) -> Vec<Span> {
        let mut spans = Vec::new();
        if !path.is_root() {
            spans.push(Span::key(self.key(path.as_str())));
        }
        spans.extend(self.below(path.as_str()));
        spans
    }

    /// The keys of everything below the directory, as [`Layout::subtree`].
    pub(super) fn below(&self, directory: &str) -> Vec<Span> {
        if directory == "/" {
            return self.all();
        }
        let span = Span::below(&self.key(directory));
        if relative(METACTL, directory).is_some() { self.without_own(span) } else { vec![span] }
    }

    /// `span` without log, generations and what belongs to other prefixes.
    fn without_own(&self, span: Span) -> Vec<Span> {
        let mut holes = vec![Span::key(self.log()), self.generations()];
        if self.prefix.is_empty() {
            holes.push(Span::range("/_metactl/@", "/_metactl/A"));
        }
        cut(vec![span], &holes)
    }

    fn all(&self) -> Vec<Span> {
        if self.prefix.is_empty() {
            return self.without_own(Span::range("/", "0"));
        }
        let data = Span::below(&self.prefix);
        let hole = |name: &str| {
            let key = format!("{}{name}", self.prefix);
            [Span::below(&key), Span::key(key)]
        };
        let data = cut(vec![data], &[hole(METACTL), hole(METAD)].concat());
        let own = self.without_own(Span::below(&self.home));
        let with_paths = |spans: Vec<Span>, strip: usize, put: &'static str| {
            spans
                .into_iter()
                .map(move |span| ([put.as_bytes(), &span.from[strip..]].concat(), span))
        };
        let mut spans: Vec<(Vec<u8>, Span)> = with_paths(data, self.prefix.len(), "")
            .chain(with_paths(vec![Span::key(self.home.clone())], self.home.len(), METACTL))
            .chain(with_paths(own, self.home.len(), METACTL))
            .chain(with_paths(vec![Span::key(METAD), Span::below(METAD)], 0, ""))
            .collect();
        spans.sort_by(|left, right| left.0.cmp(&right.0));
        spans.into_iter().map(|(_, span)| span).collect()
    }

    /// One range that holds all `subtrees` and the log.
    pub(super) fn covering(&self, subtrees: &[Path]) -> Span {
        let mut from = self.log().into_bytes();
        let mut to = Span::key(self.log()).end();
        for span in subtrees.iter().flat_map(|path| self.subtree(path)) {
            let end = span.end();
            from = from.min(span.from);
            to = to.max(end);
        }
        Span::range(from, to)
    }
}

fn cut(spans: Vec<Span>, holes: &[Span]) -> Vec<Span> {
    holes
        .iter()
        .fold(spans, |spans, hole| spans.into_iter().flat_map(|span| span.without(hole)).collect())
}

/// What is left of `path` at or below `top`: empty, or with a leading slash.
fn relative<'p>(top: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(top)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(prefix: &str) -> Layout {
        Layout::new(Some(&Path::parse(prefix).unwrap())).unwrap()
    }

    fn holds(spans: &[Span], key: &str) -> usize {
        spans
            .iter()
            .filter(|span| *span.from <= *key.as_bytes() && *key.as_bytes() < *span.end())
            .count()
    }

    #[test]
    fn paths_and_keys_are_each_others() {
        for (prefix, path, key) in [
            ("/", "/cl-1/env/a", "/cl-1/env/a"),
            ("/", "/_metad/mapping/default/10.0.0.1/host", "/_metad/mapping/default/10.0.0.1/host"),
            ("/", "/_metactl/apps/x", "/_metactl/apps/x"),
            ("/m/d", "/cl-1/env/a", "/m/d/cl-1/env/a"),
            ("/m/d", "/_metad/rule/default/10.0.0.1", "/_metad/rule/default/10.0.0.1"),
            ("/m/d", "/_metactl/apps/x", "/_metactl/@m/d/apps/x"),
        ] {
            let layout = layout(prefix);
            assert_eq!(layout.key(path), key);
            assert_eq!(layout.path(key.as_bytes()).as_deref(), Some(path));
            assert_eq!(holds(&layout.subtree(&Path::root()), key), 1, "{key} under {prefix}");
        }
    }

    #[test]
    fn what_is_not_of_the_tree_is_left_out() {
        for (prefix, key) in [
            ("/", "/_metactl/log"),
            ("/", "/_metactl/gen/cl-1"),
            ("/", "/_metactl/@m/apps/x"),
            ("/", "/"),
            ("/", "/a//b"),
            ("/", "/a/../b"),
            ("/", "a"),
            ("/m", "/_metactl/apps/x"),
            ("/m", "/_metactl/@m/log"),
            ("/m", "/m/_metad/x"),
            ("/m", "/m/_metactl/x"),
            ("/m", "/mm/x"),
            ("/m", "/m"),
        ] {
            assert_eq!(layout(prefix).path(key.as_bytes()), None, "{key} under {prefix}");
        }
        assert_eq!(layout("/").path(b"/a\xff"), None);
        let spans = layout("/").subtree(&Path::root());
        let hidden = ["/_metactl/log", "/_metactl/gen/cl-1", "/_metactl/@m/log"];
        assert!(hidden.iter().all(|key| holds(&spans, key) == 0));
        assert_eq!(holds(&spans, "/_metactl/logs"), 1);
    }

    #[test]
    fn spans_come_in_the_order_of_paths() {
        let layout = layout("/m");
        let spans = layout.subtree(&Path::root());
        let keys = ["/m/A", "/_metactl/@m/self", "/_metad/mapping/x", "/m/_zz", "/m/cl-1/a"];
        let places: Vec<_> = keys
            .iter()
            .map(|key| spans.iter().position(|s| holds(std::slice::from_ref(s), key) == 1).unwrap())
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn a_subtree_ends_at_the_segment() {
        let spans = layout("/m").subtree(&Path::parse("/cl-1").unwrap());
        assert_eq!(holds(&spans, "/m/cl-1"), 1);
        assert_eq!(holds(&spans, "/m/cl-1/x"), 1);
        assert_eq!(holds(&spans, "/m/cl-10"), 0);
        assert_eq!(holds(&spans, "/m/cl-1-a"), 0);
    }

    #[test]
    fn one_range_covers_all_subtrees_and_the_log() {
        let layout = layout("/m");
        let subtrees = [Path::parse("/cl-1").unwrap(), Path::parse("/_metad/rule").unwrap()];
        let covering = layout.covering(&subtrees);
        for key in ["/_metactl/@m/log", "/_metad/rule/default/x", "/m/cl-1", "/m/cl-1/x"] {
            assert_eq!(holds(std::slice::from_ref(&covering), key), 1, "{key}");
        }
        assert_eq!(holds(&[covering], "/m/cl-2"), 0);
    }
}
