//! Which nodes leave, and which may not.

use proptest::prelude::*;

use super::*;
use crate::error::Kind;
use crate::model::app::package::Package;
use crate::model::path::Path;
use crate::model::scale::present::Leaves;

/// Hosts as `role/instance sid gid`; the ip is made from the server id.
fn present(hosts: &[(&str, u32, u32)]) -> Present {
    let leaves = hosts.iter().flat_map(|(host, sid, gid)| {
        [
            ("sid", sid.to_string()),
            ("gid", gid.to_string()),
            ("ip", format!("10.0.{}.{}", sid / 250, sid % 250)),
            ("node_id", format!("cln-{sid}")),
        ]
        .map(|(leaf, value)| (format!("hosts/{host}/{leaf}"), value))
    });
    Present::new(Path::parse("/cl-1").unwrap(), leaves, Leaves::new())
}

fn groups() -> Present {
    present(&[
        ("m/i-1", 1, 1),
        ("m/i-2", 2, 2),
        ("m/i-10", 10, 3),
        ("m-replica/i-4", 4, 1),
        ("m-replica/i-5", 5, 2),
        ("m-replica/i-6", 6, 3),
        ("g/i-7", 7, 4),
        ("g/i-8", 8, 5),
    ])
}

fn ids(nodes: &[Node]) -> Vec<&str> {
    nodes.iter().map(|node| node.instance_id.as_str()).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_highest_leave_with_their_replicas() {
    let present = groups();
    assert_eq!(ids(&highest(&present, Some("g"), 1).unwrap()), ["i-8"]);
    assert_eq!(ids(&highest(&present, Some("m"), 2).unwrap()), ["i-10", "i-2", "i-5", "i-6"]);
    assert!(highest(&present, Some("m"), 4).unwrap_err().message().contains("has 3"));
    assert!(highest(&present, Some("m"), 0).is_err());
}

#[test]
fn a_node_has_three_names_and_is_named_once() {
    let present = groups();
    let found = named(&present, &names(&["10.0.0.7", "cln-8", "i-1"])).unwrap();
    assert_eq!(ids(&found), ["i-7", "i-8", "i-1"]);
    let twice = named(&present, &names(&["i-7", "cln-7"])).unwrap_err();
    assert!(twice.message().contains("second time"), "{twice}");
    let unknown = named(&present, &names(&["i-99"])).unwrap_err();
    assert_eq!(unknown.kind(), Kind::NotFound);
}

#[test]
fn groups_are_not_torn() {
    let present = groups();
    let refused = |of: &[&str], force| {
        let leaving = named(&present, &names(of)).unwrap();
        check(&present, &leaving, None, force).err().map(|error| error.message().to_owned())
    };
    assert!(refused(&["i-2"], true).unwrap().contains("without its replicas `i-5`"));
    assert!(refused(&["i-5"], false).unwrap().contains("its master `i-2`"));
    assert_eq!(refused(&["i-5"], true), None);
    assert_eq!(refused(&["i-5", "i-2", "i-8"], false), None);
}

#[test]
fn somebody_stays() {
    let present = present(&[("i-1", 1, 1), ("i-2", 2, 2)]);
    let all = named(&present, &names(&["i-1", "i-2"])).unwrap();
    let error = check(&present, &all, None, true).unwrap_err();
    assert!(error.message().contains("no node of cluster `cl-1` would be left"));
    check(&present, &all[..1], None, false).unwrap();
}

#[test]
fn the_app_says_how_many_stay() {
    const CONFIG: &str = r#"{"type": "array", "properties": [{"key": "cluster", "type": "array",
      "properties": [{"key": "m", "type": "array", "properties": [
        {"key": "count", "type": "integer", "default": 3, "range": [1, 3]}]}]}]}"#;
    let app = |actions: &str| {
        let template = format!(
            r#"{{"nodes": [{{"role": "m", "count": {{{{cluster.m.count}}}}}}], "advanced_actions": [{actions}]}}"#
        );
        App::of(&Package { name: String::new(), config: CONFIG.to_owned(), template }).unwrap()
    };
    let present = groups();
    let check = |count, actions: &str| {
        let leaving = highest(&present, Some("m"), count).unwrap();
        let app = app(actions);
        check(&present, &leaving, Some(&app), false).err().map(|error| error.message().to_owned())
    };
    assert!(check(1, r#""scale_horizontal""#).unwrap().contains("`cluster.m.count`: `2`"));
    assert_eq!(check(2, r#""scale_horizontal""#), None);
    assert!(check(2, "").unwrap().contains("does not let users change"));
}

#[test]
fn an_address_is_free_when_its_role_is_gone() {
    let leaves = [
        ("hosts/a/i-1/reserved_ips/vip/value", "10.0.0.9"),
        ("hosts/a/i-2/reserved_ips/vip/value", "10.0.0.9"),
        ("hosts/b/i-3/reserved_ips/vip/value", "10.0.0.8"),
        ("hosts/b/i-3/reserved_ips/own/value", "10.0.0.7"),
        ("cluster/endpoints/reserved_ips/own/value", "10.0.0.7"),
    ];
    let owned = leaves.map(|(path, value)| (path.to_owned(), value.to_owned()));
    let present = Present::new(Path::parse("/cl-1").unwrap(), owned, Leaves::new());
    let leaving = named(&present, &names(&["i-1", "i-3"])).unwrap();
    assert_eq!(freed_addresses(&present, &leaving), BTreeSet::from(["10.0.0.8".to_owned()]));
}

proptest! {
    #[test]
    fn who_stays_has_lower_server_ids_whatever_the_instance_ids(
        sids in prop::collection::btree_set(1u32..200, 2..20),
        letters in prop::collection::vec("[a-z0-9]{8}", 20),
        count in 1u32..20,
    ) {
        let hosts: Vec<(String, u32, u32)> = sids
            .iter()
            .zip(&letters)
            .map(|(sid, letters)| (format!("r/i-{letters}{sid}"), *sid, *sid))
            .collect();
        let borrowed: Vec<_> = hosts.iter().map(|(name, sid, gid)| (name.as_str(), *sid, *gid)).collect();
        let present = present(&borrowed);
        match highest(&present, Some("r"), count) {
            Ok(leaving) => {
                prop_assert_eq!(leaving.len(), count as usize);
                let lowest = leaving.iter().map(|node| node.sid).min().unwrap();
                let stay = sids.iter().filter(|sid| !leaving.iter().any(|node| node.sid == **sid));
                prop_assert!(stay.into_iter().all(|sid| *sid < lowest));
                prop_assert_eq!(check(&present, &leaving, None, false).is_ok(), leaving.len() < sids.len());
            }
            Err(_) => prop_assert!(count as usize > sids.len()),
        }
    }
}
