//! What was perhaps meant by a path with nothing there.

use crate::model::path::Path;
use crate::model::selfview;
use crate::ops::list::{self, Listing};
use crate::ops::view::View;
use crate::store::At;

/// The names under `/self`, which apps' templates use without it.
const OF_SELF: [&str; 8] =
    ["host", "hosts", "cluster", "env", "links", "cmd", "adding-hosts", "deleting-hosts"];

/// At most one sentence with something to type. Nothing that fails on the way
/// is told: there is an error already.
pub async fn hint(view: &View, path: &Path, at: At) -> Option<String> {
    let first = path.segments().next()?;
    if OF_SELF.contains(&first) {
        return Some(format!("Type the path of this node's view: `metactl get /self{path}`"));
    }
    if first == selfview::NAME
        && let Ok(Listing::Nothing) = list::list(view, &Path::parse("/self").ok()?, at).await
    {
        let ip = view.identity().await.ok()?.ip;
        return Some(format!("Give `{ip}` a mapping: `metactl mapping set {ip} …`"));
    }
    let above: Vec<Path> = path.ancestors().filter_map(Path::from_stored).collect();
    for directory in above.into_iter().chain([Path::root()]) {
        match list::list(view, &directory, at).await.ok()? {
            Listing::Nothing => {}
            Listing::Leaf => {
                return Some(format!("Type `metactl get {directory}`: that is a leaf"));
            }
            Listing::Directory(names) => {
                let wrong = directory.relative(path.as_str())?.trim_start_matches('/');
                let (wrong, rest) = wrong.split_once('/').unwrap_or((wrong, ""));
                let names = names.iter().map(|name| name.name.as_str());
                return match nearest(wrong, names) {
                    Some(name) => {
                        let meant = directory.join(name).ok()?.join(rest).ok()?;
                        Some(format!("Type `metactl get {meant}` if that was meant"))
                    }
                    None => Some(format!("See what there is: `metactl ls {directory}`")),
                };
            }
        }
    }
    None
}

/// The name most like `wrong`, if one is like it at all.
fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Drawn ids are all alike in their beginning.
    let bare = |name: &'_ str| {
        name.split_once('-').map_or(0, |(kind, _)| match kind {
            "cl" | "i" | "cln" => kind.len() + 1,
            _ => 0,
        })
    };
    let likeness = |name: &str| {
        let (same, other) = (bare(wrong), bare(name));
        match (wrong.get(same..), name.get(other..)) {
            (Some(wrong), Some(name)) if same == other => strsim::jaro_winkler(wrong, name),
            _ => 0.0,
        }
    };
    names
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_a_stranger_is_not() {
        let names = ["env", "hosts", "cluster", "adding-hosts"];
        assert_eq!(nearest("host", names.into_iter()), Some("hosts"));
        assert_eq!(nearest("clustre", names.into_iter()), Some("cluster"));
        assert_eq!(nearest("volume", names.into_iter()), None);
        assert_eq!(nearest("cl-9", ["cl-1"].into_iter()), None);
        assert_eq!(nearest("cl-abcd1243", ["cl-abcd1234"].into_iter()), Some("cl-abcd1234"));
    }
}
