//! Looking for everything that is wrong.
//!
//! One cluster after another is read and checked; of each only a little is kept
//! for what goes beyond it: duplicates, mapping, rules, claims. These are then
//! read once, in one pass each. Time and memory grow with the number of hosts.

use std::collections::{BTreeSet, HashMap};

use super::everything::{self, Ground};
use super::{when, writer};
use crate::error::{Error, Kind, Result};
use crate::model::checkup::duplicates::{self, Index};
use crate::model::checkup::facts::{About, Leaf, Store, by_ip, by_node};
use crate::model::checkup::finding::Finding;
use crate::model::checkup::leaf_and_directory::Doubles;
use crate::model::checkup::operation::Writer;
use crate::model::checkup::rules::Rule;
use crate::model::checkup::{claims, cluster, mapping, operation, record, rules};
use crate::model::cluster::records;
use crate::model::path::Path;
use crate::model::rule::{self, Rules};
use crate::ops::view::View;
use crate::store::{At, Revision, reading};

/// How often it is begun anew when the store forgets what is being read.
const ATTEMPTS: usize = 3;

/// Hears how many more clusters have been looked into, of how many in all.
pub type Done<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What a check-up has found.
#[derive(Debug, Clone)]
pub struct Examined {
    /// When it was looked at.
    pub revision: Revision,
    /// How many clusters were looked into, and how many hosts they have.
    pub clusters: usize,
    pub hosts: usize,
    /// By cluster; what belongs to none comes last.
    pub findings: Vec<Finding>,
    /// What is no fault, and good to know.
    pub notes: Vec<String>,
}

/// Looks at the whole store and reports what is wrong with the clusters `only`
/// names, or with everything when it names none.
///
/// `NotFound` when one of them is not there; else the errors of reading.
pub async fn examine(view: &View, only: &[String], done: Done<'_>) -> Result<Examined> {
    let mut attempt = 1;
    loop {
        match once(view, only, done).await {
            // A server may forget the revision meanwhile.
            Err(error) if error.kind() == Kind::Compacted && attempt < ATTEMPTS => attempt += 1,
            examined => return examined,
        }
    }
}

async fn once(view: &View, only: &[String], done: Done<'_>) -> Result<Examined> {
    let ground = everything::survey(view).await?;
    for id in only {
        if !ground.has(id) && !ground.records.contains_key(id) {
            return Err(Error::not_found(format!("there is no cluster `{id}`"))
                .hint("List them: `metactl cluster list`"));
        }
    }
    let mut looking = Looking::new(view, ground);
    looking.records();
    looking.clusters(done).await?;
    let (index, findings) = duplicates::find(&looking.store);
    looking.findings.extend(findings);
    let rules = looking.rules(&index).await?;
    looking.mappings(&index, &rules).await?;
    looking.claims(&index).await?;
    looking.own(&index);
    looking.projects().await?;
    looking.leave_those_at_work().await?;
    let mut examined = looking.end(only);
    when::add(view.store(), &mut examined.findings).await;
    Ok(examined)
}

struct Looking<'a> {
    view: &'a View,
    ground: Ground,
    store: Store,
    doubles: Doubles,
    findings: Vec<Finding>,
    notes: Vec<String>,
    in_operation: BTreeSet<String>,
}

impl<'a> Looking<'a> {
    fn new(view: &'a View, ground: Ground) -> Looking<'a> {
        let root = Some(view.scope().cluster_root.clone());
        let store = Store { root, others: ground.elsewhere.clone(), ..Store::default() };
        let in_operation = ground.operations.iter().map(|leaf| leaf.name.clone()).collect();
        Looking {
            view,
            ground,
            store,
            doubles: Doubles::default(),
            findings: Vec::new(),
            notes: Vec::new(),
            in_operation,
        }
    }

    /// Records of clusters and of operations.
    fn records(&mut self) {
        let ground = &self.ground;
        let there = |id: &String| ground.has(id) || ground.elsewhere.contains(id);
        let mut at_work = BTreeSet::new();
        for leaf in &ground.operations {
            let (id, revision) = (&leaf.name, leaf.revision);
            match operation::read(id, &leaf.value, revision) {
                Err(finding) => self.findings.push(*finding),
                Ok(one) => {
                    let writer = writer::of(&one);
                    at_work.extend((writer != Writer::Gone).then_some(id));
                    self.findings.extend(operation::check(id, &one, revision, writer, there(id)));
                }
            }
        }
        for (id, record) in &ground.records {
            if record.is_half() {
                self.store.others.insert(id.clone());
                self.findings.extend((!at_work.contains(id)).then(|| record.half(id)));
            } else if !there(id) && !self.in_operation.contains(id) {
                self.findings.push(record.orphaned(id));
            }
        }
    }

    async fn clusters(&mut self, done: Done<'_>) -> Result<()> {
        let mut rows = cluster::Rows::default();
        let total = self.ground.ids.len() as u64;
        for id in &self.ground.ids {
            done(1, total);
            if self.store.others.contains(id) {
                continue;
            }
            let about = self.about(id)?;
            let doubles = &mut self.doubles;
            let mut leaves: Vec<Leaf> = Vec::new();
            let slash = format!("{}/", about.path);
            let mut path = slash.clone();
            everything::each(self.view, &about.path, self.ground.at, &mut |leaf| {
                path.truncate(slash.len());
                path.push_str(&leaf.name);
                doubles.take(path.trim_end_matches('/'), leaf.revision);
                leaves.push(leaf);
            })
            .await?;
            let exists = |id: &str| self.ground.has(id) || self.ground.elsewhere.contains(id);
            let (facts, findings) = cluster::check(about, &leaves, &mut rows, &exists);
            self.store.clusters.push(facts);
            self.findings.extend(findings);
        }
        self.store.clusters.sort_by(|one, other| one.about.id.cmp(&other.about.id));
        Ok(())
    }

    fn about(&self, id: &str) -> Result<About> {
        let scope = self.view.scope();
        let record = self.ground.records.get(id);
        let own = |value: Option<&String>, default: &str| {
            // What is no name cannot be meant.
            let name = value.filter(|name| Path::root().child(name).is_ok());
            name.cloned().unwrap_or_else(|| default.to_owned())
        };
        Ok(About {
            id: id.to_owned(),
            path: scope.cluster_root.child(id)?,
            group: own(record.and_then(|record| record.group.as_ref()), &scope.group),
            project: own(record.and_then(|record| record.project.as_ref()), "default"),
            made_here: record.is_some_and(|record| record.state.is_some()),
            in_operation: self.in_operation.contains(id),
        })
    }

    /// The rules that have to be compared with a mapping, by group and ip.
    async fn rules(&mut self, index: &Index) -> Result<HashMap<String, (Rules, u64)>> {
        let mut kept = HashMap::new();
        let mut root_rules = 0;
        let (store, findings) = (&self.store, &mut self.findings);
        let top = Path::parse(rule::ROOT)?;
        everything::each(self.view, &top, self.ground.at, &mut |leaf| match rules::read(&leaf) {
            Rule::Root => root_rules += 1,
            Rule::Some(rules) => drop(kept.insert(leaf.name, (rules, leaf.revision))),
            Rule::Wrong(mut finding) => {
                finding.cluster = owner(store, index, &leaf.name);
                findings.push(*finding);
            }
        })
        .await?;
        if root_rules > 0 && etcd_prefix(&self.view.store().place()).is_some_and(str::is_empty) {
            let clients =
                if root_rules == 1 { "1 client" } else { &format!("{root_rules} clients") };
            self.notes.push(format!(
                "{clients} may read `/` of this etcd: a metad without a prefix on it would show them `/_metactl`, too; with `--cluster-root /clusters` and metad's `--prefix=/clusters` it does not"
            ));
        }
        Ok(kept)
    }

    async fn mappings(
        &mut self,
        index: &Index,
        rules: &HashMap<String, (Rules, u64)>,
    ) -> Result<()> {
        let top = Path::parse(crate::model::mapping::ROOT)?;
        let (store, doubles) = (&mut self.store, &mut self.doubles);
        let findings = &mut self.findings;
        let mut node = String::new();
        let mut leaves: Vec<Leaf> = Vec::new();
        let mut check = |node: &str, leaves: &[Leaf]| {
            let Some((group, ip)) = node.split_once('/') else { return };
            findings.extend(mapping::check(store, index, group, ip, leaves));
            if let Some((rules, revision)) = rules.get(node)
                && let Some(mut finding) = rules::reach(node, *revision, rules, leaves)
            {
                finding.cluster = owner(store, index, node);
                findings.push(finding);
            }
        };
        everything::each(self.view, &top, self.ground.at, &mut |leaf| {
            doubles.take(&format!("{top}/{}", leaf.name), leaf.revision);
            let mut slashes = leaf.name.match_indices('/').skip(1);
            let Some((slash, _)) = slashes.next() else { return };
            let (of, name) = leaf.name.split_at(slash);
            if of != node {
                check(&node, &leaves);
                leaves.clear();
                of.clone_into(&mut node);
            }
            let name = name.trim_start_matches('/').to_owned();
            leaves.push(Leaf { name, ..leaf });
        })
        .await?;
        check(&node, &leaves);
        let missing = mapping::missing(&self.store, index);
        self.findings.extend(missing);
        Ok(())
    }

    async fn claims(&mut self, index: &Index) -> Result<()> {
        let top = Path::parse(records::CLAIMS)?;
        let (store, findings) = (&mut self.store, &mut self.findings);
        everything::each(self.view, &top, self.ground.at, &mut |claim| {
            findings.extend(claims::check(store, index, &claim));
        })
        .await?;
        let missing = claims::missing(&self.store);
        self.findings.extend(missing);
        Ok(())
    }

    /// Who `/self` is; nobody can tell while there are clusters not looked into.
    fn own(&mut self, index: &Index) {
        let Some(own) = self.ground.own.take() else { return };
        let nodes = index.node.find(&self.store, by_node, ("", &own.value));
        if nodes.is_empty() && self.store.others.is_empty() {
            self.findings.push(record::nobody(&own.value, own.revision));
        }
    }

    /// Who has gone on or ended since the revision that is looked at was no more
    /// than fast: what is said of an operation or of a half written cluster has
    /// to hold still.
    async fn leave_those_at_work(&mut self) -> Result<()> {
        let mut kept = Vec::with_capacity(self.findings.len());
        for finding in std::mem::take(&mut self.findings) {
            let mut moved = false;
            for path in everything::signs_of_work(&finding) {
                let (_, entry) = reading::get(self.view.store(), &path, At::Latest).await?;
                let newest = entry.map_or(0, |entry| entry.mod_revision);
                moved |= newest > self.ground.revision;
                moved |= newest == 0 && finding.paths.contains(&path);
            }
            kept.extend((!moved).then_some(finding));
        }
        self.findings = kept;
        Ok(())
    }

    async fn projects(&mut self) -> Result<()> {
        let top = Path::parse("/projects")?;
        let doubles = &mut self.doubles;
        everything::each(self.view, &top, self.ground.at, &mut |leaf| {
            doubles.take(&format!("{top}/{}", leaf.name), leaf.revision);
        })
        .await
    }

    fn end(self, only: &[String]) -> Examined {
        let mut findings = self.findings;
        let root = &self.view.scope().cluster_root;
        let place = self.view.store().place();
        let prefix = etcd_prefix(&place).unwrap_or_default();
        let id = |path: &str| {
            let id = root.relative(path)?.split('/').nth(1)?;
            id.starts_with("cl-").then(|| id.to_owned())
        };
        let key = |path: &str| match path.starts_with("/_metad/") {
            true => path.to_owned(),
            false => format!("{prefix}{path}"),
        };
        findings.extend(self.doubles.findings(id, key));
        let named = |id: &str| only.is_empty() || only.iter().any(|one| one == id);
        findings.retain(|finding| match &finding.cluster {
            Some(id) => named(id),
            None => only.is_empty(),
        });
        findings.sort_by(|one, other| order(one).cmp(&order(other)));
        let looked_into = self.store.clusters.iter().filter(|facts| named(&facts.about.id));
        Examined {
            revision: self.ground.revision,
            clusters: looked_into.clone().count(),
            hosts: looked_into.map(|facts| facts.hosts.len()).sum(),
            findings,
            notes: self.notes,
        }
    }
}

/// By cluster, what belongs to none last; the worst first.
fn order(finding: &Finding) -> impl Ord {
    let Finding { kind, severity, cluster, paths, .. } = finding;
    (cluster.is_none(), cluster.clone(), *severity, *kind, paths.clone())
}

/// The cluster whose host has an ip, by group and ip.
fn owner(store: &Store, index: &Index, node: &str) -> Option<String> {
    let (group, ip) = node.split_once('/')?;
    let place = index.ip.find(store, by_ip, (group, ip)).first()?;
    Some(store.at(*place)?.0.about.id.clone())
}

/// The prefix of an etcd's keys, by how the store is called; none for others.
fn etcd_prefix(place: &str) -> Option<&str> {
    let rest = place.strip_prefix("etcd://").or_else(|| place.strip_prefix("etcds://"))?;
    Some(rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default())
}
