//! Cases of single checks; the whole is held by the tests of the command.

use super::cluster::{self, Rows};
use super::duplicates::{self, Index};
use super::facts::{About, Facts, Leaf, Store};
use super::finding::{Change, Finding, Kind, Severity};
use super::operation::Writer;
use super::record::Record;
use super::rules::Rule;
use super::{claims, mapping, operation, rules};
use crate::model::operation::{Operation, Work};
use crate::model::path::Path;

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

/// Leaves of `name=value`, sorted as a store gives them.
fn leaves(pairs: &[&str]) -> Vec<Leaf> {
    let leaf = |(revision, pair): (u64, &&str)| {
        let (name, value) = pair.split_once('=').unwrap();
        Leaf { name: name.to_owned(), value: value.to_owned(), revision }
    };
    let mut leaves: Vec<Leaf> = (1..).zip(pairs).map(leaf).collect();
    leaves.sort_by(|one, other| one.name.cmp(&other.name));
    leaves
}

fn about(id: &str) -> About {
    About {
        id: id.to_owned(),
        path: path("/").child(id).unwrap(),
        group: "default".to_owned(),
        project: "default".to_owned(),
        made_here: true,
        in_operation: false,
    }
}

fn checked(about: About, pairs: &[&str]) -> (Facts, Vec<Finding>) {
    let exists = |id: &str| matches!(id, "cl-1" | "cl-2");
    cluster::check(about, &leaves(pairs), &mut Rows::default(), &exists)
}

fn kinds(findings: &[Finding]) -> Vec<Kind> {
    findings.iter().map(|finding| finding.kind).collect()
}

const WELL: [&str; 12] = [
    "hosts/a/i-1/ip=10.0.0.1",
    "hosts/a/i-1/sid=1",
    "hosts/a/i-1/gsid=100000001",
    "hosts/a/i-1/node_id=cln-1",
    "hosts/a/i-1/instance_id=i-1",
    "hosts/a/i-1/role=a",
    "hosts/a/i-1/attributes/any=thing",
    "cluster/cluster_id=cl-1",
    "cluster/endpoints/client/port=env.port",
    "env/port=80",
    "links/zk=cl-2",
    "custom/of/others=anything",
];

/// A store of one cluster, with these leaves beside [`WELL`].
fn store(about: About, more: &[&str]) -> (Store, Index) {
    let (facts, _) = checked(about, &[&WELL, more].concat());
    let store = Store { clusters: vec![facts], root: Some(path("/")), ..Store::default() };
    let (index, _) = duplicates::find(&store);
    (store, index)
}

#[test]
fn a_cluster_that_is_well_yields_nothing() {
    let (facts, findings) = checked(about("cl-1"), &WELL);
    assert_eq!(findings, []);
    assert_eq!(facts.hosts.len(), 1);
    assert_eq!(facts.links, [("zk".to_owned(), "cl-2".to_owned())]);
    // Parameters are kept only where there are some of roles.
    assert!(facts.env.is_empty());
    let without_roles = ["hosts/i-1/ip=10.0.0.1", "hosts/i-1/role=", "hosts/i-2/ip=fd00::1"];
    assert_eq!(checked(about("cl-1"), &without_roles).1, []);
    assert_eq!(checked(about("cl-1"), &["env/x=1"]).1, []);
}

#[test]
fn each_fault_of_a_cluster_s_own_is_named() {
    let cases: [(&[&str], &[Kind]); 12] = [
        (&["links/x=cl-9"], &[Kind::DanglingLink]),
        (&["links/x="], &[Kind::DanglingLink]),
        (&["hosts/a/i-2/sid=2"], &[Kind::HostWithoutIp]),
        (&["hosts/a/i-2/sid=1", "hosts/a/i-2/ip=10.0.0.2"], &[Kind::DuplicateSid]),
        (&["hosts/a/i-1/cpu=x", "hosts/a/i-1/eip=x"], &[Kind::BadValue; 2]),
        (&["hosts/a/i-1/role=b"], &[Kind::BadValue]),
        (&["hosts/a/i-1/instance_id=i-9"], &[Kind::BadValue]),
        (&["hosts/a/i-3=leaf"], &[Kind::BadValue]),
        (&["vertical-scaling-roles=a"], &[Kind::LeftOverVerticalScaling]),
        (&["cluster/upgrade-audit/to_app_version=2"], &[Kind::LeftOverUpgradeAudit]),
        (&["adding-hosts/a/i-1/ip=10.0.0.1"], &[Kind::LeftOverAddingHosts]),
        (
            &["deleting-hosts/a/i-9/ip=10.0.0.1"],
            &[Kind::LeftOverDeletingHosts, Kind::DeletingHostNotInHosts],
        ),
    ];
    for (more, expected) in cases {
        let kept =
            |pair: &&&str| !more.iter().any(|one| one.split('=').next() == pair.split('=').next());
        let pairs: Vec<&str> = WELL.iter().filter(kept).chain(more).copied().collect();
        assert_eq!(kinds(&checked(about("cl-1"), &pairs).1), expected, "{more:?}");
    }
}

#[test]
fn what_is_temporary_is_right_during_an_operation_and_others_may_be_at_work() {
    let adding = ["adding-hosts/a/i-9/ip=10.0.0.1", "vertical-scaling-roles=a"];
    let during = About { in_operation: true, ..about("cl-1") };
    let (_, findings) = checked(during, &adding);
    assert_eq!(kinds(&findings), [Kind::AddingHostNotInHosts]);
    assert!(!findings[0].fixable && findings[0].mend.contains("scale abort --cluster cl-1"));
    let foreign = About { made_here: false, ..about("cl-1") };
    let (_, findings) = checked(foreign, &adding);
    assert!(findings.iter().all(|finding| !finding.fixable), "{findings:?}");
    assert_eq!(findings[0].severity, Severity::Warning);
}

fn mapped(store: &mut Store, index: &Index, ip: &str, pairs: &[&str]) -> Vec<Finding> {
    mapping::check(store, index, "default", ip, &leaves(pairs))
}

#[test]
fn a_mapping_that_is_well_yields_nothing() {
    let (mut store, index) = store(about("cl-1"), &[]);
    store.others.insert("cl-2".to_owned());
    let links = [
        "host=/cl-1/hosts/a/i-1",
        "hosts=/cl-1/hosts",
        "role=/cl-1/hosts/a",
        "own=/cl-1/hosts/a/i-1/ip",
        "adding-hosts=/cl-1/adding-hosts",
        "env=/cl-1/env",
        "links/zk=/cl-2",
        "project=/projects/default",
        "other=/anywhere",
    ];
    assert_eq!(mapped(&mut store, &index, "10.0.0.1", &links), []);
    assert_eq!(mapping::missing(&store, &index), []);
}

#[test]
fn a_host_that_has_gone_takes_its_mapping_along() {
    let (mut store, index) = store(about("cl-1"), &[]);
    let gone = ["host=/cl-9/hosts/a/i-1", "env=/cl-9/env", "project=/projects/default"];
    let findings = mapped(&mut store, &index, "10.0.0.9", &gone);
    assert_eq!(kinds(&findings), [Kind::DanglingMapping]);
    let whole = Change::delete_tree(path("/_metad/mapping/default/10.0.0.9"));
    assert_eq!(findings[0].changes, [whole]);
    // What leads elsewhere is somebody's own.
    let kept = ["host=/cl-1/hosts/a/i-9", "mine=/elsewhere"];
    let findings = mapped(&mut store, &index, "10.0.0.9", &kept);
    let host = Change::delete(path("/_metad/mapping/default/10.0.0.9/host"));
    assert_eq!(findings[0].changes, [host]);
}

#[test]
fn a_missing_mapping_is_what_metactl_writes() {
    let (mut store, index) = store(about("cl-1"), &[]);
    store.others.insert("cl-2".to_owned());
    let findings = mapping::missing(&store, &index);
    assert_eq!(kinds(&findings), [Kind::HostWithoutMapping]);
    let link = |name: &str, real: &str| {
        Change::put(path(&format!("/_metad/mapping/default/10.0.0.1/{name}")), real)
    };
    assert!(findings[0].changes.contains(&link("host", "/cl-1/hosts/a/i-1")));
    assert!(findings[0].changes.contains(&link("links/zk", "/cl-2")));
    assert!(findings[0].changes.contains(&link("env", "/cl-1/env")));
    // An ip that leads elsewhere is not taken from who has it.
    mapped(&mut store, &index, "10.0.0.1", &["host=/elsewhere/x"]);
    assert!(!mapping::missing(&store, &index)[0].fixable);
}

#[test]
fn a_role_s_parameters_are_one_link_a_key() {
    let (mut store, index) = store(about("cl-1"), &["role-env/a/own=1", "env/new=1"]);
    let host = "host=/cl-1/hosts/a/i-1";
    let links =
        ["env/own=/cl-1/role-env/a/own", "env/port=/cl-1/env/port", "env/new=/cl-1/env/new"];
    assert_eq!(mapped(&mut store, &index, "10.0.0.1", &[&[host], &links[..]].concat()), []);
    for wrong in [&["env=/cl-1/env"][..], &links[..2], &["env/own=/cl-1/env/own"]] {
        let findings = mapped(&mut store, &index, "10.0.0.1", &[&[host], wrong].concat());
        assert_eq!(kinds(&findings), [Kind::RoleEnvOutOfStep], "{wrong:?}");
    }
    // Links that somebody has made stay.
    let own = [host, "env/own=/elsewhere"];
    assert_eq!(mapped(&mut store, &index, "10.0.0.1", &own), []);
}

#[test]
fn claims_and_nodes_belong_together() {
    let (mut store, index) =
        store(about("cl-1"), &["cluster/endpoints/reserved_ips/vip/value=10.0.0.7"]);
    mapped(&mut store, &index, "10.0.0.1", &["host=/cl-1/hosts/a/i-1"]);
    let claim = |pair: &str| leaves(&[pair]).remove(0);
    for right in ["gsid/100000001=cl-1", "ip/default/10.0.0.7=cl-1"] {
        assert_eq!(claims::check(&mut store, &index, &claim(right)), None, "{right}");
    }
    let missing = claims::missing(&store);
    assert_eq!(kinds(&missing), [Kind::NodeWithoutClaim]);
    let node = Change::put(path("/_metactl/claims/node_id/cln-1"), "default/10.0.0.1");
    assert_eq!(missing[0].changes, [node]);
    for wrong in
        ["gsid/100000009=cl-1", "node_id/cln-9=default/10.0.0.9", "ip/default/10.0.0.8=cl-1"]
    {
        let finding = claims::check(&mut store, &index, &claim(wrong)).unwrap();
        assert_eq!((finding.kind, finding.fixable), (Kind::ClaimWithoutNode, true), "{wrong}");
    }
    // It may belong to a cluster that is not looked into.
    store.others.insert("cl-half".to_owned());
    for unknown in ["gsid/100000009=cl-half", "node_id/cln-9=default/10.0.0.9"] {
        assert_eq!(claims::check(&mut store, &index, &claim(unknown)), None, "{unknown}");
    }
}

#[test]
fn rules_are_read_and_compared_with_the_mapping() {
    let rule = |text: &str| leaves(&[&format!("default/10.0.0.1={text}")]).remove(0);
    assert_eq!(rules::read(&rule(r#"[{"path":"/","mode":1}]"#)), Rule::Root);
    for nothing in ["[]", r#"[{"path":"/a","mode":1},{"path":"/a","mode":0}]"#] {
        let Rule::Wrong(finding) = rules::read(&rule(nothing)) else { panic!("{nothing}") };
        assert_eq!(finding.kind, Kind::RuleLetsNothingThrough);
    }
    let reach = |text: &str| {
        let Rule::Some(rules) = rules::read(&rule(text)) else { panic!("{text}") };
        rules::reach("default/10.0.0.1", 1, &rules, &leaves(&["env=/cl-1/env"])).is_some()
    };
    assert!(reach(r#"[{"path":"/cl-2","mode":1}]"#));
    assert!(!reach(r#"[{"path":"/cl-1/env/port","mode":1}]"#));
    assert!(!reach(r#"[{"path":"/*/env","mode":1}]"#));
}

#[test]
fn an_operation_is_wrong_when_nobody_works_on_it() {
    let operation = Operation {
        id: "op-1".into(),
        cluster: "cl-1".into(),
        actor: "a@b".into(),
        command: "scale in".into(),
        host: "b".into(),
        pid: 1,
        owner: "x".into(),
        started: "2026-01-01T00:00:00Z".into(),
        phases: Vec::new(),
        done: 0,
        nodes: Vec::new(),
        before: Vec::new(),
        run_commands: false,
        force: false,
        work: Work::ScaleIn,
    };
    let kind = |writer: Writer, exists: bool| {
        let finding = operation::check("cl-1", &operation, 7, writer, exists)?;
        Some((finding.kind, finding.fixable))
    };
    assert_eq!(kind(Writer::Here, true), None);
    assert_eq!(kind(Writer::Elsewhere { long_ago: false }, true), None);
    assert_eq!(kind(Writer::Gone, true), Some((Kind::OperationAbandoned, false)));
    let stalled = kind(Writer::Elsewhere { long_ago: true }, true);
    assert_eq!(stalled, Some((Kind::OperationStalled, false)));
    assert_eq!(kind(Writer::Gone, false), Some((Kind::OperationWithoutCluster, true)));
    assert_eq!(kind(Writer::Here, false), Some((Kind::OperationWithoutCluster, false)));
    assert_eq!(operation::read("cl-1", "{}", 7).unwrap_err().kind, Kind::OperationUnreadable);
}

#[test]
fn a_record_tells_how_far_its_cluster_is() {
    let mut record = Record::default();
    leaves(&["state=creating", "group=blue"]).iter().for_each(|leaf| record.take(leaf));
    assert!(record.is_half());
    assert_eq!(record.half("cl-1").severity, Severity::Warning);
    assert_eq!(record.orphaned("cl-1").changes.len(), 2);
}

#[test]
fn every_kind_has_a_word_of_its_own() {
    assert_eq!(Kind::DanglingLink.word(), "dangling-link");
    assert_eq!(Kind::DuplicateNodeId.word(), "duplicate-node-id");
    assert_eq!(Kind::RuleLetsNothingThrough.word(), "rule-lets-nothing-through");
}
