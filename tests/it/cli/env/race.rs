//! Many change parameters at once: nothing is lost.

use std::process::{Child, Stdio};

use crate::cli::scene;
use crate::support::Home;

const WRITERS: usize = 12;

#[test]
fn nothing_is_lost() {
    let home = scene::home();
    at_once(&home);
}

#[test]
fn nothing_is_lost_on_etcd() {
    let (home, _etcd) = scene::home_on_etcd();
    scene::fill(&home);
    at_once(&home);
}

/// Parameters of a role, each of which also changes the links of its nodes.
fn at_once(home: &Home) {
    home.run(["env", "set", "--cluster", "cl-one", "--role", "master", "first=1"]).ok();
    let start = |n: usize| -> Child {
        let pair = format!("key{n}={n}");
        let words = ["env", "set", "--cluster", "cl-one", "--role", "master", &pair, "last=x"];
        let words = [&["--request-timeout", "60s"], &words[..]].concat();
        home.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..WRITERS).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let seen = home.run(["--as", "10.0.0.2", "get", "/self/env"]).ok().stdout;
    for n in 0..WRITERS {
        assert!(seen.contains(&format!("/key{n}\t{n}\n")), "{seen}");
    }
}
