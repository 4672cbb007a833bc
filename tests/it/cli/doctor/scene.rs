//! Clusters that are well, on either store, and ways to make something wrong.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use metactl::model::path::Path;
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Changes, Commit, Note, Store, What, reading};

use crate::cli::scene::home_on_etcd;
use crate::support::Home;
use crate::support::etcd::Etcd;

/// The root of the repository: the examples are there.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub struct Scene {
    pub home: Home,
    pub store: Arc<dyn Store>,
    pub etcd: Option<Etcd>,
}

impl Scene {
    /// Clusters of the example packages, linked, on the embedded store.
    pub fn on_sqlite() -> Scene {
        let home = Home::new();
        let file = home.path().join(".local/share/metactl/metadata.db");
        create(&home);
        let store = Arc::new(Sqlite::new(&file, Duration::from_secs(10)));
        Scene { home, store, etcd: None }
    }

    /// The same on an etcd of its own.
    pub fn on_etcd() -> Scene {
        let (home, etcd) = home_on_etcd();
        create(&home);
        Scene { home, store: Arc::new(etcd.store()), etcd: Some(etcd) }
    }

    /// Writes (or deletes) leaves without asking any command.
    pub async fn write(&self, leaves: &[(String, Option<String>)]) {
        let mut changes = Changes::new();
        for (path, value) in leaves {
            let path = Path::parse(path).unwrap();
            match value {
                Some(value) => changes.put(&path, value),
                None => changes.delete(&path),
            }
        }
        let operation = format!("{:016x}", fastrand::u64(..));
        let note = Note { actor: "tester@here".into(), command: "fault".into(), operation };
        self.store.commit(&Commit { guards: Vec::new(), changes, note }).await.unwrap();
    }

    /// Every leaf of the store, metactl's own among them.
    pub async fn everything(&self) -> BTreeMap<String, String> {
        let what = [What::Subtree(Path::root())];
        let (_, entries) = reading::collect(&*self.store, &what, At::Latest).await.unwrap();
        entries.into_iter().map(|entry| (entry.path.to_string(), entry.value)).collect()
    }

    /// What `metactl doctor` finds, by kind: how many, and how many can be mended.
    #[track_caller]
    pub fn found(&self) -> BTreeMap<String, (usize, usize)> {
        let ran = self.home.run(["doctor", "-o", "json"]);
        let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(ran.code, i32::from(!findings.is_empty()), "{ran}");
        let mut found = BTreeMap::new();
        for finding in &findings {
            let kind = finding["kind"].as_str().unwrap().to_owned();
            let (count, fixable): &mut (usize, usize) = found.entry(kind).or_default();
            *count += 1;
            *fixable += usize::from(finding["fixable"].as_bool().unwrap());
            assert!(!finding["what"].as_str().unwrap().is_empty(), "{finding}");
            assert!(finding["mend"].as_str().unwrap().contains("`"), "{finding}");
            assert!(!finding["paths"].as_array().unwrap().is_empty(), "{finding}");
            assert!(finding["revision"].as_u64().unwrap() > 0, "{finding}");
        }
        found
    }

    /// Checks that nothing is wrong.
    #[track_caller]
    pub fn is_well(&self) {
        let ran = self.home.run(["doctor"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran}");
        assert!(ran.stderr.contains("no problems found in "), "{ran}");
    }
}

fn create(home: &Home) {
    let example = |name: &str| format!("{ROOT}/examples/{name}");
    let coordinator = example("coordinator");
    let first = ["cluster", "create", "--id", "cl-coord", "--seed", "1", "--app", &coordinator];
    home.run(first).ok();
    let queue = example("queue");
    let words = ["cluster", "create", "--id", "cl-queue", "--seed", "2", "--app", &queue];
    home.run([&words[..], &["--link", "coordinator_service=cl-coord"]].concat()).ok();
}
