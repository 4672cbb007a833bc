//! Access rules of clients: reading, setting, removing, and what they decide.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::error::{Error, Kind, Result};
use crate::model::access::{self, Client, Decided, Permission, Verdict};
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::model::rule::{self, Rule, Rules};
use crate::ops::view::View;
use crate::store::{At, Changes, Commit, Guard, Note, Revision, What, reading};

/// The rules of a group.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// By ip.
    pub rules: BTreeMap<String, Rules>,
    /// The ips whose rules cannot be read.
    pub unreadable: Vec<String>,
}

/// What became of a change.
#[derive(Debug, Clone, Serialize)]
pub struct Updated {
    pub ip: String,
    pub revision: Revision,
    /// How many rules say something else than before, or nothing any more.
    pub changed: usize,
    /// All rules that there are now; without any, the mapping decides.
    pub rules: Rules,
}

/// What a client may read of a path.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub ip: String,
    pub path: Path,
    pub revision: Revision,
    pub verdict: Verdict,
    /// The path itself, or each link of a directory of links, and what is decided
    /// otherwise below it.
    pub decisions: Vec<Decided>,
}

/// The rules of one client, or of all of the group.
///
/// `NotFound` when `ip` is given and has none, `Invalid` when it is no address or
/// its rules cannot be read.
pub async fn get(view: &View, ip: Option<&str>) -> Result<Listed> {
    let group = &view.scope().group;
    if let Some(ip) = ip {
        let leaf = rule::leaf(group, ip)?;
        let (_, entry) = reading::get(view.store(), &leaf, At::Latest).await?;
        let Some(entry) = entry else { return Err(no_rules(group, ip)) };
        let rules = parse(ip, &entry.value)?;
        let ip = mapping::parse_ip(ip)?;
        return Ok(Listed { rules: BTreeMap::from([(ip, rules)]), unreadable: Vec::new() });
    }
    let top = Path::parse(rule::ROOT)?.child(group)?;
    let mut listed = Listed::default();
    view.store()
        .read(&[What::Subtree(top.clone())], At::Latest, &mut |item| {
            let ip = top.relative(item.path).unwrap_or_default().trim_start_matches('/').to_owned();
            match Rules::parse(item.value) {
                Ok(rules) => drop(listed.rules.insert(ip, rules)),
                Err(_) => listed.unreadable.push(ip),
            }
            Ok(())
        })
        .await?;
    Ok(listed)
}

/// How rules are set.
#[derive(Debug, Clone)]
pub enum Change {
    /// Beside those on other paths.
    Merge(Vec<Rule>),
    /// In place of all there were.
    Replace(Vec<Rule>),
    /// Without those on these paths; all of them when there are none.
    Remove(Vec<Path>),
}

/// Changes the rules of one client in one commit. Reads, decides and commits on
/// the condition that nobody else has changed them in between, again and again
/// until `limit` has passed: then `Conflict`.
///
/// `Invalid` when `ip` is no address, a path is none that a rule can be about, or
/// the rules to be changed cannot be read; `NotFound` for a path without a rule.
pub async fn update(
    view: &View,
    ip: &str,
    change: &Change,
    limit: Duration,
    note: Note,
) -> Result<Updated> {
    let leaf = rule::leaf(&view.scope().group, ip)?;
    let ip = mapping::parse_ip(ip)?;
    let conditional = view.store().takes_conditions().await?;
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        let (revision, entry) = reading::get(view.store(), &leaf, At::Latest).await?;
        let there = entry.as_ref().map(|entry| entry.value.as_str());
        let (changed, rules) = decide(view, &ip, there, change)?;
        let mut changes = Changes::new();
        if rules.0.is_empty() {
            changes.delete_tree(&leaf);
        } else {
            changes.put(&leaf, &rules.to_json());
        }
        let written = entry.map_or(0, |entry| entry.mod_revision);
        let mut guards = vec![Guard::Revision(leaf.clone(), written)];
        guards.retain(|_| conditional);
        let commit = Commit { guards, changes, note: note.clone() };
        match view.store().commit(&commit).await {
            Ok(done) => {
                let revision = if done.changed > 0 { done.revision } else { revision };
                return Ok(Updated { ip, revision, changed, rules });
            }
            Err(error) if error.kind() == Kind::Conflict && Instant::now() < end => {
                tokio::time::sleep(pause.mul_f64(fastrand::f64())).await;
                pause = (pause * 2).min(Duration::from_millis(64));
            }
            Err(error) => return Err(error),
        }
    }
}

/// How many rules change, and which there are then.
fn decide(view: &View, ip: &str, there: Option<&str>, change: &Change) -> Result<(usize, Rules)> {
    match change {
        Change::Merge(rules) => {
            let mut all = there.map_or_else(|| Ok(Rules::default()), |text| parse(ip, text))?;
            Ok((all.merge(rules), all))
        }
        Change::Replace(rules) => {
            let before = there.and_then(|text| Rules::parse(text).ok()).unwrap_or_default();
            let mut all = Rules::default();
            all.merge(rules);
            let gone = before.0.iter().filter(|rule| all.on(&rule.path).is_none()).count();
            Ok((gone + before.clone().merge(rules), all))
        }
        Change::Remove(paths) => {
            let text = there.ok_or_else(|| no_rules(&view.scope().group, ip))?;
            if paths.is_empty() {
                return Ok((Rules::parse(text).map_or(1, |rules| rules.0.len()), Rules::default()));
            }
            let mut all = parse(ip, text)?;
            if let Some(path) = paths.iter().find(|path| all.on(path).is_none()) {
                return Err(Error::not_found(format!("`{ip}` has no rule on `{path}`"))
                    .hint(format!("See its rules: `metactl rule get {ip}`")));
            }
            let before = all.0.len();
            all.0.retain(|rule| !paths.contains(&rule.path));
            Ok((before - all.0.len(), all))
        }
    }
}

/// What the client may read of `path`, by its mapping and rules of one revision.
/// `Invalid` when `ip` is no address.
pub async fn check(view: &View, ip: &str, path: &Path) -> Result<Checked> {
    let group = &view.scope().group;
    let (directory, leaf) = (mapping::directory(group, ip)?, rule::leaf(group, ip)?);
    let what = [What::Subtree(directory.clone()), What::Key(leaf.clone())];
    let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
    let mapping = Mapping::from_leaves(entries.iter().filter_map(|entry| {
        Some((directory.relative(entry.path.as_str())?, entry.value.as_str()))
    }));
    let rules = match entries.iter().find(|entry| entry.path == leaf) {
        None => Permission::Mapping,
        Some(entry) => Rules::parse(&entry.value).map_or(Permission::Unreadable, Permission::Rules),
    };
    let (verdict, decisions) = access::explain(&Client { mapping, rules }, path);
    Ok(Checked { ip: mapping::parse_ip(ip)?, path: path.clone(), revision, verdict, decisions })
}

fn parse(ip: &str, text: &str) -> Result<Rules> {
    Rules::parse(text).map_err(|error| {
        error
            .within(format!("reading the access rules of `{ip}`"))
            .hint(format!("Set them anew: `metactl rule set {ip} --replace PATH=read …`"))
            .hint(format!("Take them away: `metactl rule rm {ip}`"))
    })
}

fn no_rules(group: &str, ip: &str) -> Error {
    Error::not_found(format!("`{ip}` has no access rules in the group `{group}`"))
        .hint("List the clients that have some: `metactl rule get`")
}
