//! Keys that are a leaf and a directory: only another program on etcd can make
//! them. The directory wins, so that the leaf is seen by nobody.

use super::finding::{Finding, Kind};
use crate::model::path::Path;

/// Finds them among leaves that come sorted bytewise by path, with little memory.
#[derive(Debug, Default)]
pub struct Doubles {
    /// Leaves whose text begins the newest path: those that may have children.
    open: Vec<(String, u64)>,
    found: Vec<(String, u64)>,
}

impl Doubles {
    /// Takes the next leaf. A path that does not sort after the one before
    /// begins a new range.
    pub fn take(&mut self, path: &str, revision: u64) {
        while self.open.last().is_some_and(|(leaf, _)| !path.starts_with(leaf.as_str())) {
            self.open.pop();
        }
        let inside = |leaf: &str| path.as_bytes().get(leaf.len()) == Some(&b'/');
        for (leaf, revision) in self.open.iter_mut().filter(|(leaf, _)| inside(leaf)) {
            // Said once.
            if *revision > 0 {
                self.found.push((leaf.clone(), std::mem::take(revision)));
            }
        }
        self.open.push((path.to_owned(), revision.max(1)));
    }

    /// What was found; `cluster` tells whose a path is, `key` where it is in etcd.
    pub fn findings(
        self,
        cluster: impl Fn(&str) -> Option<String>,
        key: impl Fn(&str) -> String,
    ) -> Vec<Finding> {
        let finding = |(path, revision): (String, u64)| {
            let place = Path::from_stored(&path)?;
            let what = format!("`{path}` is a leaf and a directory; nobody sees the leaf");
            let mend = format!("Take the leaf away: `etcdctl del {}`", quoted(&key(&path)));
            let mut finding = Finding::new(Kind::LeafAndDirectory, what).at(place, revision);
            finding.cluster = cluster(&path);
            Some(finding.mend(mend))
        };
        self.found.into_iter().filter_map(finding).collect()
    }
}

/// A key as one types it at a shell.
fn quoted(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.:".contains(c);
    if key.chars().all(plain) {
        key.to_owned()
    } else {
        format!("'{}'", key.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_with_children_is_found_whatever_sorts_between() {
        let mut doubles = Doubles::default();
        for path in ["/a", "/a-b", "/a-b/c", "/a.x", "/a/b", "/a/c", "/b", "/bc", "/c/d", "/c/d/e"]
        {
            doubles.take(path, 7);
        }
        // A new range begins anew.
        doubles.take("/a", 7);
        let found: Vec<String> = doubles
            .findings(|_| None, |path| format!("/m{path}"))
            .into_iter()
            .map(|finding| finding.mend)
            .collect();
        let told = |path: &str| format!("Take the leaf away: `etcdctl del /m{path}`");
        assert_eq!(found, [told("/a-b"), told("/a"), told("/c/d")]);
    }
}
