//! What is answered where there is nothing to answer with.

use super::scene::{NODE, Scene, accepting, told};
use crate::support::Home;
use crate::support::Serve;

#[test]
fn what_is_not_there_is_said_as_text_in_every_form() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    let wanted = "404 text/plain; charset=utf-8\nNot found\n";
    for accept in ["text/plain", "application/json", "application/yaml", "*/*"] {
        for path in ["/self/nothing", "/self/env/port/below", "/cl-9", "/favicon.ico", "/a%00b"] {
            assert_eq!(told(&accepting(&mut node, path, accept)), wanted, "{path} as {accept}");
        }
    }
}

#[test]
fn who_leaves_self_out_is_told() {
    let scene = Scene::new(&[]);
    let hint = "404 text/plain; charset=utf-8\nNot found\n\
                What this node sees by that name is at /self/hosts/web\n";
    assert_eq!(scene.told("/hosts/web"), hint);
}

#[test]
fn roundabout_paths_are_redirected() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    for (asked, straight) in [
        ("//self/host", "/self/host"),
        ("/self//host?wait=true&prev_version=1", "/self/host?wait=true&prev_version=1"),
        ("/self/./host", "/self/host"),
        ("/self/env/../host", "/self/host"),
        ("/self/%2e%2e/_metad", "/_metad"),
        ("/self/..%2f..%2f..%2fetc/passwd", "/etc/passwd"),
        ("/%2F%2Fevil.example", "/evil.example"),
    ] {
        let answer = node.get(asked);
        assert_eq!((answer.status, answer.header("location")), (301, Some(straight)), "{asked}");
    }
    for broken in ["/%", "/self/%zz"] {
        assert_eq!(told(&node.get(broken)), "400 text/plain; charset=utf-8\nBad path\n");
    }
}

#[test]
fn only_get_and_head_are_methods() {
    let scene = Scene::new(&[]);
    let mut node = scene.node();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FROB"] {
        let answer = node.ask(method, "/self/env/port", &[], b"");
        assert_eq!(told(&answer), "405 text/plain; charset=utf-8\nMethod not allowed\n");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    }
    assert_eq!(node.get("/self/env/port").text(), "8080");
}

#[test]
fn before_the_first_read_there_is_nothing_to_tell() {
    let home = Home::new();
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("etcd://{gone}");
    let serve = Serve::listening(&home, &["--endpoint", &endpoint]);
    let mut node = serve.node(NODE);
    for path in ["/", "/self", "/self?wait=true", "/cl-1/env?wait=true&prev_version=7"] {
        let answer = accepting(&mut node, path, "application/json");
        assert_eq!(
            told(&answer),
            "503 text/plain; charset=utf-8\nNot ready: the store has not been read yet\n"
        );
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}
