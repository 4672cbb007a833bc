//! New instance ids for nodes, and everything that hangs on the old ones.

use std::collections::BTreeMap;

use super::present::Present;
use crate::error::Result;
use crate::model::cluster::Leaf;
use crate::model::path::Path;
use crate::model::rule::Rules;

/// New instance ids, by the old ones.
pub type Names = BTreeMap<String, String>;

/// The directories of a cluster that hold records of hosts.
const RECORDS: [&str; 3] = ["hosts", "adding-hosts", "deleting-hosts"];

/// What moves in a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Subtrees that are no longer there.
    pub gone: Vec<Path>,
    pub leaves: Vec<Leaf>,
}

/// The records of the cluster's hosts under their new names.
pub fn records(present: &Present, names: &Names) -> Result<Moves> {
    let directory = &present.directory;
    let mut moves = Moves::default();
    for host in &present.hosts {
        let Some(new) = names.get(&host.instance_id) else { continue };
        let old = host.record(directory)?;
        let record = renamed(directory, &old, names).unwrap_or_else(|| old.clone());
        for (leaf, value) in &host.leaves {
            let value = if leaf == "instance_id" { new } else { value };
            moves.leaves.push((record.join(leaf)?, value.clone()));
        }
        moves.gone.push(old);
    }
    // Copies of records that somebody has left behind.
    for (name, value) in &present.leaves {
        let old = directory.join(name)?;
        let copied = RECORDS.iter().any(|top| name.starts_with(&format!("{top}/")));
        let Some(new) = renamed(directory, &old, names).filter(|_| copied) else { continue };
        let own = name.rsplit('/').next() == Some("instance_id");
        let value = if own { names.get(value).unwrap_or(value) } else { value };
        moves.leaves.push((new, value.clone()));
        moves.gone.push(old);
    }
    Ok(moves)
}

/// Where a path inside the cluster leads once its instance has another name;
/// none when it stays as it is.
pub fn renamed(directory: &Path, path: &Path, names: &Names) -> Option<Path> {
    let below = directory.relative(path.as_str())?;
    let mut segments: Vec<&str> = below.split('/').skip(1).collect();
    let first = *segments.first()?;
    // `hosts/[R/]I/…` and `cmd/I/…`.
    let deepest = if RECORDS.contains(&first) { 2 } else { usize::from(first == "cmd") };
    let found = segments.iter_mut().skip(1).take(deepest).find_map(|segment| {
        let new = names.get(*segment)?;
        *segment = new;
        Some(())
    });
    found.and_then(|()| directory.join(&segments.join("/")).ok())
}

/// The value of a link of a mapping, where it has to change.
pub fn link(directory: &Path, value: &str, names: &Names) -> Option<String> {
    let real = Path::parse(value).ok()?;
    renamed(directory, &real, names).map(|path| path.to_string())
}

/// The text of a node's rules, where it has to change.
pub fn rules(directory: &Path, text: &str, names: &Names) -> Option<String> {
    let mut rules = Rules::parse(text).ok()?;
    let mut changed = false;
    for rule in &mut rules.0 {
        if let Some(path) = renamed(directory, &rule.path, names) {
            rule.path = path;
            changed = true;
        }
    }
    changed.then(|| rules.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scale::present::tests::present;

    fn names() -> Names {
        [("i-1", "i-9"), ("i-2", "i-8")].map(|(old, new)| (old.to_owned(), new.to_owned())).into()
    }

    #[test]
    fn records_move_with_all_their_leaves() {
        let present = present(&[
            ("hosts/m/i-1/instance_id", "i-1"),
            ("hosts/m/i-1/attributes/i-1", "i-1"),
            ("hosts/i-2/ip", "10.0.0.1"),
            ("hosts/m/i-3/ip", "10.0.0.3"),
            ("adding-hosts/m/i-1/instance_id", "i-1"),
            ("env/i-1", "i-1"),
        ]);
        let moves = records(&present, &names()).unwrap();
        let top = present.directory.as_str();
        let mut leaves: Vec<_> = moves
            .leaves
            .iter()
            .map(|(path, value)| format!("{}={value}", path.as_str().trim_start_matches(top)))
            .collect();
        leaves.sort();
        assert_eq!(
            leaves,
            [
                "/adding-hosts/m/i-9/instance_id=i-9",
                "/hosts/i-8/ip=10.0.0.1",
                "/hosts/m/i-9/attributes/i-1=i-1",
                "/hosts/m/i-9/instance_id=i-9",
            ]
        );
        assert_eq!(moves.gone.len(), 3);
    }

    #[test]
    fn links_and_rules_follow() {
        let directory = Path::parse("/clusters/cl-1").unwrap();
        let link = |value: &str| link(&directory, value, &names());
        assert_eq!(link("/clusters/cl-1/hosts/m/i-1").unwrap(), "/clusters/cl-1/hosts/m/i-9");
        assert_eq!(link("/clusters/cl-1/cmd/i-2").unwrap(), "/clusters/cl-1/cmd/i-8");
        assert_eq!(link("/clusters/cl-1/hosts"), None);
        assert_eq!(link("/clusters/cl-1/cmd/x/i-1"), None);
        assert_eq!(link("/clusters/cl-2/hosts/m/i-1"), None);
        let text = r#"[{"path":"/clusters/cl-1/hosts/i-2/ip","mode":1},{"path":"/x","mode":0}]"#;
        let new = rules(&directory, text, &names()).unwrap();
        assert_eq!(new, text.replace("i-2", "i-8"));
        assert_eq!(rules(&directory, r#"[{"path":"/","mode":1}]"#, &names()), None);
    }
}
