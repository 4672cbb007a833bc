//! What a client sees: its links, what its rules let through, and nothing else.

use std::collections::BTreeMap;

use metactl::engine::{Content, Sight};
use metactl::model::tree::Order;

use super::{Gate, NODE, engine, run, two_clusters};

/// All leaves that a path shows to the node, by their paths below it.
async fn shown(store: &Gate, path: &str) -> BTreeMap<String, String> {
    let engine = engine(store).await;
    let snapshot = engine.snapshot().unwrap();
    let sight = snapshot.see(&snapshot.asker(NODE.parse().unwrap()), &path.parse().unwrap());
    let leaves = all(&sight);
    let is_there = sight.content() != Content::Nothing;
    let is_leaf = matches!(sight.content(), Content::Leaf(_));
    assert_eq!(is_there, !leaves.is_empty() || is_leaf, "{path}");
    leaves
}

fn all(sight: &Sight) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let each = |path: &str, value: &str| {
        found.insert(path.to_owned(), value.to_owned());
        Ok::<_, ()>(())
    };
    sight.leaves(Order::Listing).try_each(each).unwrap();
    found
}

fn names(leaves: &BTreeMap<String, String>) -> Vec<&str> {
    leaves.keys().map(String::as_str).collect()
}

#[test]
fn without_rules_exactly_what_the_mapping_reaches() {
    run(async {
        let store = two_clusters().await;
        let own = ["/env/motd", "/env/port", "/host/ip", "/hosts/a/i-1/ip"];
        assert_eq!(names(&shown(&store, "/self").await), own);
        assert_eq!(names(&shown(&store, "/self/env").await), ["/motd", "/port"]);
        assert_eq!(names(&shown(&store, "/cl-1/env").await), ["/motd", "/port"]);
        let reached = ["/env/motd", "/env/port", "/hosts/a/i-1/ip"];
        assert_eq!(names(&shown(&store, "/cl-1").await), reached);
        for path in ["/cl-2", "/cl-2/env/port", "/_metad", "/_metad/mapping", "/_metactl"] {
            assert!(shown(&store, path).await.is_empty(), "{path}");
        }
        let root = shown(&store, "/").await;
        let whole = names(&root);
        assert!(whole.contains(&"/self/env/port") && whole.contains(&"/cl-1/env/port"));
        assert!(!whole.iter().any(|path| path.starts_with("/cl-2") || path.starts_with("/_")));
    });
}

#[test]
fn with_rules_these_decide_also_below_self() {
    run(async {
        let store = two_clusters().await;
        let rules = concat!(
            r#"/_metad/rule/default/10.0.0.1=[{"path":"/","mode":1},"#,
            r#"{"path":"/cl-1/env/motd","mode":0},{"path":"/*/hosts","mode":0},"#,
            r#"{"path":"/cl-2/hosts/a","mode":1}]"#
        );
        store.commit(rules).await;
        assert_eq!(names(&shown(&store, "/self").await), ["/env/port"]);
        assert_eq!(names(&shown(&store, "/cl-2").await), ["/env/port", "/hosts/a/i-2/ip"]);
        assert_eq!(
            names(&shown(&store, "/").await),
            ["/cl-1/env/port", "/cl-2/env/port", "/cl-2/hosts/a/i-2/ip", "/self/env/port"]
        );
        for hidden in ["/_metad/rule/default/10.0.0.1", "/_metad", "/self/host", "/cl-1/env/motd"] {
            assert!(shown(&store, hidden).await.is_empty(), "{hidden}");
        }
    });
}

#[test]
fn rules_that_cannot_be_read_let_nothing_through() {
    run(async {
        let store = two_clusters().await;
        store.commit("/_metad/rule/default/10.0.0.1={broken").await;
        assert!(shown(&store, "/self").await.is_empty());
        assert!(shown(&store, "/").await.is_empty());
    });
}

#[test]
fn links_to_records_of_the_service_lead_nowhere() {
    run(async {
        let store = two_clusters().await;
        store
            .commit(
                "/_metad/mapping/default/10.0.0.1/own=/_metad/rule \
                 /_metad/mapping/default/10.0.0.1/all=/ /_metad/rule/default/10.0.0.9=[]",
            )
            .await;
        let own = shown(&store, "/self").await;
        assert!(!names(&own).iter().any(|path| path.contains("_meta")), "{own:?}");
        assert!(own.contains_key("/all/cl-2/env/port"), "a link to the root shows the data");
    });
}

#[test]
fn equal_keys_are_equal_content() {
    run(async {
        let store = two_clusters().await;
        store
            .commit(
                "/_metad/mapping/default/10.0.0.3/env=/cl-1/env \
                 /_metad/mapping/default/10.0.0.3/hosts=/cl-1/hosts",
            )
            .await;
        let engine = engine(&store).await;
        let see = |ip: &str, path: &str| {
            let snapshot = engine.snapshot().unwrap();
            snapshot.see(&snapshot.asker(ip.parse().unwrap()), &path.parse().unwrap())
        };
        let first = see(NODE, "/self/env");
        assert_eq!(first.key(), see("10.0.0.3", "/self/env").key(), "one body for both");
        assert_eq!(see(NODE, "/self/hosts").key(), see("10.0.0.3", "/self/hosts").key());
        assert_ne!(first.key(), see(NODE, "/self/hosts").key());
        assert_ne!(see(NODE, "/self").key(), see("10.0.0.3", "/self").key());
        let before = first.key();
        store.commit("/cl-2/env/port=91").await;
        super::caught_up(&engine, &store).await;
        assert_eq!(see(NODE, "/self/env").key(), before, "others' changes leave it");
        store.commit("/cl-1/env/port=81").await;
        super::caught_up(&engine, &store).await;
        assert_ne!(see(NODE, "/self/env").key(), before);
        assert_eq!(all(&first)["/port"], "80", "an old sight stays as it was");
    });
}
