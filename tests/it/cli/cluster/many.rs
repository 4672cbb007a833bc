//! Many nodes, many at once, and both kinds of stores.

use std::collections::BTreeSet;
use std::process::Stdio;

use crate::support::Home;
use crate::support::etcd::Etcd;

/// Every value of one key of all hosts.
fn all(home: &Home, endpoint: &str, key: &str) -> Vec<String> {
    let tree = home.run(["--endpoint", endpoint, "export", "-o", "text"]).ok().stdout;
    let ending = format!("/{key}");
    let leaves = tree.lines().filter_map(|line| line.split_once('\t'));
    leaves
        .filter(|(path, _)| path.contains("/hosts/") && path.ends_with(&ending))
        .map(|(_, value)| value.to_owned())
        .collect()
}

fn created_at_once(home: &Home, endpoint: &str, nodes: usize) {
    let count = 12;
    let role = format!("r={nodes}");
    let words = ["--endpoint", endpoint, "--request-timeout", "60s", "cluster", "create", "--role"];
    let children: Vec<_> = (0..count)
        .map(|_| {
            let mut command = home.command([&words[..], &[&role]].concat());
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for key in ["ip", "gsid", "node_id"] {
        let values = all(home, endpoint, key);
        let distinct: BTreeSet<&String> = values.iter().collect();
        assert_eq!((values.len(), distinct.len()), (count * nodes, count * nodes), "{key}");
    }
}

#[test]
fn creators_at_once_share_nothing() {
    let home = Home::new();
    created_at_once(&home, &format!("file:{}", home.path().join("x.db").display()), 3);
}

#[test]
fn creators_at_once_share_nothing_on_etcd() {
    let etcd = Etcd::start();
    created_at_once(&Home::new(), &etcd.endpoint(), 3);
}

#[test]
fn many_nodes_are_one_commit() {
    let home = Home::new();
    let ran =
        home.run(["cluster", "create", "--role", "r=1000", "--id", "cl-many", "-o", "json"]).ok();
    let made: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&made["parts"], &made["cidr"]), (&1.into(), &"192.168.100.0/22".into()));
    let ips: BTreeSet<String> = all(&home, &default(&home), "ip").into_iter().collect();
    assert_eq!(ips.len(), 1000);
    home.run(["cluster", "delete", "cl-many", "--yes"]).ok();
    assert_eq!(home.run(["export"]).ok().stdout, "{}\n");
}

fn default(home: &Home) -> String {
    format!("file:{}/.local/share/metactl/metadata.db", home.path().display())
}

#[test]
fn on_etcd_what_is_too_much_for_one_commit_goes_in_parts() {
    let etcd = Etcd::start_args(&["--max-request-bytes=200000"]);
    let home = Home::new();
    let at = |words: &[&str]| {
        let endpoint = etcd.endpoint();
        home.run([&["--endpoint", &endpoint, "--request-timeout", "60s"][..], words].concat())
    };
    let whole = at(&["cluster", "create", "--role", "r=50", "--id", "cl-whole", "-o", "json"]).ok();
    assert!(whole.stdout.contains("\"parts\": 1"), "{whole}");
    let create = ["cluster", "create", "--role", "r=200", "--id", "cl-parts"];
    let ran = at(&create).ok();
    assert!(ran.stderr.contains("did not take cl-parts in one commit"), "{ran}");
    let listed = at(&["cluster", "list"]).ok().stdout;
    assert!(listed.contains("cl-parts\t\t200\tr=200\tactive\t"), "{listed}");
    let ips: BTreeSet<String> = all(&home, &etcd.endpoint(), "ip").into_iter().collect();
    assert_eq!(ips.len(), 250);
    at(&["cluster", "delete", "cl-parts", "--yes"]).ok();
    at(&["cluster", "delete", "cl-whole", "--yes"]).ok();
    assert_eq!(at(&["export"]).ok().stdout, "{}\n");
}
