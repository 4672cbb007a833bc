//! What is not answered, and how that is said.

use snapbox::str;

use super::scene::{self, FLAVOR, STRANGER, Shop, WEB1, get, shown};
use crate::support::Serve;
use crate::support::assert_text;
use crate::support::http::Client;

const NAME: &str = "/computeMetadata/v1/instance/name";

#[test]
fn the_header_is_required() {
    let shop = Shop::open(&[]);
    let paths =
        ["/computeMetadata/v1", "/computeMetadata/v1/", NAME, "/computeMetadata/v1/instance/none"];
    for path in paths {
        let answer = shop.web1().get(path);
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.header("metadata-flavor"), Some("Google"));
        assert_eq!(answer.header("server"), Some("Metadata Server for VM"));
        assert_eq!(answer.header("connection").map(str::to_lowercase).as_deref(), Some("close"));
    }
    let answer = shop.web1().get(NAME);
    assert_text(
        shown(&answer),
        str![[r#"
403 text/html; charset=UTF-8
<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 403 (Forbidden)!!1</title>
  <p><b>403.</b> <ins>That’s an error.</ins>
  <p>Your client does not have permission to get this URL from this server. Missing Metadata-Flavor:Google header.
</html>

"#]],
    );
}

#[test]
fn the_header_has_no_case_and_an_older_form() {
    let shop = Shop::open(&[]);
    for header in [
        ("metadata-flavor", "Google"),
        ("METADATA-FLAVOR", "Google"),
        ("X-Google-Metadata-Request", "True"),
    ] {
        assert_eq!(shop.web1().ask("GET", NAME, &[header], b"").text(), "i-web1", "{header:?}");
    }
}

#[test]
fn forwarded_requests_are_refused() {
    let shop = Shop::open(&[]);
    for value in ["127.0.0.1", "10.0.0.1, 127.0.0.1", "", "x"] {
        let headers = [FLAVOR, ("X-Forwarded-For", value)];
        for path in [NAME, "/computeMetadata/v1/", "/"] {
            let answer = shop.web1().ask("GET", path, &headers, b"");
            assert_eq!(answer.status, 403, "{path} {value}");
            assert!(!answer.text().contains("i-web1"));
        }
    }
}

#[test]
fn nobody_sees_what_others_have() {
    let shop = Shop::open(&[]);
    let mut stranger = shop.from(STRANGER);
    for path in ["", "instance/", "instance/name", "project/project-id", "?recursive=true"] {
        assert_eq!(get(&mut stranger, path).status, 404, "{path}");
    }
    assert_eq!(get(&mut shop.from(scene::WEB2), "instance/name").text(), "i-web2");
    shop.home.run(["mapping", "rm", WEB1, "--yes"]).ok();
    let mut web1 = shop.web1();
    crate::support::until("the mapping is gone", || get(&mut web1, "instance/name").status == 404);
}

#[test]
fn an_unknown_key_is_a_page() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    assert_text(
        shown(&get(&mut client, "instance/none")),
        str![[r#"
404 text/html; charset=UTF-8
<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That’s an error.</ins>
  <p>The requested URL was not found on this server.
</html>

"#]],
    );
    for path in [
        "instance/attributes/none",
        "instance/name/below",
        "instance//name",
        "instance/../project/project-id",
        "instance/%6eame",
        "instance/attributes/%2e%2e",
        "x",
        "instance/attributes/Some_Key%00",
    ] {
        let answer = get(&mut client, path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("metadata-flavor"), Some("Google"));
    }
    for path in ["/computeMetadata/v2/", "/other", "/self/host"] {
        assert_eq!(client.ask("GET", path, &[FLAVOR], b"").status, 404, "{path}");
    }
}

#[test]
fn what_does_not_go_together_is_a_bad_request() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for path in [
        "instance/?wait_for_change=true",
        "?wait_for_change=true&last_etag=0",
        "instance/attributes/?wait_for_change=true&timeout_sec=1",
    ] {
        assert_eq!(get(&mut client, path).status, 400, "{path}");
    }
}

#[test]
fn only_reading_is_a_method() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for path in [NAME, "/", "/computeMetadata/v1/instance/attributes/x"] {
            let answer = client.ask(method, path, &[FLAVOR], b"");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        }
    }
}

#[test]
fn until_there_is_a_state_it_says_so() {
    let home = scene::home();
    // Nobody listens there.
    let args = ["--gce", "127.0.0.1:0", "--endpoint", "etcd://127.0.0.1:1"];
    let serve = Serve::listening(&home, &args);
    let mut client = Client::from(WEB1, serve.gce.unwrap());
    let answer = get(&mut client, "instance/name");
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("metadata-flavor"), Some("Google"));
}
