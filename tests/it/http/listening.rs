//! Where the service listens, what it says about it, how it ends.

use std::net::TcpListener;

use rustix::process::Signal;

use crate::support::{Home, Serve};

#[test]
fn it_says_where_it_is_and_ends_cleanly() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--gce", "127.0.0.1:0"]);
    assert_eq!(serve.node("127.0.0.7").get("/nothing").status, 404);
    assert!(serve.gce.is_some());
    serve.running.signal(Signal::TERM);
    let (code, stdout, stderr) = serve.running.end();
    assert_eq!((code, stdout.len()), (0, 0), "{stderr:?}");
}

#[test]
fn a_port_that_is_taken_ends_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    let ran = home.run(["serve", "--listen", &place, "--manage", "127.0.0.1:0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains(&format!("listening on `{place}`")), "{ran}");
    assert!(ran.stderr.contains("--listen"), "{ran}");
}

#[test]
fn a_management_api_for_everybody_is_refused() {
    let home = Home::new();
    for place in ["0.0.0.0:0", "[::]:0", "0.0.0.0"] {
        let ran = home.run(["serve", "--listen", "127.0.0.1:0", "--manage", place]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("--manage unix:"), "{ran}");
    }
}
