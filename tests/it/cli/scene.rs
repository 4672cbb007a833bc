//! A small cluster that the transcripts of several commands play in, and ways
//! to write one session down.

use std::process::Stdio;

use crate::support::Home;
use crate::support::etcd::Etcd;

/// Two roles, three hosts, one of them being added.
pub const TREE: &str = "\
cl-one:
  hosts:
    master:
      i-m1: {ip: 10.0.0.2, sid: 1, gid: 1, node_id: cln-m1, instance_id: i-m1, role: master}
    worker:
      i-w1: {ip: 10.0.0.3, sid: 2, gid: 2, node_id: cln-w1, instance_id: i-w1, role: worker}
      i-w2: {ip: 10.0.0.4, sid: 10, gid: 3, node_id: cln-w2, instance_id: i-w2, role: worker}
  adding-hosts:
    worker:
      i-w2: {ip: 10.0.0.4, sid: 10, gid: 3, node_id: cln-w2, instance_id: i-w2, role: worker}
  cluster: {cluster_id: cl-one, zone: pek3}
  env: {port: 2181, motd: \"one\\ntwo\\n\"}
cl-two:
  hosts:
    i-x1: {ip: 10.0.0.9, sid: 1, node_id: cln-x1, instance_id: i-x1}
  cluster: {cluster_id: cl-two}
projects:
  web:
    attributes: {motd: from the project, tier: web}
";

/// A home whose store holds [`TREE`] and a mapping for each host.
pub fn home() -> Home {
    let home = Home::new();
    fill(&home);
    home
}

/// A home whose context is an etcd of its own, still empty.
pub fn home_on_etcd() -> (Home, Etcd) {
    let (home, etcd) = (Home::new(), Etcd::start());
    home.run(["context", "set", "etcd", "--endpoint", &etcd.endpoint()]).ok();
    home.run(["context", "use", "etcd"]).ok();
    (home, etcd)
}

/// Puts [`TREE`] and the mapping of its hosts into the store of a home.
pub fn fill(home: &Home) {
    home.run_input(["import", "-"], TREE).ok();
    let hosts =
        [("10.0.0.2", "master/i-m1"), ("10.0.0.3", "worker/i-w1"), ("10.0.0.4", "worker/i-w2")];
    for (ip, host) in hosts {
        let host = format!("host=/cl-one/hosts/{host}");
        let links = ["hosts=/cl-one/hosts", "env=/cl-one/env", "project=/projects/web"];
        home.run([&["mapping", "set", ip, &host][..], &links].concat()).ok();
    }
    home.run(["mapping", "set", "10.0.0.2", "links/other=/cl-two"]).ok();
    home.run(["mapping", "set", "10.0.0.9", "host=/cl-two/hosts/i-x1"]).ok();
}

/// The transcript of several commands, one after another.
pub fn session<const N: usize>(home: &Home, commands: [&[&str]; N]) -> String {
    commands.map(|words| home.run(words).to_string()).join("\n")
}

/// The newest revision of the store: that of a commit which changes something.
pub fn revision(home: &Home) -> u64 {
    let ran = home.run(["put", "/_probe", &fastrand::u64(..).to_string(), "-o", "json"]).ok();
    let done: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    done["revision"].as_u64().unwrap()
}

/// Checks that nothing is written by these commands, all of which are refused
/// with that exit code.
#[track_caller]
pub fn refuses_without_a_trace(home: &Home, code: i32, commands: &[&[&str]]) {
    let before = revision(home);
    for words in commands {
        let ran = home.run(*words);
        assert_eq!(ran.code, code, "{ran}");
        assert_eq!(ran.stdout, "", "{ran}");
    }
    assert_eq!(revision(home), before + 1, "something was written");
}

/// Runs a command whose output nobody reads: no failure, and not a word about it.
#[track_caller]
pub fn closed_pipe(home: &Home, words: &[&str]) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = home.command(words).arg("-q").stdout(writer).stderr(Stdio::piped()).spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    assert_eq!(output.status.code(), Some(0), "{words:?}");
}

/// Writes one of metactl's own records into the embedded store of a home, as
/// what is left of an operation whose writer is gone.
pub fn put_record(home: &Home, path: &str, value: &str) {
    use metactl::model::path::Path;
    use metactl::store::{Changes, Commit, Store, sqlite::Sqlite};
    let file = home.path().join(".local/share/metactl/metadata.db");
    let mut changes = Changes::new();
    changes.put(&Path::parse(path).unwrap(), value);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = Sqlite::new(&file, std::time::Duration::from_secs(10));
    let commit = Commit { changes, ..Commit::default() };
    runtime.block_on(store.commit(&commit)).unwrap();
}

/// Leaves a cluster with an operation in flight.
pub fn put_operation(home: &Home, cluster: &str) {
    let record = format!(
        r#"{{"id":"op-1","cluster":"{cluster}","actor":"ann@desk","command":"cluster stop",
        "host":"desk","pid":7,"owner":"o","started":"2026-01-31T12:00:00Z","phases":["stop"],
        "done":0,"nodes":[],"kind":"stop"}}"#
    );
    put_record(home, &format!("/_metactl/ops/{cluster}"), &record);
}
