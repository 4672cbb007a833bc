//! What a version proves: nothing that the client can see has changed since.

use std::sync::Arc;
use std::time::Duration;

use metactl::engine::{Content, Engine, Options};
use metactl::model::tree::Order;

use super::gate::Gate;
use super::{NODE, OTHER, at_once, caught_up, engine, options, poll, run, two_clusters};

#[test]
fn a_known_version_waits_for_a_change_of_its_own() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        let ask = poll(NODE, "/self/env", known);
        let waiting = tokio::spawn({
            let (engine, ask) = (Arc::clone(&engine), ask.clone());
            async move { engine.poll(&ask).await }
        });
        store.commit("/cl-2/env/port=91").await;
        store.commit("/cl-1/hosts/a/i-1/sid=1").await;
        caught_up(&engine, &store).await;
        assert!(at_once(&engine, &ask).await.is_none(), "others are not told");
        assert!(!waiting.is_finished());
        let changed = store.commit("/cl-1/env/port=81").await;
        let polled = waiting.await.unwrap();
        assert!(polled.changed);
        assert_eq!(polled.snapshot().revision(), changed);
        assert_eq!(polled.sight.leaves(Order::Listing).len(), 2);
        // Who comes later with the old version is told too, with the new one not.
        assert!(at_once(&engine, &ask).await.is_some());
        assert!(at_once(&engine, &poll(NODE, "/self/env", changed)).await.is_none());
        assert!(at_once(&engine, &poll(NODE, "/self/env/motd", known)).await.is_none());
        assert!(at_once(&engine, &poll(NODE, "/self/env/port", known)).await.is_some());
        assert!(at_once(&engine, &poll(NODE, "/", known)).await.is_some());
    });
}

#[test]
fn without_a_version_the_next_change_is_waited_for() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let waiting = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.poll(&poll(NODE, "/self", None)).await }
        });
        while engine.condition().waiters == 0 {
            tokio::task::yield_now().await;
        }
        let changed = store.commit("/cl-1/env/port=81").await;
        assert_eq!(waiting.await.unwrap().snapshot().revision(), changed);
    });
}

#[test]
fn below_the_floor_is_answered_once() {
    run(async {
        let store = two_clusters().await;
        let old = store.commit("/cl-1/env/port=81").await;
        store.commit("/cl-2/env/port=91").await;
        let engine = engine(&store).await;
        let polled = at_once(&engine, &poll(NODE, "/self/env", old)).await.expect("not known");
        let version = polled.snapshot().revision();
        assert!(version > old);
        assert!(at_once(&engine, &poll(NODE, "/self/env", version)).await.is_none());
    });
}

#[test]
fn above_its_own_it_catches_up_first() {
    run(async {
        let store = two_clusters().await;
        let (front, behind) = (engine(&store).await, store.beside());
        let replica = Engine::start(Arc::new(behind.clone()), options());
        replica.ready().await;
        behind.let_through(false);
        store.commit("/cl-1/env/port=81").await;
        let version = store.commit("/cl-2/env/port=91").await;
        caught_up(&front, &store).await;
        // The client has seen both changes elsewhere: here it is not told what is older.
        let ask = poll(NODE, "/self/env", version);
        let waiting = tokio::spawn({
            let (replica, ask) = (Arc::clone(&replica), ask.clone());
            async move { replica.poll(&ask).await }
        });
        assert!(at_once(&replica, &ask).await.is_none());
        behind.let_through(true);
        caught_up(&replica, &store).await;
        assert!(at_once(&replica, &ask).await.is_none(), "what it knows is what there is");
        let newest = store.commit("/cl-1/env/port=82").await;
        let polled = waiting.await.unwrap();
        assert_eq!(polled.snapshot().revision(), newest);
    });
}

#[test]
fn a_watch_that_stays_behind_is_helped_by_a_read() {
    run(async {
        let store = two_clusters().await;
        let behind = store.beside();
        let replica = Engine::start(Arc::new(behind.clone()), options());
        replica.ready().await;
        behind.let_through(false);
        let version = store.commit("/cl-1/env/port=81").await;
        let polled = replica.poll(&poll(NODE, "/self/env", version - 1)).await;
        assert_eq!(polled.snapshot().revision(), version);
    });
}

#[test]
fn above_what_the_store_has_is_answered_at_once() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        for since in [known + 1, known + 1_000, u64::MAX] {
            let polled = at_once(&engine, &poll(NODE, "/self", since)).await.expect("at once");
            assert_eq!(polled.snapshot().revision(), known);
        }
        assert!(at_once(&engine, &poll(NODE, "/self", known)).await.is_none());
        store.is_there(false);
        assert!(at_once(&engine, &poll(NODE, "/self", known + 5)).await.is_some(), "nobody to ask");
    });
}

#[test]
fn vanished_directories_keep_their_last_change() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let before = store.commit("/cl-1/adding-hosts/a/i-9/ip=10.0.0.9").await;
        let gone = store.commit("-/cl-1/adding-hosts").await;
        caught_up(&engine, &store).await;
        let path = "/self/adding-hosts";
        let polled = at_once(&engine, &poll(NODE, path, before)).await.expect("it is gone");
        assert_eq!(polled.sight.content(), Content::Nothing);
        for path in [path, "/self/adding-hosts/a", "/self/adding-hosts/a/i-9/ip"] {
            assert!(at_once(&engine, &poll(NODE, path, before)).await.is_some(), "{path}");
            assert!(at_once(&engine, &poll(NODE, path, gone)).await.is_none(), "{path}");
        }
        // It comes again and goes again: still no change is lost, none is told twice.
        let again = store.commit("/cl-1/adding-hosts/a/i-8/ip=10.0.0.8").await;
        caught_up(&engine, &store).await;
        assert!(at_once(&engine, &poll(NODE, path, gone)).await.is_some());
        assert!(at_once(&engine, &poll(NODE, path, again)).await.is_none());
    });
}

#[test]
fn many_vanished_names_are_never_answered_wrong() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let mut known = Vec::new();
        for number in 0..300 {
            let there = store.commit(&format!("/cl-1/env/k{number}=v")).await;
            let gone = store.commit(&format!("-/cl-1/env/k{number}")).await;
            known.push((number, there, gone));
        }
        caught_up(&engine, &store).await;
        let newest = engine.snapshot().unwrap().revision();
        for (number, there, _) in known {
            let path = format!("/self/env/k{number}");
            let asked = engine.snapshot().unwrap();
            let sight = asked.see(&asked.asker(NODE.parse().unwrap()), &path.parse().unwrap());
            assert!(sight.changed() > there, "{path}: its deletion is a change");
            assert!(sight.changed() <= newest);
        }
    });
}

#[test]
fn mapping_and_rules_of_the_client_count_and_of_others_do_not() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        store.commit("/_metad/mapping/default/10.0.0.2/env=/cl-2/env").await;
        caught_up(&engine, &store).await;
        assert!(at_once(&engine, &poll(NODE, "/self/env", known)).await.is_none());
        assert!(at_once(&engine, &poll(OTHER, "/self/env", known)).await.is_some());
        let mapped = store.commit("/_metad/mapping/default/10.0.0.1/env=/cl-2/env").await;
        let polled = engine.poll(&poll(NODE, "/self/env", known)).await;
        assert_eq!(polled.sight.leaves(Order::Listing).len(), 1, "it leads elsewhere now");
        store.commit(r#"/_metad/rule/default/10.0.0.1=[{"path":"/cl-2/env","mode":1}]"#).await;
        let polled = engine.poll(&poll(NODE, "/self", mapped)).await;
        let ruled = polled.snapshot().revision();
        assert!(ruled > mapped);
        store.commit("/cl-1/hosts/a/i-1/sid=1").await;
        caught_up(&engine, &store).await;
        let ask = poll(NODE, "/self", ruled);
        assert!(at_once(&engine, &ask).await.is_none(), "it may not see that any more");
        store.commit("-/_metad/mapping/default/10.0.0.1").await;
        assert_eq!(engine.poll(&ask).await.sight.content(), Content::Nothing);
    });
}

#[test]
fn changes_of_what_is_forbidden_are_not_told() {
    run(async {
        let store = two_clusters().await;
        let rules = r#"[{"path":"/cl-1","mode":1},{"path":"/cl-1/env/secret","mode":0}]"#;
        store.commit(&format!("/_metad/rule/default/10.0.0.1={rules}")).await;
        let engine = engine(&store).await;
        let known = store.commit("/cl-1/env/secret=1 /cl-1/env/port=82").await;
        caught_up(&engine, &store).await;
        store.commit("/cl-1/env/secret=2").await;
        caught_up(&engine, &store).await;
        for path in ["/cl-1", "/self/env", "/", "/cl-1/env/secret"] {
            assert!(at_once(&engine, &poll(NODE, path, known)).await.is_none(), "{path}");
        }
        store.commit("/cl-1/env/motd=y").await;
        for path in ["/cl-1", "/self/env", "/"] {
            let polled = engine.poll(&poll(NODE, path, known)).await;
            let leaves = polled.sight.leaves(Order::Listing);
            leaves
                .try_each(
                    |path, _| if path.contains("secret") { Err(path.to_owned()) } else { Ok(()) },
                )
                .unwrap();
        }
    });
}

#[test]
fn after_a_compaction_exactly_those_are_told_whom_it_concerns() {
    run(async {
        let store = two_clusters().await;
        store.commit("/cl-2/env/old=x").await;
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        store.let_through(false);
        // The watch takes one commit before it is held: that one is passed on.
        store.commit("/cl-3/x=1").await;
        store.commit("/cl-2/env/port=91 -/cl-2/env/old").await;
        let newest = store.commit("/cl-2/env/port=92").await;
        metactl::store::Store::compact(&store.memory(), newest).await.unwrap();
        store.let_through(true);
        caught_up(&engine, &store).await;
        assert!(at_once(&engine, &poll(NODE, "/self", known)).await.is_none());
        store.commit("/_metad/rule/default/10.0.0.3=[{\"path\":\"/cl-2\",\"mode\":1}]").await;
        caught_up(&engine, &store).await;
        for path in ["/cl-2/env/port", "/cl-2/env/old"] {
            assert!(at_once(&engine, &poll("10.0.0.3", path, known)).await.is_some(), "{path}");
        }
        assert!(engine.snapshot().unwrap().value(&"/cl-2/env/old".parse().unwrap()).is_none());
    });
}

#[test]
fn a_store_that_went_back_is_told_once() {
    run(async {
        let store = two_clusters().await;
        let backup = Gate::new();
        backup.commit("/_metad/mapping/default/10.0.0.1/env=/cl-1/env /cl-1/env/port=70").await;
        for round in 0..20 {
            store.commit(&format!("/cl-1/env/port={round}")).await;
        }
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        let waiting = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.poll(&poll(NODE, "/self/env", known)).await }
        });
        store.replace(backup.memory());
        let polled = waiting.await.unwrap();
        let version = polled.snapshot().revision();
        assert!(version < known);
        assert_eq!(polled.sight.leaves(Order::Listing).len(), 1);
        assert!(at_once(&engine, &poll(NODE, "/self/env", version)).await.is_none(), "told once");
        let next = store.commit("/cl-1/env/port=71").await;
        let polled = engine.poll(&poll(NODE, "/self/env", version)).await;
        assert_eq!(polled.snapshot().revision(), next);
    });
}

#[test]
fn what_comes_within_the_quiet_window_is_told_together() {
    run(async {
        let store = two_clusters().await;
        let quiet_window = Duration::from_millis(400);
        let engine = Engine::start(Arc::new(store.clone()), Options { quiet_window, ..options() });
        engine.ready().await;
        let known = engine.snapshot().unwrap().revision();
        let first = store.commit("/cl-1/env/a=1").await;
        let polled = engine.poll(&poll(NODE, "/self/env", known)).await;
        assert_eq!(polled.snapshot().revision(), first);
        let waiting = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.poll(&poll(NODE, "/self/env", first)).await }
        });
        store.commit("/cl-1/env/b=1").await;
        let last = store.commit("/cl-1/env/c=1").await;
        assert_eq!(waiting.await.unwrap().snapshot().revision(), last);
    });
}

#[test]
fn an_idle_poll_ends_with_what_there_is() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let known = engine.snapshot().unwrap().revision();
        let mut ask = poll(NODE, "/self/env", known);
        ask.limit = Duration::from_millis(20);
        let polled = engine.poll(&ask).await;
        assert!(!polled.changed);
        assert_ne!(polled.sight.content(), Content::Nothing);
        assert_eq!(engine.condition().waiters, 0, "nobody waits any more");
    });
}

#[test]
fn no_change_falls_between_looking_and_waiting() {
    run(async {
        let store = two_clusters().await;
        let engine = engine(&store).await;
        let writer = tokio::spawn({
            let store = store.clone();
            async move {
                for number in 1..=400 {
                    store.commit(&format!("/cl-1/env/count={number} /cl-2/env/n={number}")).await;
                    if number % 3 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        let mut readers = Vec::new();
        for _ in 0..4 {
            let engine = Arc::clone(&engine);
            readers.push(tokio::spawn(async move {
                let mut version = 0;
                loop {
                    let since = (version > 0).then_some(version);
                    let polled = engine.poll(&poll(NODE, "/self/env/count", since)).await;
                    let now = polled.snapshot().revision();
                    assert!(now > version, "an older answer, or the same again");
                    version = now;
                    if polled.sight.content() == Content::Leaf("400") {
                        return;
                    }
                }
            }));
        }
        writer.await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
    });
}
