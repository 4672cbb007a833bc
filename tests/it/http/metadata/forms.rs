//! Representations: text, JSON, YAML, and who gets which.

use super::scene::{Scene, accepting, told, version};
use crate::support::assert_text;

#[test]
fn text_is_the_value_or_a_line_for_each_leaf() {
    let scene = Scene::new(&[]);
    assert_eq!(scene.told("/self/host/ip"), "200 text/plain; charset=utf-8\n127.0.0.2");
    assert_text(
        scene.told("/self/hosts"),
        "\
200 text/plain; charset=utf-8
/web/i-1/ip	127.0.0.2
/web/i-1/sid	1
/web/i-2/ip	127.0.0.9
/web/i-2/sid	2
",
    );
    // Sorted bytewise by path, values as they are.
    assert_text(
        scene.told("/self/env"),
        "\
200 text/plain; charset=utf-8
/a-b	x
/flag	true
/motd	hello	there
back\\slash

/port	8080
",
    );
    assert_eq!(scene.told("/self/env/"), scene.told("/self/env"), "with a slash at its end");
    assert_eq!(scene.told("/self/env/p%6Frt"), scene.told("/self/env/port"), "encoded");
    assert_eq!(scene.told("/self/links/zk/env/tick"), "200 text/plain; charset=utf-8\n2000");
}

#[test]
fn an_empty_value_is_there() {
    let scene = Scene::new(&[]);
    scene.run(&["put", "/cl-1/env/empty", ""]);
    scene.until_shown("/self/env/empty", "");
    let mut node = scene.node();
    assert_eq!(told(&node.get("/self/env/empty")), "200 text/plain; charset=utf-8\n");
    let json = accepting(&mut node, "/self/env/empty", "application/json");
    assert_eq!(told(&json), "200 application/json\n\"\"");
}

#[test]
fn json_is_compact_sorted_and_all_texts() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let mut json = |path: &str| told(&accepting(&mut node, path, "application/json"));
    assert_eq!(json("/self/host/sid"), "200 application/json\n\"1\"");
    assert_eq!(
        json("/self/env"),
        "200 application/json\n{\"a-b\":\"x\",\"flag\":\"true\",\
         \"motd\":\"hello\\tthere\\nback\\\\slash\\n\",\"port\":\"8080\"}"
    );
    assert_eq!(
        json("/self/host?pretty=true"),
        "200 application/json\n{\n  \"ip\": \"127.0.0.2\",\n  \"sid\": \"1\"\n}"
    );
    assert_eq!(json("/self/links"), "200 application/json\n{\"zk\":{\"env\":{\"tick\":\"2000\"}}}");
}

#[test]
fn yaml_is_in_blocks_and_keeps_texts() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    for accept in ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"] {
        let answer = accepting(&mut node, "/self", accept);
        assert_text(
            told(&answer),
            r#"200 application/yaml
env:
  a-b: x
  flag: "true"
  motd: |
    hello	there
    back\slash
  port: "8080"
host:
  ip: 127.0.0.2
  sid: "1"
hosts:
  web:
    i-1:
      ip: 127.0.0.2
      sid: "1"
    i-2:
      ip: 127.0.0.9
      sid: "2"
links:
  zk:
    env:
      tick: "2000"
"#,
        );
    }
    let leaf = accepting(&mut node, "/self/env/port", "text/yaml");
    assert_eq!(told(&leaf), "200 application/yaml\n\"8080\"\n");
}

#[test]
fn accept_chooses() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    for (accept, kind) in [
        ("*/*", "text/plain; charset=utf-8"),
        ("text/*", "text/plain; charset=utf-8"),
        ("image/png", "text/plain; charset=utf-8"),
        ("application/json, */*", "application/json"),
        ("text/plain;q=0.3, application/yaml;q=0.7", "application/yaml"),
        ("application/json;q=0.7, application/yaml;q=0.3", "application/json"),
        ("text/plain;q=0.1, */*", "application/json"),
    ] {
        let answer = accepting(&mut node, "/self/env", accept);
        assert_eq!(answer.header("content-type"), Some(kind), "{accept}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    for (path, accept) in [
        ("/self/env/motd", "text/plain"),
        ("/self", "application/json"),
        ("/self?pretty=true", "application/json"),
        ("/self/hosts", "text/yaml"),
        ("/self/nothing", "application/json"),
    ] {
        let get = node.ask("GET", path, &[("Accept", accept)], b"");
        let head = node.ask("HEAD", path, &[("Accept", accept)], b"");
        assert!(head.body.is_empty());
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(version(&head), version(&get));
    }
}

#[test]
fn requests_are_numbered_and_answers_have_the_version_of_the_store() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let numbers: Vec<String> = ["/self", "/nothing", "/self//host"]
        .into_iter()
        .map(|path| node.get(path).header("x-metad-requestid").unwrap().to_owned())
        .collect();
    assert_eq!(numbers, ["REQ-1", "REQ-2", "REQ-3"]);
    // Also of what is not there.
    let before = version(&node.get("/self"));
    assert_eq!(version(&node.get("/nothing")), before);
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    scene.until_shown("/self/env/port", "9090");
    assert_eq!(version(&node.get("/self/env/port")), before + 1);
    // A write that changes nothing makes no revision.
    scene.run(&["put", "/cl-1/env/port", "9090"]);
    scene.run(&["put", "/cl-2/env/tick", "1000"]);
    scene.until_shown("/self/links/zk/env/tick", "1000");
    assert_eq!(version(&node.get("/self/env/port")), before + 2);
}
