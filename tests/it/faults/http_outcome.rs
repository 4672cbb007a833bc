//! What becomes of a commit to a service when the line is cut in the middle of it.

use std::sync::Arc;
use std::time::Duration;

use metactl::client::options::Place;
use metactl::model::path::Path;
use metactl::store::http::{Http, HttpOptions};
use metactl::store::sqlite::Sqlite;
use metactl::store::{At, Changes, Commit, Guard, Note, Outcome, Store, reading};

use crate::support::Home;
use crate::support::line::{Line, Trap};
use crate::support::service::Service;

const MARK: &str = "the-marked-value";

/// A service, the line to it and the store behind it.
struct Scene {
    _home: Home,
    behind: Sqlite,
    _service: Service,
    line: Line,
    http: Http,
}

impl Scene {
    async fn new() -> Scene {
        let home = Home::new();
        let behind = Sqlite::new(home.path().join("store.db"), Duration::from_secs(20));
        let service = Service::start(Arc::new(behind.clone())).await;
        let line = Line::to(&service.address).await;
        let manage = Place::Hosts { hosts: vec![line.address()], tls: false };
        let http = Http::open(&HttpOptions { manage, ..service.options() }).unwrap();
        let scene = Scene { _home: home, behind, _service: service, line, http };
        // So that the way is known before it is cut.
        scene.put("/before", "1").await;
        scene
    }

    /// Sets a key that must not be there: made twice, it would be a conflict.
    async fn put(&self, path: &str, value: &str) -> Outcome {
        let path = Path::parse(path).unwrap();
        let mut changes = Changes::new();
        changes.put(&path, value);
        let guards = vec![Guard::Absent(path)];
        let note = Note { actor: "test".to_owned(), ..Note::default() };
        self.http.commit(&Commit { guards, changes, note }).await.unwrap()
    }

    async fn revision(&self) -> u64 {
        self.behind.read(&[], At::Latest, &mut |_| Ok(())).await.unwrap()
    }

    async fn is_done(&self) -> bool {
        let path = Path::parse("/x").unwrap();
        reading::get(&self.behind, &path, At::Latest).await.unwrap().1.is_some()
    }

    /// The commit has made one revision, and that is what was told.
    async fn assert_done_once(&self, outcome: Outcome, before: u64) {
        assert!(self.is_done().await);
        let revision = self.revision().await;
        assert_eq!((outcome.revision, outcome.changed, revision), (before + 1, 1, before + 1));
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_found() {
    let scene = Scene::new().await;
    let before = scene.revision().await;
    scene.line.trap(MARK, Trap::Swallow);
    let mending = async {
        scene.line.sprung().await;
        while !scene.is_done().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        scene.line.mend();
    };
    let (outcome, ()) = tokio::join!(scene.put("/x", MARK), mending);
    scene.assert_done_once(outcome, before).await;
}

#[tokio::test]
async fn a_commit_that_did_not_arrive_is_sent_again() {
    let scene = Scene::new().await;
    let before = scene.revision().await;
    scene.line.trap(MARK, Trap::Lose);
    let outcome = scene.put("/x", MARK).await;
    scene.assert_done_once(outcome, before).await;
}
