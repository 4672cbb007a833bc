//! metad's management API: merge, replace, delete, mapping and rules, one commit each.

use crate::support::http::{Answer, Client};
use crate::support::{Home, Serve};

const JSON: [(&str, &str); 1] = [("accept", "application/json")];

fn service() -> (Home, Serve) {
    let home = Home::new();
    home.run(["put", "/cl-1/env/port", "80"]).ok();
    let serve = Serve::start(&home, &[]);
    (home, serve)
}

fn body(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[track_caller]
fn done(manager: &mut Client, method: &str, path: &str, body: &str) -> u64 {
    let answer = manager.ask(method, path, &[], body.as_bytes());
    assert_eq!((answer.status, self::body(&answer)), (200, "OK"), "{method} {path}");
    let version = answer.headers.iter().find(|(name, _)| name == "x-metad-version").unwrap();
    version.1.parse().unwrap()
}

#[track_caller]
fn shown(manager: &mut Client, path: &str) -> String {
    let answer = manager.ask("GET", path, &JSON, b"");
    assert_eq!(answer.status, 200, "{path}");
    body(&answer).to_owned()
}

#[track_caller]
fn refused(manager: &mut Client, method: &str, path: &str, sent: &str, status: u16) -> String {
    let answer = manager.ask(method, path, &JSON, sent.as_bytes());
    assert_eq!(answer.status, status, "{method} {path}: {}", body(&answer));
    assert!(body(&answer).contains(r#""type":"ERROR""#), "{}", body(&answer));
    body(&answer).to_owned()
}

#[test]
fn data_is_merged_replaced_and_deleted_in_one_commit_each() {
    let (_home, serve) = service();
    let mut manager = serve.manager();
    let big = r#"{"env":{"max":12345678901234567890,"on":true,"none":null}}"#;
    let first = done(&mut manager, "PUT", "/v1/data/cl-1", big);
    let merged = r#"{"max":"12345678901234567890","none":"","on":"true","port":"80"}"#;
    assert_eq!(shown(&mut manager, "/v1/data/cl-1/env"), merged);
    let second = done(&mut manager, "POST", "/v1/data/cl-1/env", r#"{"on":true,"new":1}"#);
    assert_eq!(second, first + 1);
    assert_eq!(shown(&mut manager, "/v1/data"), r#"{"cl-1":{"env":{"new":"1","on":"true"}}}"#);
    assert_eq!(done(&mut manager, "PUT", "/v1/data/cl-1/env/on", "true"), second, "nothing new");
    done(&mut manager, "PUT", "/v1/data/cl-1/env/a%20b", r#""text""#);
    done(&mut manager, "DELETE", "/v1/data/cl-1/env?subs=new,on", "");
    let text = manager.get("/v1/data/cl-1/env");
    assert_eq!(body(&text), "/a b\ttext\n");
    let liked = [("accept", "application/json;q=0.1, text/yaml;q=0.8")];
    let yaml = manager.ask("GET", "/v1/data/cl-1/env", &liked, b"");
    assert_eq!(body(&yaml), "a b: text\n", "by what is liked best, not what comes first");
    done(&mut manager, "DELETE", "/v1/data/cl-1", "");
    refused(&mut manager, "GET", "/v1/data/cl-1", "", 404);
}

#[test]
fn what_is_wrong_with_data_writes_nothing() {
    let (_home, serve) = service();
    let mut manager = serve.manager();
    let broken = refused(&mut manager, "PUT", "/v1/data/cl-1", r#"{"a":"#, 400);
    assert!(broken.contains("not JSON"), "{broken}");
    refused(&mut manager, "DELETE", "/v1/data/cl-1?subs=env/port", "", 400);
    refused(&mut manager, "PUT", "/v1/data/_metactl/self", r#""x""#, 400);
    refused(&mut manager, "PUT", "/v1/data", r#"{"_metad":{"x":"1"},"cl-2":{"x":"1"}}"#, 400);
    refused(&mut manager, "GET", "/v1/data/_metad/mapping", "", 400);
    refused(&mut manager, "PUT", "/v1/data/cl-1/env/port/below", r#""x""#, 409);
    refused(&mut manager, "PATCH", "/v1/data/cl-1", "", 501);
    assert_eq!(shown(&mut manager, "/v1/data"), r#"{"cl-1":{"env":{"port":"80"}}}"#);
}

#[test]
fn the_root_is_replaced_without_its_mapping() {
    let (_home, serve) = service();
    let mut manager = serve.manager();
    done(&mut manager, "PUT", "/v1/mapping/10.0.0.1", r#"{"env":"/cl-1/env"}"#);
    done(&mut manager, "POST", "/v1/data", r#"{"cl-2":{"x":"1"}}"#);
    assert_eq!(shown(&mut manager, "/v1/data"), r#"{"cl-2":{"x":"1"}}"#);
    done(&mut manager, "DELETE", "/v1/data", "");
    assert_eq!(shown(&mut manager, "/v1/data"), "{}");
    assert_eq!(shown(&mut manager, "/v1/mapping"), r#"{"10.0.0.1":{"env":"/cl-1/env"}}"#);
}

#[test]
fn mappings_are_checked_and_set() {
    let (home, serve) = service();
    let mut manager = serve.manager();
    done(
        &mut manager,
        "PUT",
        "/v1/mapping",
        r#"{"10.0.0.1":{"env":"/cl-1/env","links":{"z":"/cl-2"}}}"#,
    );
    done(&mut manager, "PUT", "/v1/mapping/10.0.0.1/host", r#""/cl-1/hosts/i-1""#);
    let whole = r#"{"env":"/cl-1/env","host":"/cl-1/hosts/i-1","links":{"z":"/cl-2"}}"#;
    assert_eq!(shown(&mut manager, "/v1/mapping/10.0.0.1"), whole);
    done(&mut manager, "DELETE", "/v1/mapping/10.0.0.1?subs=host,links", "");
    done(&mut manager, "POST", "/v1/mapping/10.0.0.2", r#"{"env":"/cl-1/env"}"#);
    for (path, wrong) in [
        ("/v1/mapping", r#"{"nobody":{"env":"/cl-1/env"}}"#),
        ("/v1/mapping", r#"{"10.0.0.1":"/cl-1/env"}"#),
        ("/v1/mapping/10.0.0.1", r#"{"env":"cl-1/env"}"#),
        ("/v1/mapping/10.0.0.1", r#"{"a/b":"/cl-1/env"}"#),
        ("/v1/mapping/10.0.0.1", r#"{"env":"/self/env"}"#),
        ("/v1/mapping/10.0.0.1", r#"{"ok":"/cl-1","own":"/_metactl/x"}"#),
        ("/v1/mapping/nobody", r#"{"env":"/cl-1/env"}"#),
    ] {
        refused(&mut manager, "PUT", path, wrong, 400);
    }
    let both = r#"{"10.0.0.1":{"env":"/cl-1/env"},"10.0.0.2":{"env":"/cl-1/env"}}"#;
    assert_eq!(shown(&mut manager, "/v1/mapping"), both);
    drop(home);
}

#[test]
fn rules_are_checked_and_set() {
    let (_home, serve) = service();
    let mut manager = serve.manager();
    let rules = r#"{"10.0.0.1":[{"path":"/cl-1","mode":1}],"10.0.0.2":[{"path":"/","mode":0}]}"#;
    done(&mut manager, "PUT", "/v1/rule", rules);
    assert_eq!(shown(&mut manager, "/v1/rule"), rules);
    done(&mut manager, "DELETE", "/v1/rule?hosts=10.0.0.2", "");
    let one = r#"{"10.0.0.1":[{"path":"/cl-1","mode":1}]}"#;
    assert_eq!(shown(&mut manager, "/v1/rule?hosts=10.0.0.1,10.0.0.2"), one);
    refused(&mut manager, "PUT", "/v1/rule", r#"{"10.0.0.1":[{"path":"/x","mode":7}]}"#, 400);
    refused(&mut manager, "POST", "/v1/rule", r#"{"nobody":[]}"#, 400);
    refused(&mut manager, "DELETE", "/v1/rule", "", 400);
    assert_eq!(shown(&mut manager, "/v1/rule"), one);
}
