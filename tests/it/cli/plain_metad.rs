//! The commands on a plain metad: its management API has data, mapping and rules.

use std::process::Command;

use crate::support::service::Fake;
use crate::support::{Home, Ran, Running, Serve};

/// A metad over a store with one node, which is this machine.
struct Metad {
    home: Home,
    serve: Serve,
    manage: Fake,
}

impl Metad {
    fn start() -> Metad {
        let home = Home::new();
        for (path, value) in [
            ("/cl-1/hosts/web/i-1/ip", "127.0.0.1"),
            ("/cl-1/hosts/web/i-1/instance_id", "i-1"),
            ("/cl-1/env/port", "80"),
        ] {
            home.run(["put", path, value]).ok();
        }
        let links = ["host=/cl-1/hosts/web/i-1", "env=/cl-1/env", "cluster=/cl-1/cluster"];
        home.run(["mapping", "set", "127.0.0.1"].iter().chain(&links)).ok();
        let serve = Serve::start(&home, &[]);
        let manage = Fake::metad(&home);
        Metad { home, serve, manage }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.home.command(words);
        self.point(&mut command);
        command
    }

    fn point(&self, command: &mut Command) {
        command.env("METACTL_ENDPOINT", format!("http://{}", self.serve.metadata));
        command.env("METACTL_MANAGE_URL", format!("http://{}", self.manage.address));
    }

    fn run(&self, words: &[&str]) -> Ran {
        self.home.run_with(words, |command| self.point(command))
    }

    #[track_caller]
    fn said(&self, words: &[&str]) -> String {
        self.run(words).ok().stdout
    }

    /// What only `metactl serve` can do: a mistake, with the way out.
    #[track_caller]
    fn refused(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("`metactl serve`"), "{ran}");
        ran.stderr
    }

    /// As the store itself has it.
    #[track_caller]
    fn stored(&self, path: &str) -> String {
        self.home.run(["get", path]).ok().stdout
    }
}

#[test]
fn everything_is_read() {
    let metad = Metad::start();
    assert_eq!(metad.said(&["get", "/cl-1/env/port"]), "80\n");
    assert_eq!(metad.said(&["get", "/self/host/ip"]), "127.0.0.1\n");
    assert_eq!(metad.said(&["get", "/cl-1/env", "/cl-1/hosts/web/i-1/ip"]).lines().count(), 2);
    assert_eq!(metad.said(&["ls", "/"]), "cl-1/\nself/\n");
    assert_eq!(metad.said(&["ls", "/cl-1"]), "env/\nhosts/\n");
    assert_eq!(metad.run(&["get", "/cl-2"]).code, 3);
    let links = "127.0.0.1\tcluster\t/cl-1/cluster\n127.0.0.1\tenv\t/cl-1/env\n\
                 127.0.0.1\thost\t/cl-1/hosts/web/i-1\n";
    assert_eq!(metad.said(&["mapping", "get", "127.0.0.1"]), links);
    let meta = metad.refused(&["get", "/cl-1/env", "--meta", "-o", "json"]);
    assert!(meta.contains("not its revisions"), "{meta}");
    let past = metad.refused(&["get", "/cl-1/env", "--rev", "1"]);
    assert!(past.contains("the past"), "{past}");
}

#[test]
fn changes_that_are_one_request() {
    let metad = Metad::start();
    metad.run(&["put", "/cl-1/env/a b", "{\"x\": 01}\n"]).ok();
    assert_eq!(metad.stored("/cl-1/env/a b"), "{\"x\": 01}\n");
    metad.run(&["put", "/self/env/port", "81"]).ok();
    assert_eq!(metad.stored("/cl-1/env/port"), "81\n");
    metad.run(&["rm", "/cl-1/env/a b", "/cl-1/env/port"]).ok();
    assert_eq!(metad.run(&["get", "/cl-1/env"]).code, 3);
    let tree = "cl-2:\n  env:\n    x: \"1\"\n    y: \"2\"\ntop: 3\n";
    let file = metad.home.file("tree.yaml", tree);
    metad.run(&["import", file.to_str().unwrap()]).ok();
    assert_eq!(metad.stored("/cl-2/env"), "/x\t1\n/y\t2\n");
    assert_eq!(metad.stored("/top"), "3\n");
    let removed = metad.run(&["rm", "-r", "--yes", "/cl-2"]).ok();
    assert!(removed.stderr.contains("removed 2 keys"), "{removed}");
    metad.run(&["add-metadata", "self", "--metadata", "k=v,l=w"]).ok();
    assert_eq!(metad.stored("/cl-1/hosts/web/i-1/attributes"), "/k\tv\n/l\tw\n");
    metad.run(&["add-metadata", "i-1", "--metadata", "k=z"]).ok();
    metad.run(&["remove-metadata", "i-1", "--keys", "l"]).ok();
    assert_eq!(metad.said(&["get", "/self/host/attributes"]), "/k\tz\n");
}

#[test]
fn mapping_and_rules_are_changed() {
    let metad = Metad::start();
    metad.run(&["mapping", "set", "10.0.0.9", "env=/cl-1/env", "links/z=/cl-2"]).ok();
    metad.run(&["mapping", "set", "10.0.0.9", "host=/cl-1/hosts/web/i-9"]).ok();
    metad.run(&["mapping", "rm", "10.0.0.9", "links/z"]).ok();
    let links = "10.0.0.9\tenv\t/cl-1/env\n10.0.0.9\thost\t/cl-1/hosts/web/i-9\n";
    assert_eq!(metad.home.run(["mapping", "get", "10.0.0.9"]).ok().stdout, links);
    metad.run(&["mapping", "rm", "10.0.0.9", "--yes"]).ok();
    assert_eq!(metad.run(&["mapping", "get", "10.0.0.9"]).code, 3);
    metad.run(&["rule", "set", "127.0.0.1", "/cl-1/env=read"]).ok();
    metad.run(&["rule", "set", "127.0.0.1", "/cl-2=forbidden"]).ok();
    let rules = "127.0.0.1\t/cl-1/env\tread\n127.0.0.1\t/cl-2\tforbidden\n";
    assert_eq!(metad.said(&["rule", "get"]), rules);
    assert_eq!(metad.home.run(["rule", "get"]).ok().stdout, rules);
    metad.run(&["rule", "rm", "127.0.0.1", "--yes"]).ok();
    assert_eq!(metad.said(&["rule", "get"]), "");
}

#[test]
fn what_needs_more_than_a_metad_is_refused() {
    let metad = Metad::start();
    for words in [
        &["put", "/cl-1/env/port", "81", "--if-rev", "3"][..],
        &["put", "/cl-1/env/port", "81", "--if-absent"],
        &["put", "/cl-1/env/port", "81", "--ttl", "30s"],
        &["rm", "/cl-1/env/port", "/cl-1/hosts/web/i-1/ip"],
        &["cmd", "send", "i-1", "--", "true"],
        &["scale", "out", "web", "--count", "1", "--cluster", "cl-1"],
        &["status"],
    ] {
        metad.refused(words);
    }
    assert_eq!(metad.stored("/cl-1/env/port"), "80\n");
    assert_eq!(metad.stored("/cl-1/hosts/web/i-1/ip"), "127.0.0.1\n");
}

#[test]
fn a_watch_compares() {
    let metad = Metad::start();
    let watch = Running::start(metad.command(&["watch", "/cl-1/env", "--initial"]));
    assert!(watch.line().contains("80"));
    metad.home.run(["put", "/cl-1/env/port", "81"]).ok();
    assert!(watch.line().contains("81"));
    metad.home.run(["rm", "/cl-1/env/port"]).ok();
    assert!(watch.line().contains("/cl-1/env/port"));
}
