//! Links between clusters: `links/<service>` holds the id of the cluster this one uses.

use crate::model::path::Path;

/// A path that goes through a link of a cluster: `/cl-x/links/S/<rest>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through {
    /// The leaf that holds the linked cluster's id.
    pub link: Path,
    /// What is below it, without leading slash; never empty.
    pub rest: String,
}

impl Through {
    /// The path meant when the link holds `cluster`; none when that is no
    /// cluster's id, which makes the link one to nowhere.
    pub fn follow(&self, cluster_root: &Path, cluster: &str) -> Option<Path> {
        cluster_root.child(cluster).ok()?.join(&self.rest).ok()
    }
}

/// Whether `path` goes through a link of a cluster below `cluster_root`. The
/// link itself, `/cl-x/links/S`, is an ordinary leaf.
pub fn through(path: &Path, cluster_root: &Path) -> Option<Through> {
    let mut segments = cluster_root.relative(path.as_str())?.trim_start_matches('/').splitn(4, '/');
    let (cluster, links, service) = (segments.next()?, segments.next()?, segments.next()?);
    if !cluster.starts_with("cl-") || links != "links" {
        return None;
    }
    let rest = segments.next().filter(|rest| !rest.is_empty())?.to_owned();
    let link = cluster_root.join(cluster).ok()?.join(links).ok()?.child(service).ok()?;
    Some(Through { link, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn a_link_is_followed_below_its_leaf_only() {
        let found = through(&path("/cl-1/links/zk/cluster/zone"), &Path::root()).unwrap();
        assert_eq!(found.link, path("/cl-1/links/zk"));
        assert_eq!(found.follow(&Path::root(), "cl-2"), Some(path("/cl-2/cluster/zone")));
        assert_eq!(found.follow(&Path::root(), "a/b"), None);
        assert_eq!(through(&path("/cl-1/links/zk"), &Path::root()), None);
        assert_eq!(through(&path("/x/links/zk/y"), &Path::root()), None);
        assert_eq!(through(&path("/cl-1/env/links/zk"), &Path::root()), None);
    }

    #[test]
    fn clusters_may_live_deeper() {
        let root = path("/clusters");
        let found = through(&path("/clusters/cl-1/links/zk/env"), &root).unwrap();
        assert_eq!(found.link, path("/clusters/cl-1/links/zk"));
        assert_eq!(found.follow(&root, "cl-2"), Some(path("/clusters/cl-2/env")));
        assert_eq!(through(&path("/cl-1/links/zk/env"), &root), None);
    }
}
