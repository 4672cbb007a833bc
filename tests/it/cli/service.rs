//! The commands on a metadata service: `http://…`.

use std::process::Command;

use snapbox::str;

use crate::support::{Home, Ran, Running, Serve, assert_transcript};

/// A service over a store with one node, which is this machine.
fn service() -> (Home, Serve) {
    let home = Home::new();
    for (path, value) in [
        ("/cl-1/hosts/web/i-1/ip", "127.0.0.1"),
        ("/cl-1/hosts/web/i-1/sid", "1"),
        ("/cl-1/env/port", "80"),
        ("/cl-2/env/port", "90"),
    ] {
        home.run(["put", path, value]).ok();
    }
    let links = ["host=/cl-1/hosts/web/i-1", "env=/cl-1/env"];
    home.run(["mapping", "set", "127.0.0.1"].iter().chain(&links)).ok();
    let serve = Serve::start(&home, &[]);
    (home, serve)
}

/// Points a command at the service, its management API included.
fn whole(serve: &Serve) -> impl FnOnce(&mut Command) {
    let (metadata, manage) = (serve.metadata, serve.manage);
    move |command| {
        command.env("METACTL_ENDPOINT", format!("http://{metadata}"));
        command.env("METACTL_MANAGE_URL", format!("http://{manage}"));
    }
}

/// Points a command at the metadata alone: the management API is not named, and
/// not beside it.
fn bare(serve: &Serve) -> impl FnOnce(&mut Command) {
    let metadata = serve.metadata;
    move |command| {
        command.env("METACTL_ENDPOINT", format!("http://{metadata}"));
    }
}

fn run(home: &Home, words: &[&str], to: impl FnOnce(&mut Command)) -> Ran {
    home.run_with(words, to)
}

/// Standard output of a run that has to go well.
#[track_caller]
fn said(ran: Ran) -> String {
    ran.ok().stdout
}

#[test]
fn everything_works_through_the_management_api() {
    let (home, serve) = service();
    let run = |words: &[&str]| run(&home, words, whole(&serve));
    assert_eq!(said(run(&["get", "/cl-1/env/port"])), "80\n");
    assert_eq!(said(run(&["ls", "/cl-1"])), "env/\nhosts/\n");
    assert_eq!(run(&["put", "/cl-1/env/port", "81", "--if-absent"]).code, 4);
    run(&["put", "/cl-1/env/port", "81"]).ok();
    run(&["rm", "/cl-2/env/port"]).ok();
    assert_eq!(run(&["get", "/cl-2"]).code, 3);
    let elsewhere = run(&["get", "--as", "i-1", "/self/host"]);
    assert_eq!(elsewhere.code, 2, "{elsewhere}");
    assert!(elsewhere.stderr.contains("decides by itself who `/self` is"), "{elsewhere}");
    assert_eq!(said(home.run(["get", "/cl-1/env/port"])), "81\n");
}

#[test]
fn a_node_reads_its_own_without_the_management_api() {
    let (home, serve) = service();
    let run = |words: &[&str]| run(&home, words, bare(&serve));
    assert_eq!(said(run(&["get", "/self/host/ip"])), "127.0.0.1\n");
    assert_eq!(said(run(&["get", "/self/host"])), "/ip\t127.0.0.1\n/sid\t1\n");
    assert_eq!(said(run(&["ls", "/self"])), "env/\nhost/\n");
    assert_eq!(run(&["get", "/self/nothing"]).code, 3);
    assert_eq!(run(&["get", "/cl-2/env/port"]).code, 3, "no rule lets it through");
    let refused = run(&["put", "/cl-1/env/port", "81"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("--manage-url"), "{refused}");
}

#[test]
fn a_watch_follows_the_view_by_long_polls() {
    let (home, serve) = service();
    let mut command = home.command(["watch", "/self/env", "--initial"]);
    bare(&serve)(&mut command);
    let watch = Running::start(command);
    assert!(watch.line().contains("80"));
    home.run(["put", "/cl-1/env/port", "81"]).ok();
    assert!(watch.line().contains("81"));
    home.run(["put", "/cl-1/env/new", "82"]).ok();
    assert!(watch.line().contains("82"));
    home.run(["rm", "/cl-1/env/new"]).ok();
    assert!(watch.line().contains("/self/env/new"));
}

#[test]
fn a_service_that_is_not_there() {
    let home = Home::new();
    let words = ["get", "/x", "--endpoint", "http://127.0.0.1:1", "--request-timeout", "300ms"];
    assert_transcript(
        home.run(words),
        str![[r#"
$ metactl get /x --endpoint http://127.0.0.1:1 --request-timeout 300ms
--- stderr
error: the service at `http://127.0.0.1:1` does not answer
  cause: Connection refused (os error 111)
hint: See which endpoint is in force: `metactl context show`
--- exit 5

"#]],
    );
}

#[test]
fn waiting_variables_and_rules_work_through_both() {
    let (home, serve) = service();
    let run = |words: &[&str]| run(&home, words, whole(&serve));
    let start = |words: &[&str]| {
        let mut command = home.command(words);
        whole(&serve)(&mut command);
        Running::start(command)
    };
    let own = start(&["wait", "/self/env/ready", "--equals", "1"]);
    let real = start(&["wait", "/cl-1/env/ready", "--equals", "1"]);
    let script = "trap 'exit 7' TERM; echo port $port; while kill -0 $PPID; do sleep 0.02; done";
    let server = start(&["exec", "--watch", "--debounce", "0", "--", "sh", "-c", script]);
    assert_eq!(server.line(), "port 80");
    home.run(["put", "/cl-1/env/ready", "1"]).ok();
    assert_eq!((own.end().0, real.end().0), (0, 0));
    home.run(["put", "/cl-1/env/port", "81"]).ok();
    // Once for each of the two changes, or once for both.
    while server.line() != "port 81" {}
    assert_eq!(said(run(&["exec", "--", "sh", "-c", "echo $port"])), "81\n");
    run(&["rule", "set", "127.0.0.1", "/cl-1/env=read"]).ok();
    assert_eq!(said(run(&["rule", "get"])), "127.0.0.1\t/cl-1/env\tread\n");
    assert_eq!(run(&["rule", "check", "127.0.0.1", "/self/host"]).code, 6);
    run(&["wait", "/self/host", "--absent"]).ok();
    run(&["rule", "rm", "127.0.0.1", "/cl-1/env"]).ok();
    run(&["wait", "/self/host"]).ok();
}

#[test]
fn a_node_with_confd_needs_no_setting() {
    let (home, serve) = service();
    let confd = format!("backend = \"metad\"\nnodes = [\"{}\"]\n", serve.metadata);
    let file = home.file("confd.toml", confd);
    let run = |words: &[&str]| {
        home.run_with(words, |command| {
            command.env("METACTL_CONFD_FILE", &file);
        })
    };
    assert_eq!(said(run(&["get", "/self/host/ip"])), "127.0.0.1\n");
    let shown = said(run(&["context", "show", "-o", "text"]));
    let endpoint = format!("endpoint\thttp://{}\t[HOME]/confd.toml\n", serve.metadata);
    assert!(shown.contains(&endpoint), "{shown}");
    assert_eq!(
        said(run(&[
            "get",
            "--endpoint",
            "file:.local/share/metactl/metadata.db",
            "/cl-1/env/port"
        ])),
        "80\n"
    );
}
