//! Faults of every kind: each is found, and mended, and then nothing is wrong.

use std::collections::BTreeMap;

use metactl::model::operation::{Operation, Work};

use super::scene::Scene;

/// What makes something wrong, and what is then found: kinds, how often, and
/// how many of them `--fix` mends.
struct Fault {
    name: &'static str,
    writes: Vec<(String, Option<String>)>,
    found: &'static [(&'static str, usize, usize)],
}

fn put(path: &str, value: &str) -> (String, Option<String>) {
    (path.to_owned(), Some(value.to_owned()))
}

fn fault(
    name: &'static str,
    writes: impl IntoIterator<Item = (String, Option<String>)>,
    found: &'static [(&'static str, usize, usize)],
) -> Fault {
    Fault { name, writes: writes.into_iter().collect(), found }
}

/// Two hosts of the role that has parameters of its own.
struct Hosts {
    /// Records.
    one: String,
    other: String,
    ip: String,
    sid: String,
    gsid: String,
    node_id: String,
}

impl Hosts {
    fn of(all: &BTreeMap<String, String>) -> Hosts {
        let records: Vec<&str> = all
            .keys()
            .filter(|path| path.starts_with("/cl-queue/hosts/gateway/"))
            .filter_map(|path| path.strip_suffix("/ip"))
            .collect();
        let of = |leaf: &str| all[&format!("{}/{leaf}", records[0])].clone();
        Hosts {
            one: records[0].to_owned(),
            other: records[1].to_owned(),
            ip: of("ip"),
            sid: of("sid"),
            gsid: of("gsid"),
            node_id: of("node_id"),
        }
    }
}

fn operation(cluster: &str, host: &str, pid: u32, started: &str) -> (String, Option<String>) {
    let record = Operation {
        id: "op-12345678".into(),
        cluster: cluster.into(),
        actor: "tester@here".into(),
        command: "scale in".into(),
        host: host.into(),
        pid,
        owner: "token".into(),
        started: started.into(),
        phases: vec!["announce".into(), "remove".into()],
        done: 1,
        nodes: Vec::new(),
        before: Vec::new(),
        run_commands: false,
        force: false,
        work: Work::ScaleIn,
    };
    put(&format!("/_metactl/ops/{cluster}"), &record.write())
}

fn links_and_mappings(all: &BTreeMap<String, String>) -> Vec<Fault> {
    let hosts = Hosts::of(all);
    let mapping = format!("/_metad/mapping/default/{}", hosts.ip);
    let stray = "/_metad/mapping/default/10.9.9.9";
    let whole = all.keys().filter(|path| path.starts_with(&format!("{mapping}/")));
    let whole: Vec<_> = whole.map(|path| (path.clone(), None)).collect();
    vec![
        fault(
            "a link to nowhere",
            [put("/cl-queue/links/other", "cl-gone")],
            &[("dangling-link", 1, 0)],
        ),
        fault(
            "a mapped link to nowhere",
            [put(&format!("{mapping}/links/gone"), "/cl-gone")],
            &[("dangling-mapping", 1, 1)],
        ),
        fault(
            "a mapping into a cluster that is gone",
            [
                put(&format!("{stray}/host"), "/cl-gone/hosts/a/i-1"),
                put(&format!("{stray}/env"), "/cl-gone/env"),
                put(&format!("{stray}/project"), "/projects/default"),
            ],
            &[("dangling-mapping", 1, 1)],
        ),
        fault(
            "a mapping to a host that is gone",
            [put(&format!("{stray}/host"), "/cl-queue/hosts/gateway/i-gone")],
            &[("dangling-mapping", 1, 1)],
        ),
        fault("a host without mapping", whole, &[("host-without-mapping", 1, 1)]),
        fault(
            "a mapping without its host",
            [(format!("{mapping}/host"), None)],
            &[("host-without-mapping", 1, 1)],
        ),
        fault(
            "a mapping to the former record of a host",
            [put(&format!("{mapping}/host"), "/cl-queue/hosts/gateway/i-gone")],
            &[("dangling-mapping", 1, 1)],
        ),
        fault(
            "a second mapping of a host",
            [put(&format!("{stray}/host"), &hosts.one)],
            &[("mapping-of-other-ip", 1, 0)],
        ),
        fault(
            "a parameter that a role's nodes do not see",
            [(format!("{mapping}/env/port"), None)],
            &[("role-env-out-of-step", 1, 1)],
        ),
        fault(
            "a parameter that leads elsewhere and one that is gone",
            [
                put(&format!("{mapping}/env/port"), "/cl-queue/env/port"),
                put(&format!("{mapping}/env/gone"), "/cl-queue/env/gone"),
            ],
            &[("role-env-out-of-step", 1, 1)],
        ),
        fault(
            "a mapping that is no path",
            [put(&format!("{mapping}/extra"), "nowhere")],
            &[("bad-value", 1, 0)],
        ),
    ]
}

fn hosts(all: &BTreeMap<String, String>) -> Vec<Fault> {
    let Hosts { one, other, ip, sid, gsid, node_id } = Hosts::of(all);
    let instance = one.rsplit('/').next().unwrap();
    let twin = format!("/cl-coord/hosts/{instance}");
    let extra = "i-extra: no record";
    vec![
        fault(
            "two hosts with one ip",
            [put(&format!("{other}/ip"), &ip)],
            &[("duplicate-ip", 1, 0), ("mapping-of-other-ip", 1, 0)],
        ),
        fault(
            "two hosts with one server id",
            [put(&format!("{other}/sid"), &sid)],
            &[("duplicate-sid", 1, 0)],
        ),
        fault(
            "two hosts with one global server id",
            [put(&format!("{other}/gsid"), &gsid)],
            &[("claim-without-node", 1, 1), ("duplicate-gsid", 1, 0)],
        ),
        fault(
            "two hosts with one node id",
            [put(&format!("{other}/node_id"), &node_id)],
            &[("claim-without-node", 1, 1), ("duplicate-node-id", 1, 0)],
        ),
        fault(
            "two hosts with one instance id",
            [put(&format!("{twin}/ip"), "10.8.8.8"), put(&format!("{twin}/motd"), extra)],
            &[("duplicate-instance-id", 1, 0), ("host-without-mapping", 1, 1)],
        ),
        fault("a host without ip", [(format!("{one}/ip"), None)], &[("host-without-ip", 1, 0)]),
        fault(
            "values that break the schema",
            [
                put(&format!("{one}/cpu"), "many"),
                put(&format!("{one}/role"), "shard"),
                put(&format!("{one}/mac"), "52:54"),
                put("/cl-queue/cluster/cluster_id", "cl-other"),
                put("/cl-queue/cluster/endpoints/client/port", "0"),
                put("/cl-queue/cmd", "a leaf"),
            ],
            &[("bad-value", 6, 0)],
        ),
    ]
}

fn left_over(all: &BTreeMap<String, String>) -> Vec<Fault> {
    let one = Hosts::of(all).one;
    let record = one.strip_prefix("/cl-queue/hosts/").unwrap();
    let here = rustix::system::uname().nodename().to_string_lossy().into_owned();
    // A process that has ended, and been waited for.
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let ended = child.id();
    child.wait().unwrap();
    let long_ago = "2026-01-01T00:00:00Z";
    let adding = |record: &str| put(&format!("/cl-queue/adding-hosts/{record}/sid"), "9");
    let deleting = |record: &str| put(&format!("/cl-queue/deleting-hosts/{record}/sid"), "9");
    vec![
        fault("hosts being added", [adding(record)], &[("left-over-adding-hosts", 1, 1)]),
        fault("hosts being removed", [deleting(record)], &[("left-over-deleting-hosts", 1, 1)]),
        fault(
            "a host being added that is not there",
            [adding("gateway/i-none")],
            &[("adding-host-not-in-hosts", 1, 1), ("left-over-adding-hosts", 1, 1)],
        ),
        fault(
            "a host being removed that is not there",
            [deleting("gateway/i-none")],
            &[("deleting-host-not-in-hosts", 1, 1), ("left-over-deleting-hosts", 1, 1)],
        ),
        fault(
            "roles being resized",
            [put("/cl-queue/vertical-scaling-roles", "gateway")],
            &[("left-over-vertical-scaling", 1, 1)],
        ),
        fault(
            "an upgrade",
            [put("/cl-queue/cluster/upgrade-audit/to_app_version", "4")],
            &[("left-over-upgrade-audit", 1, 1)],
        ),
        fault(
            "an operation whose writer is gone",
            [operation("cl-queue", &here, ended, long_ago), adding(record)],
            &[("operation-abandoned", 1, 0)],
        ),
        fault(
            "a host that is not there during an operation",
            [operation("cl-queue", &here, ended, long_ago), adding("gateway/i-none")],
            &[("adding-host-not-in-hosts", 1, 0), ("operation-abandoned", 1, 0)],
        ),
        fault(
            "an operation of another machine for hours",
            [operation("cl-queue", "elsewhere", 1, long_ago)],
            &[("operation-stalled", 1, 0)],
        ),
        fault(
            "an operation without its cluster",
            [operation("cl-gone", &here, ended, long_ago)],
            &[("operation-without-cluster", 1, 1)],
        ),
        fault(
            "an operation that nobody can read",
            [put("/_metactl/ops/cl-queue", "{}")],
            &[("operation-unreadable", 1, 0)],
        ),
    ]
}

fn records_and_rules(all: &BTreeMap<String, String>) -> Vec<Fault> {
    let Hosts { ip, gsid, node_id, .. } = Hosts::of(all);
    let rule = format!("/_metad/rule/default/{ip}");
    vec![
        fault(
            "a cluster that is written in part",
            [put("/_metactl/clusters/cl-half/state", "creating"), put("/cl-half/env/port", "1")],
            &[("cluster-half-written", 1, 0)],
        ),
        fault(
            "a record without its cluster",
            [
                put("/_metactl/clusters/cl-gone/state", "active"),
                put("/_metactl/apps/cl-gone/config.json", "{}"),
            ],
            &[("record-without-cluster", 1, 1)],
        ),
        fault(
            "claims without a node",
            [
                put("/_metactl/claims/gsid/999999999", "cl-queue"),
                put("/_metactl/claims/node_id/cln-none", "default/10.9.9.9"),
                put("/_metactl/claims/ip/default/10.9.9.9", "cl-queue"),
            ],
            &[("claim-without-node", 3, 3)],
        ),
        fault(
            "a node without claims",
            [
                (format!("/_metactl/claims/gsid/{gsid}"), None),
                put(&format!("/_metactl/claims/node_id/{node_id}"), "default/10.9.9.9"),
            ],
            &[("node-without-claim", 1, 1)],
        ),
        fault(
            "nobody as self",
            [put("/_metactl/self", "cln-none")],
            &[("self-without-node", 1, 1)],
        ),
        fault("rules that are none", [put(&rule, "[")], &[("rule-unreadable", 1, 0)]),
        fault(
            "rules that allow nothing",
            [put(&rule, r#"[{"path":"/","mode":0}]"#)],
            &[("rule-lets-nothing-through", 1, 0)],
        ),
        fault(
            "rules that allow what the node has no link to",
            [put(&rule, r#"[{"path":"/cl-none","mode":1}]"#)],
            &[("rule-lets-nothing-through", 1, 0)],
        ),
    ]
}

/// Makes each fault in turn.
async fn found_and_mended(scene: &Scene, faults: impl Fn(&BTreeMap<String, String>) -> Vec<Fault>) {
    scene.is_well();
    let before = scene.everything().await;
    for Fault { name, writes, found } in faults(&before) {
        scene.write(&writes).await;
        let expected: BTreeMap<String, (usize, usize)> =
            found.iter().map(|(kind, all, fix)| ((*kind).to_owned(), (*all, *fix))).collect();
        assert_eq!(scene.found(), expected, "{name}");
        let safe: usize = found.iter().map(|(_, _, fix)| fix).sum();
        let left: usize = found.iter().map(|(_, all, fix)| all - fix).sum();
        let ran = scene.home.run(["doctor", "--fix", "--yes"]);
        assert_eq!(ran.code, i32::from(left > 0), "{name}: {ran}");
        assert_eq!(ran.stdout.lines().count(), left, "{name}: {ran}");
        assert_eq!(ran.stderr.contains("mended "), safe > 0, "{name}: {ran}");
        let mended = scene.everything().await;
        if left == 0 && name != "nobody as self" {
            assert_eq!(mended, before, "{name}");
        }
        let was = |path: &String| before.get(path).cloned();
        let gone = mended.keys().filter(|path| !before.contains_key(*path));
        let back: Vec<_> =
            before.keys().chain(gone).map(|path| (path.clone(), was(path))).collect();
        scene.write(&back).await;
        scene.is_well();
    }
}

macro_rules! on_both_stores {
    ($($faults:ident: $sqlite:ident, $etcd:ident;)*) => {$(
        #[tokio::test]
        async fn $sqlite() {
            found_and_mended(&Scene::on_sqlite(), $faults).await;
        }

        #[tokio::test]
        async fn $etcd() {
            found_and_mended(&Scene::on_etcd(), $faults).await;
        }
    )*};
}

on_both_stores! {
    links_and_mappings: links_and_mappings_on_sqlite, links_and_mappings_on_etcd;
    hosts: hosts_on_sqlite, hosts_on_etcd;
    left_over: left_over_on_sqlite, left_over_on_etcd;
    records_and_rules: records_and_rules_on_sqlite, records_and_rules_on_etcd;
}

/// Only another program can make a key a leaf and a directory, and only on etcd.
#[tokio::test]
async fn a_leaf_that_is_a_directory() {
    let scene = Scene::on_etcd();
    let mut foreign = scene.etcd.as_ref().unwrap().client().await;
    for key in ["/cl-queue/env", "/projects/web", "/projects/web/attributes/a"] {
        foreign.put(key, "leaf", None).await.unwrap();
    }
    assert_eq!(scene.found(), BTreeMap::from([("leaf-and-directory".to_owned(), (2, 0))]));
    let ran = scene.home.run(["doctor", "cl-queue"]);
    assert!(ran.stdout.contains("`etcdctl del /cl-queue/env`"), "{ran}");
    for key in ["/cl-queue/env", "/projects/web"] {
        foreign.delete(key, None).await.unwrap();
    }
    scene.is_well();
}
