//! Cases of a new cluster.

use proptest::prelude::*;

use super::*;
use crate::model::app::json;
use crate::model::app::property::Type;
use crate::model::cidr;

fn spec(text: &str) -> Spec {
    Spec::read(&json::parse(text).unwrap()).unwrap()
}

struct Wanted {
    spec: Spec,
    special: Vec<Special>,
    keys: BTreeMap<String, String>,
    set: Vec<(String, String)>,
}

fn wanted(text: &str) -> Wanted {
    Wanted { spec: spec(text), special: Vec::new(), keys: BTreeMap::new(), set: Vec::new() }
}

impl Wanted {
    fn draft(&self) -> Draft<'_> {
        Draft {
            id: "cl-1".into(),
            cluster_root: Path::root(),
            group: "default".into(),
            project: "default".into(),
            zone: "local".into(),
            vxnet: "vxnet-0".into(),
            cidr: cidr::DEFAULT,
            widen: true,
            spec: &self.spec,
            special: &self.special,
            pub_keys: &self.keys,
            set_cluster: &self.set,
            set_host: &[],
            app: None,
            created: "2026-01-01T00:00:00Z".into(),
        }
    }

    fn plan(&self) -> Plan {
        plan(&self.draft(), &BTreeSet::new(), &mut Draw::new(Some(1))).unwrap()
    }
}

fn value<'a>(leaves: &'a [Leaf], path: &str) -> Option<&'a str> {
    leaves.iter().find(|(leaf, _)| leaf.as_str() == path).map(|(_, value)| value.as_str())
}

fn below<'a>(leaves: &'a [Leaf], top: &str) -> Vec<(&'a str, &'a str)> {
    let inside = leaves
        .iter()
        .filter_map(|(path, value)| Some((path.as_str().strip_prefix(top)?, value.as_str())));
    inside.collect()
}

#[test]
fn masters_and_replicas_share_a_group() {
    let plan = wanted(
        r#"{"nodes": [{"role": "m", "count": 2, "replica": 2}, {"role": "p", "count": 1}]}"#,
    )
    .plan();
    let rows: Vec<(&str, u32, u32, &str)> = plan
        .hosts
        .iter()
        .map(|host| (host.role.as_deref().unwrap(), host.sid, host.gid, host.ip.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("m", 1, 1, "192.168.100.1"),
            ("m", 2, 2, "192.168.100.2"),
            ("m-replica", 3, 1, "192.168.100.3"),
            ("m-replica", 4, 1, "192.168.100.4"),
            ("m-replica", 5, 2, "192.168.100.5"),
            ("m-replica", 6, 2, "192.168.100.6"),
            ("p", 7, 3, "192.168.100.7"),
        ]
    );
}

#[test]
fn parameters_keep_their_form() {
    let mut wanted = wanted(
        r#"{"nodes": [{"role": "r", "count": 1, "replica": 1, "env": {"b": 2.50, "own": "x\ny"}},
            {"role": "s", "count": 1}],
            "env": {"a": "text", "b": true, "l": ["x", {"y": 1}], "n": null, "ak": "AK", "big": 12345678901234567890}}"#,
    );
    wanted.special = vec![Special { role: None, key: "ak".into(), kind: Type::AccessKey }];
    let plan = wanted.plan();
    assert_eq!(
        below(&plan.data, "/cl-1/env/"),
        [
            ("a", "text"),
            ("ak/access_key_id", "AK"),
            ("ak/secret_access_key", ""),
            ("b", "true"),
            ("big", "12345678901234567890"),
            ("l/0", "x"),
            ("l/1/y", "1"),
            ("n", ""),
        ]
    );
    assert_eq!(below(&plan.data, "/cl-1/role-env/"), [("r/b", "2.50"), ("r/own", "x\ny")]);
    let mapped = |ip: &str, name: &str| {
        let path = format!("/_metad/mapping/default/192.168.100.{ip}/{name}");
        value(&plan.access, &path).map(str::to_owned)
    };
    for replica_too in ["1", "2"] {
        assert_eq!(mapped(replica_too, "env/b").unwrap(), "/cl-1/role-env/r/b");
        assert_eq!(mapped(replica_too, "env/a").unwrap(), "/cl-1/env/a");
        assert_eq!(mapped(replica_too, "env"), None);
    }
    assert_eq!(mapped("3", "env").unwrap(), "/cl-1/env");
}

#[test]
fn reserved_addresses_come_from_the_block() {
    let text = r#"{"nodes": [{"role": "r", "count": 2, "reserved_ips": {"vip": {"value": ""}}}],
        "endpoints": {"reserved_ips": {"a": {"value": ""}, "b": {"value": "192.168.100.2"}}}}"#;
    let plan = wanted(text).plan();
    let ips: Vec<&str> = plan.hosts.iter().map(|host| host.ip.as_str()).collect();
    assert_eq!(
        ips,
        ["192.168.100.1", "192.168.100.3"],
        "an address that is asked for is kept free"
    );
    assert!(plan.hosts.iter().all(|host| host.reserved_ips[0].1 == "192.168.100.4"));
    let own = below(&plan.data, "/cl-1/cluster/endpoints/reserved_ips/");
    assert_eq!(own, [("a/value", "192.168.100.5"), ("b/value", "192.168.100.2")]);
    let claims = below(&plan.claims, "/_metactl/claims/ip/default/");
    assert_eq!(claims.len(), 3, "{claims:?}");
}

#[test]
fn root_access_is_a_rule() {
    let plan = wanted(r#"{"nodes": {"count": 1}, "metadata_root_access": true}"#).plan();
    let rule = value(&plan.access, "/_metad/rule/default/192.168.100.1");
    assert_eq!(rule, Some(r#"[{"path":"/","mode":1}]"#));
    assert!(value(&plan.data, &format!("/cl-1/hosts/{}/ip", plan.hosts[0].instance_id)).is_some());
    assert_eq!(plan.unmapped[0].as_str(), "/_metad/mapping/default/192.168.100.1/host");
}

#[test]
fn what_is_set_stands_instead() {
    let mut wanted = wanted(r#"{"nodes": {"count": 1}, "app_id": "app-1"}"#);
    wanted.set = vec![("app_id".into(), "app-2".into()), ("api_server/port".into(), "80".into())];
    let plan = wanted.plan();
    assert_eq!(value(&plan.data, "/cl-1/cluster/app_id"), Some("app-2"));
    assert_eq!(value(&plan.data, "/cl-1/cluster/api_server/port"), Some("80"));
}

#[test]
fn a_bound_that_is_too_low_is_told() {
    let wanted = wanted(r#"{"nodes": {"count": 3, "server_id_upper_bound": 2}}"#);
    let error = plan(&wanted.draft(), &BTreeSet::new(), &mut Draw::new(None)).unwrap_err();
    assert!(error.message().contains("end at 2"), "{error}");
}

proptest! {
    #[test]
    fn no_leaf_is_there_twice_and_ids_are_unique(
        counts in proptest::collection::vec((1u32..6, 0u32..3), 1..4), seed in any::<u64>(),
    ) {
        let nodes: Vec<String> = counts
            .iter()
            .enumerate()
            .map(|(index, (count, replica))| {
                format!(r#"{{"role": "r{index}", "count": {count}, "replica": {replica}, "env": {{"k": 1}}}}"#)
            })
            .collect();
        let wanted = wanted(&format!(r#"{{"nodes": [{}], "env": {{"k": 0}}}}"#, nodes.join(",")));
        let plan = plan(&wanted.draft(), &BTreeSet::new(), &mut Draw::new(Some(seed))).unwrap();
        let mut seen = BTreeSet::new();
        for (path, _) in plan.claims.iter().chain(&plan.data).chain(&plan.records).chain(&plan.access) {
            prop_assert!(seen.insert(path.clone()), "{} twice", path);
        }
        let distinct = |of: fn(&Host) -> String| plan.hosts.iter().map(of).collect::<BTreeSet<_>>().len();
        let count = plan.hosts.len();
        prop_assert_eq!(distinct(|host| host.ip.clone()), count);
        prop_assert_eq!(distinct(|host| host.sid.to_string()), count);
        prop_assert_eq!(distinct(|host| host.gsid.clone()), count);
        prop_assert_eq!(distinct(|host| host.mac.clone()), count);
        prop_assert_eq!(distinct(|host| host.instance_id.clone()), count);
        prop_assert_eq!(distinct(|host| host.gid.to_string()), counts.iter().map(|(count, _)| *count as usize).sum::<usize>());
    }
}
