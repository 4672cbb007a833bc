//! Writers that remember what was acknowledged, and what a watch has told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::support::{Home, Running};

/// Path and value; none: deleted.
pub type Change = (String, Option<String>);

/// What one writer has tried, in order.
pub struct Tried {
    pub changes: BTreeSet<Change>,
    /// None: the program said that it does not know, or that it failed.
    pub revision: Option<u64>,
}

/// One process after another, each making one commit below `/w`.
pub struct Writer {
    home: Arc<Home>,
    endpoint: Vec<String>,
    number: usize,
    random: fastrand::Rng,
    tried: Vec<Tried>,
    /// Its own keys that are there, as far as it knows.
    there: BTreeSet<String>,
}

impl Writer {
    /// Begins to write, until it has done `most` or `enough` is set.
    pub fn start(
        home: &Arc<Home>,
        endpoint: &[String],
        number: usize,
        seed: u64,
        most: usize,
        enough: &Arc<AtomicBool>,
    ) -> JoinHandle<Vec<Tried>> {
        let mut writer = Writer {
            home: Arc::clone(home),
            endpoint: endpoint.to_vec(),
            number,
            random: fastrand::Rng::with_seed(seed.wrapping_add(number as u64)),
            tried: Vec::new(),
            there: BTreeSet::new(),
        };
        let enough = Arc::clone(enough);
        std::thread::spawn(move || {
            for step in 0..most {
                if enough.load(Ordering::SeqCst) {
                    break;
                }
                writer.step(step);
            }
            writer.tried
        })
    }

    /// A commit of one key, of several, a deletion, or one on a key of all.
    fn step(&mut self, step: usize) {
        let value = format!("{}-{step}", self.number);
        let own = |key: usize| format!("/w/{}/{key}", self.number);
        let (changes, words, input) = match self.random.u8(..8) {
            0 if !self.there.is_empty() => {
                let key = self.random.choice(self.there.iter().cloned()).unwrap();
                (vec![(key.clone(), None)], vec!["rm".to_owned(), key], None)
            }
            1 | 2 => {
                let keys: Vec<_> = (0..self.random.usize(2..6)).map(own).collect();
                let changes = keys.iter().map(|key| (key.clone(), Some(value.clone())));
                let pairs = changes.clone().map(|(key, value)| {
                    format!("{:?}: {:?}", key.rsplit('/').next().unwrap(), value.unwrap())
                });
                let input = format!("{{{}}}", pairs.collect::<Vec<_>>().join(","));
                let at = format!("/w/{}", self.number);
                (
                    changes.collect(),
                    vec!["import".to_owned(), "--at".to_owned(), at, "-".to_owned()],
                    Some(input),
                )
            }
            3 => {
                let key = "/w/all".to_owned();
                (vec![(key.clone(), Some(value.clone()))], vec!["put".to_owned(), key, value], None)
            }
            _ => {
                let key = own(self.random.usize(..6));
                (vec![(key.clone(), Some(value.clone()))], vec!["put".to_owned(), key, value], None)
            }
        };
        let words: Vec<_> = words
            .into_iter()
            .chain(self.endpoint.iter().cloned())
            .chain(["-o".to_owned(), "json".to_owned()])
            .collect();
        let ran = self.home.run_input(&words, input.unwrap_or_default());
        let revision = match ran.code {
            0 => {
                let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
                Some(answer["revision"].as_u64().unwrap())
            }
            // Its own key may be gone by a commit of unknown outcome.
            3 | 5 => None,
            _ => panic!("{ran}"),
        };
        for (path, value) in &changes {
            match (value, path.as_str()) {
                (_, "/w/all") => {}
                (Some(_), _) => drop(self.there.insert(path.clone())),
                (None, _) => drop(self.there.remove(path)),
            }
        }
        self.tried.push(Tried { changes: changes.into_iter().collect(), revision });
    }
}

/// One line of a watch.
#[derive(Debug, serde::Deserialize)]
pub struct Line {
    pub path: String,
    pub value: Option<String>,
    pub previous: Option<String>,
    pub revision: u64,
    #[serde(default)]
    pub resync: bool,
}

/// Takes lines up to the first one of `path`.
#[track_caller]
pub fn lines_until(watch: &Running, path: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    loop {
        let line: Line = serde_json::from_str(&watch.line()).unwrap();
        let is_last = line.path == path;
        lines.push(line);
        if is_last {
            return lines;
        }
    }
}

/// What the lines make of an empty view. Each line must follow from those before.
#[track_caller]
pub fn replay(lines: &[Line]) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    let mut last = 0;
    for line in lines {
        assert!(line.revision >= last, "back in time: {line:?}");
        last = line.revision;
        let before = match &line.value {
            Some(value) => state.insert(line.path.clone(), value.clone()),
            None => state.remove(&line.path),
        };
        assert_ne!(before, line.value, "no change: {line:?}");
        if !line.resync {
            assert_eq!(before, line.previous, "not what was told before: {line:?}");
        }
    }
    state
}

/// Every acknowledged commit is told once, whole, at its revision; what is told
/// beside them are attempts whose outcome their writers do not know.
#[track_caller]
pub fn compare(tried: &[Tried], lines: &[Line]) {
    let mut told: BTreeMap<u64, BTreeSet<Change>> = BTreeMap::new();
    for line in lines {
        let change = (line.path.clone(), line.value.clone());
        assert!(told.entry(line.revision).or_default().insert(change), "twice: {line:?}");
    }
    let mut unknown = Vec::new();
    for Tried { changes, revision } in tried {
        match revision {
            Some(revision) => {
                assert_eq!(told.remove(revision).as_ref(), Some(changes), "at {revision}");
            }
            None => unknown.push(changes),
        }
    }
    for (revision, changes) in told {
        assert!(unknown.contains(&&changes), "nobody has written {changes:?} at {revision}");
    }
}

/// The endpoint's tree below `/w`, by another way than a watch.
pub fn present(home: &Home, endpoint: &[String]) -> BTreeMap<String, String> {
    let words: Vec<_> = ["export".to_owned(), "/w".to_owned(), "-o".to_owned(), "json".to_owned()]
        .into_iter()
        .chain(endpoint.iter().cloned())
        .collect();
    let ran = home.run(&words).ok();
    let tree: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut leaves = BTreeMap::new();
    flatten("", &tree, &mut leaves);
    leaves
}

fn flatten(path: &str, tree: &serde_json::Value, leaves: &mut BTreeMap<String, String>) {
    match tree {
        serde_json::Value::Object(children) => {
            children
                .iter()
                .for_each(|(name, child)| flatten(&format!("{path}/{name}"), child, leaves));
        }
        leaf => drop(leaves.insert(path.to_owned(), leaf.as_str().unwrap().to_owned())),
    }
}
