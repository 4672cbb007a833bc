//! Who sees what: mappings, rules, groups, `--only-self`.

use super::scene::{NODE, STRANGER, Scene, WARDEN, accepting, told};
use crate::support::Serve;
use crate::support::assert_text;

const NOT_FOUND: &str = "404 text/plain; charset=utf-8\nNot found\n";

#[test]
fn the_root_holds_self_beside_what_may_be_seen() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let root = accepting(&mut node, "/", "application/json");
    let root: serde_json::Value = serde_json::from_slice(&root.body).unwrap();
    // Without rules that is what the mapping reaches.
    let names =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&root), ["cl-1", "cl-2", "self"]);
    assert_eq!(names(&root["cl-1"]), ["env", "hosts"]);
    assert_eq!(names(&root["self"]), ["env", "host", "hosts", "links"]);
    assert_eq!(told(&node.get("/cl-1/hosts/web/i-2/sid")), "200 text/plain; charset=utf-8\n2");
    assert_eq!(told(&node.get("/cl-1/cluster/cluster_id")), NOT_FOUND);
    // Bookkeeping is nobody's to see.
    for hidden in ["/_metad", "/_metad/mapping", "/_metactl", "/_metactl/log"] {
        assert_eq!(told(&node.get(hidden)), NOT_FOUND, "{hidden}");
    }
}

#[test]
fn without_a_mapping_there_is_nothing() {
    let scene = Scene::new(&[]);
    let mut stranger = scene.serve.node(STRANGER);
    for path in ["/", "/self", "/self/host/ip", "/cl-1", "/cl-1/env/port"] {
        assert_eq!(told(&stranger.get(path)), NOT_FOUND, "{path}");
    }
}

/// Rules where metad keeps them.
#[track_caller]
fn rule(scene: &Scene, ip: &str, rules: &str) {
    scene.run(&["put", &format!("/_metad/rule/default/{ip}"), rules]);
}

#[test]
fn rules_decide() {
    let scene = Scene::new(&[]);
    rule(
        &scene,
        WARDEN,
        r#"[{"path":"/","mode":0},{"path":"/*/env","mode":1},{"path":"/cl-1/env/motd","mode":0}]"#,
    );
    let mut warden = scene.serve.node(WARDEN);
    crate::support::until("the rules hold", || warden.get("/").status == 200);
    assert_text(
        told(&warden.get("/")),
        "\
200 text/plain; charset=utf-8
/cl-1/env/a-b	x
/cl-1/env/flag	true
/cl-1/env/port	8080
/cl-2/env/tick	2000
",
    );
    for path in ["/cl-1/env/motd", "/cl-1/hosts", "/self", "/_metad", "/_metactl"] {
        assert_eq!(told(&warden.get(path)), NOT_FOUND, "{path}");
    }
    // With rules, the links of a mapping are no longer enough.
    rule(&scene, NODE, r#"[{"path":"/cl-1/env","mode":1}]"#);
    let mut node = scene.node();
    crate::support::until("the rules hold", || node.get("/self/hosts").status == 404);
    assert_eq!(node.get("/self/env/port").text(), "8080");
    rule(&scene, NODE, r#"[{"path":"/","mode":1}]"#);
    crate::support::until("the rules hold", || node.get("/cl-1/cluster/cluster_id").status == 200);
    let all = told(&node.get("/"));
    assert!(!all.contains("_metad") && !all.contains("_metactl"), "{all}");
    assert!(all.contains("/self/host/ip\t127.0.0.2\n"), "{all}");
    for hidden in ["/_metad", "/_metad/rule/default", "/_metactl/log"] {
        assert_eq!(told(&node.get(hidden)), NOT_FOUND, "{hidden}");
    }
}

#[test]
fn links_are_shown_as_they_are_stored() {
    let scene = Scene::new(&[]);
    rule(&scene, NODE, r#"[{"path":"/","mode":1}]"#);
    let mut node = scene.node();
    crate::support::until("the rules hold", || node.get("/cl-1/links").status == 200);
    assert_eq!(told(&node.get("/cl-1/links/zk")), "200 text/plain; charset=utf-8\ncl-2");
    assert_eq!(told(&node.get("/cl-1/links/zk/env/tick")), NOT_FOUND);
}

#[test]
fn only_self_shows_nothing_else() {
    let scene = Scene::new(&["--only-self"]);
    let mut node = scene.node();
    let root = accepting(&mut node, "/", "application/json");
    let own = accepting(&mut node, "/self", "application/json");
    assert_eq!(root.text(), format!("{{\"self\":{}}}", own.text()));
    assert!(node.get("/").text().contains("/self/host/ip\t127.0.0.2\n"));
    for path in ["/cl-1", "/cl-1/env/port", "/cl-2", "/selfish", "/_metad"] {
        assert_eq!(told(&node.get(path)), NOT_FOUND, "{path}");
        let poll = node.get(&format!("{path}?wait=true"));
        assert_eq!(told(&poll), NOT_FOUND, "{path} is not waited for");
    }
    assert_eq!(told(&scene.serve.node(STRANGER).get("/")), NOT_FOUND);
    // The root waits for what it shows.
    let version = super::scene::version(&node.get("/"));
    node.send("GET", &format!("/?wait=true&prev_version={version}"), &[], b"");
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    assert!(node.answer().text().contains("/self/env/port\t9090\n"));
}

#[test]
fn a_group_has_mappings_of_its_own() {
    let scene = Scene::new(&[]);
    let other = ["--group", "other"];
    scene.run(&[&["mapping", "set", STRANGER, "env=/cl-2/env"][..], &other].concat());
    let serve = Serve::start(&scene.home, &other);
    assert_eq!(serve.node(STRANGER).get("/self/env/tick").text(), "2000");
    assert_eq!(told(&serve.node(NODE).get("/self")), NOT_FOUND);
}
