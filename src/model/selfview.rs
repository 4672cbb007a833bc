//! `/self`: what a node's mapping makes of a path.

use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;

/// The name of the view under the root.
pub const NAME: &str = "self";

/// A leaf or a subtree of the store and where it appears to who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it appears: below the path that was asked for.
    pub asked: Path,
    /// Where it is stored.
    pub real: Path,
}

impl Piece {
    /// A piece that is stored where it appears.
    pub fn plain(path: &Path) -> Piece {
        Piece { asked: path.clone(), real: path.clone() }
    }

    /// Where the stored path `real` appears; none when it lies elsewhere, and
    /// for mapping, rules and bookkeeping, which a listing of `/` never shows.
    pub fn appears(&self, real: &str) -> Option<String> {
        let below = self.real.relative(real)?;
        if self.real.is_root() && is_hidden(real) {
            return None;
        }
        let top = if self.asked.is_root() && !below.is_empty() { "" } else { self.asked.as_str() };
        Some(format!("{top}{below}"))
    }
}

/// Whether a stored path is left out of what is shown of `/`: metad's mapping
/// and rules, and metactl's own records.
pub fn is_hidden(real: &str) -> bool {
    let first = real.trim_start_matches('/').split('/').next();
    matches!(first, Some("_metad" | "_metactl"))
}

/// What a path under `/self` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The path is the link `name`, or lies below it.
    Linked {
        name: String,
        real: Path,
        /// Whether it lies below the link.
        below: bool,
    },
    /// The path is a directory of links; without any of them there is nothing.
    Directory(Vec<Piece>),
}

/// The part of a path below `/self`, without leading slash: empty for `/self`,
/// none for a path elsewhere.
pub fn below_self(path: &Path) -> Option<&str> {
    mapping::below(path.as_str().strip_prefix('/')?, NAME)
}

/// What `/self/<rest>` means by `mapping`. Links whose target would be no path
/// (too long) are absent.
pub fn meaning(mapping: &Mapping, rest: &str) -> Meaning {
    let covering = mapping.links().find_map(|(name, real)| {
        let below = mapping::below(rest, name)?;
        Some((name, real.join(below).ok()?, !below.is_empty()))
    });
    if let Some((name, real, below)) = covering {
        return Meaning::Linked { name: name.to_owned(), real, below };
    }
    let pieces = mapping.links().filter_map(|(name, real)| {
        if !rest.is_empty() {
            mapping::below(name, rest)?;
        }
        let asked = Path::from_stored(&format!("/{NAME}/{name}"))?;
        Some(Piece { asked, real: real.clone() })
    });
    Meaning::Directory(pieces.collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn example() -> Mapping {
        Mapping::from_leaves([
            ("host", "/cl-1/hosts/a/i-1"),
            ("hosts", "/cl-1/hosts"),
            ("links/zk", "/cl-2"),
            ("env/port", "/cl-1/role-env/a/port"),
            ("env/max", "/cl-1/env/max"),
        ])
    }

    #[test]
    fn a_link_stands_for_its_whole_subtree() {
        let linked = |rest: &str| match meaning(&example(), rest) {
            Meaning::Linked { real, below, .. } => (real.to_string(), below),
            other => panic!("{other:?}"),
        };
        assert_eq!(linked("host"), ("/cl-1/hosts/a/i-1".to_owned(), false));
        assert_eq!(linked("host/ip"), ("/cl-1/hosts/a/i-1/ip".to_owned(), true));
        assert_eq!(linked("links/zk/cluster/zone"), ("/cl-2/cluster/zone".to_owned(), true));
        assert_eq!(linked("env/port"), ("/cl-1/role-env/a/port".to_owned(), false));
    }

    #[test]
    fn a_directory_of_links_is_their_sum() {
        let pieces = |rest: &str| match meaning(&example(), rest) {
            Meaning::Directory(pieces) => {
                pieces.into_iter().map(|piece| piece.asked.to_string()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(pieces("env"), ["/self/env/max", "/self/env/port"]);
        assert_eq!(pieces("").len(), 5);
        assert!(pieces("en").is_empty());
        assert!(pieces("env/other").is_empty());
    }

    #[test]
    fn only_self_is_the_view() {
        assert_eq!(below_self(&path("/self")), Some(""));
        assert_eq!(below_self(&path("/self/host/ip")), Some("host/ip"));
        assert_eq!(below_self(&path("/selfish")), None);
        assert_eq!(below_self(&Path::root()), None);
    }

    #[test]
    fn the_root_hides_what_is_not_data() {
        let root = Piece::plain(&Path::root());
        assert_eq!(root.appears("/cl-1/env/x").as_deref(), Some("/cl-1/env/x"));
        assert_eq!(root.appears("/_metad/mapping/default/10.0.0.1/host"), None);
        assert_eq!(root.appears("/_metactl/self"), None);
        let mapping = Piece::plain(&path("/_metad/mapping"));
        assert!(mapping.appears("/_metad/mapping/default/10.0.0.1/host").is_some());
    }

    proptest! {
        /// Asking for a directory and asking for what is in it agree.
        #[test]
        fn a_part_appears_where_the_whole_shows_it(
            names in proptest::collection::btree_map("[a-c](/[a-c])?", "(/[x-z]){1,3}", 1..5),
            below in "(/[p-q]){1,2}",
        ) {
            let mut mapping = Mapping::new();
            for (name, real) in &names {
                let _ = mapping.insert(name, path(real));
            }
            let Meaning::Directory(pieces) = meaning(&mapping, "") else {
                return Err(TestCaseError::fail("`/self` is a directory"));
            };
            for piece in pieces {
                let leaf = piece.real.join(&below).unwrap();
                let shown = piece.appears(leaf.as_str()).unwrap();
                let shown = path(&shown);
                match meaning(&mapping, below_self(&shown).unwrap()) {
                    Meaning::Linked { real, .. } => prop_assert_eq!(real, leaf),
                    other => return Err(TestCaseError::fail(format!("{other:?}"))),
                }
            }
        }
    }
}
