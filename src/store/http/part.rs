//! metad's management API has three parts: data, mapping and rules. Which of them a
//! path of the tree belongs to, and how it is asked for there.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::path::Path;
use crate::model::selfview::is_hidden;
use crate::model::{mapping, rule};

/// What stands for itself in the path of a URL.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A part of what the management API of a metad shows and takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Data,
    /// The directory of a group's mapping.
    Mapping(Path),
    /// The directory of a group's rules.
    Rules(Path),
}

impl Part {
    /// The part that `path` belongs to; none for what a metad does not give away.
    pub(super) fn of(path: &Path) -> Option<Part> {
        if !is_hidden(path.as_str()) {
            return Some(Part::Data);
        }
        let group = |root: &str| {
            let root = Path::parse(root).ok()?;
            let name = root.relative(path.as_str())?.split('/').nth(1)?;
            root.child(name).ok()
        };
        group(mapping::ROOT).map(Part::Mapping).or_else(|| group(rule::ROOT).map(Part::Rules))
    }

    /// The one part that all of the paths belong to.
    pub(super) fn of_all<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Option<Part> {
        let mut parts = paths.into_iter().map(Part::of);
        let first = parts.next()??;
        parts.all(|part| part.as_ref() == Some(&first)).then_some(first)
    }

    /// The place to ask for what is at `path`: of a mapping not less than all links
    /// of a node, of the rules all there are.
    pub(super) fn top(&self, path: &Path) -> Path {
        match self {
            Part::Data => path.clone(),
            Part::Rules(group) => group.clone(),
            Part::Mapping(group) => {
                let ip = group.relative(path.as_str()).and_then(|rest| rest.split('/').nth(1));
                ip.and_then(|ip| group.child(ip).ok()).unwrap_or_else(|| group.clone())
            }
        }
    }

    /// The path of a request about `path`.
    pub(super) fn target(&self, path: &Path) -> String {
        match self {
            Part::Data if path.is_root() => "/v1/data".to_owned(),
            Part::Data => format!("/v1/data{}", encoded(path.as_str())),
            Part::Rules(_) => "/v1/rule".to_owned(),
            Part::Mapping(group) => {
                let rest = group.relative(path.as_str()).unwrap_or_default();
                format!("/v1/mapping{}", encoded(rest))
            }
        }
    }
}

/// A path as it stands in a URL.
pub(super) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Option<String> {
        let path = Path::parse(text).unwrap();
        let part = Part::of(&path)?;
        Some(part.target(&part.top(&path)))
    }

    #[test]
    fn paths_have_a_place_in_the_management_api() {
        for (path, target) in [
            ("/", Some("/v1/data")),
            ("/cl-1/a b", Some("/v1/data/cl-1/a%20b")),
            ("/_metad/mapping/default", Some("/v1/mapping")),
            ("/_metad/mapping/default/10.0.0.1/links/z", Some("/v1/mapping/10.0.0.1")),
            ("/_metad/rule/default/10.0.0.1", Some("/v1/rule")),
            ("/_metad/mapping", None),
            ("/_metad", None),
            ("/_metactl/ops/cl-1", None),
        ] {
            assert_eq!(asked(path).as_deref(), target, "{path}");
        }
    }
}
