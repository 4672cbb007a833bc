//! Cases of the rendered `cluster.json`.

use super::*;
use crate::model::app::json;

fn spec(text: &str) -> Result<Spec, Vec<Fault>> {
    Spec::read(&json::parse(text).unwrap())
}

#[test]
fn nodes_are_one_object_or_many() {
    let one = spec(r#"{"nodes": {"count": 3, "cpu": 2}}"#).unwrap();
    assert_eq!((one.roles[0].name.as_deref(), one.nodes()), (None, 3));
    assert_eq!(one.roles[0].size.volume_size, 0, "no volume, no disk");
    let listed = spec(r#"{"nodes": [{"count": 3, "role": ""}]}"#).unwrap();
    assert_eq!(listed.roles[0].name, None);
    let two = spec(
        r#"{"nodes": [{"role": "a", "count": 2, "replica": 1, "volume": {"size": 20, "class": 3}},
            {"role": "b", "count": 0, "unknown": {"kept": ["aside"]}}]}"#,
    )
    .unwrap();
    assert_eq!(two.nodes(), 4);
    assert_eq!((two.roles[0].size.volume_size, two.roles[0].size.volume_class), (20, 3));
    assert_eq!(two.roles[0].replica_name().as_deref(), Some("a-replica"));
}

#[test]
fn services_are_read() {
    let text = r#"{"nodes": {"count": 1, "services": {
        "start": {"cmd": "x", "order": 1, "timeout": 86400},
        "compact": {"type": "custom", "cmd": "y", "service_params": {"t": null}},
        "destroy": {"cmd": "z", "allow_force": false, "post_stop_service": true}}}}"#;
    let services = &spec(text).unwrap().roles[0].services;
    assert_eq!(services["start"].order, 1);
    assert!(services["compact"].custom && services["compact"].allow_force);
    assert!(!services["destroy"].allow_force && services["destroy"].post_stop_service);
}

#[test]
fn an_empty_link_is_none() {
    let text = r#"{"nodes": {"count": 1}, "links": {"a": "", "b": null, "c": "cl-1"}}"#;
    let clusters: Vec<_> = spec(text).unwrap().links.into_iter().map(|link| link.cluster).collect();
    assert_eq!(clusters, [None, None, Some("cl-1".to_owned())]);
}

#[test]
fn ports_may_refer_to_parameters() {
    let text = |port: &str| {
        format!(
            r#"{{"nodes": [{{"role": "r", "count": 1, "env": {{"own": 1}}}}],
                "env": {{"web.port": 80}}, "endpoints": {{"e": {{"port": {port}}}}}}}"#
        )
    };
    for port in
        ["80", "\"80\"", "\"30000-32767\"", "\"env.web.port\"", "\"env.r.own\"", "\"r.env.own\""]
    {
        assert_eq!(spec(&text(port)).unwrap().endpoints.len(), 1, "{port}");
    }
    for (port, part) in [
        ("65536", "from 0 to 65535"),
        ("1.5", "from 0 to 65535"),
        ("true", "a reference such as"),
        ("\"env.web.prot\"", "near to it: `env.web.port`"),
        ("\"r.env.web.port\"", "no parameter"),
    ] {
        let faults = spec(&text(port)).unwrap_err();
        assert_eq!(faults[0].property.as_deref(), Some("endpoints.e.port"));
        assert!(faults[0].message.contains(part), "{port}: {faults:?}");
    }
}

#[test]
fn what_is_wrong_has_its_property() {
    for (text, property, part) in [
        ("[]", "", "an object is accepted"),
        ("{}", "nodes", "is missing"),
        (r#"{"nodes": []}"#, "nodes", "no node at all"),
        (r#"{"nodes": {}}"#, "nodes.count", "is missing"),
        (r#"{"nodes": {"count": "3"}}"#, "nodes.count", "is `\"3\"`; an integer"),
        (r#"{"nodes": {"count": -1}}"#, "nodes.count", "at least 0"),
        (r#"{"nodes": {"count": 0}}"#, "nodes", "no node at all"),
        (r#"{"nodes": {"count": 1, "memory": 1.5}}"#, "nodes.memory", "an integer"),
        (r#"{"nodes": [{"count": 1}, {"count": 1}]}"#, "nodes[0].role", "each needs a role"),
        (
            r#"{"nodes": [{"count": 1, "role": "a"}, {"count": 1, "role": "a"}]}"#,
            "nodes[1].role",
            "twice",
        ),
        (r#"{"nodes": {"count": 1, "role": "a-replica"}}"#, "nodes.role", "those of replicas"),
        (r#"{"nodes": {"count": 1, "role": "a b"}}"#, "nodes.role", "letters, digits"),
        (r#"{"nodes": {"count": 1, "replica": 2}}"#, "nodes", "needs a `role`"),
        (r#"{"nodes": {"count": 1, "volume": 5}}"#, "nodes.volume", "is an integer; an object"),
        (r#"{"nodes": {"count": 1, "volume": {"size": "5"}}}"#, "nodes.volume.size", "an integer"),
        (r#"{"nodes": {"count": 1, "env": {"a/b": 1}}}"#, "nodes.env.a/b", "no name"),
        (
            r#"{"nodes": {"count": 1, "services": {"init": {"cmd": 5}}}}"#,
            "nodes.services.init.cmd",
            "a string",
        ),
        (
            r#"{"nodes": {"count": 1, "services": {"init": {"timeout": 90000}}}}"#,
            "nodes.services.init.timeout",
            "86400",
        ),
        (
            r#"{"nodes": {"count": 1}, "metadata_root_access": "yes"}"#,
            "metadata_root_access",
            "`true` or `false`",
        ),
        (r#"{"nodes": {"count": 1}, "links": {"zk": 5}}"#, "links.zk", "the id of a cluster"),
        (
            r#"{"nodes": {"count": 1}, "endpoints": {"reserved_ips": {"vip": {"value": "x"}}}}"#,
            "endpoints.reserved_ips.vip.value",
            "an ip address",
        ),
        (r#"{"nodes": {"count": 1}, "health_check": 1}"#, "health_check", "an object"),
    ] {
        let faults = spec(text).unwrap_err();
        let found = faults.iter().find(|fault| fault.property.as_deref() == Some(property));
        let found = found.unwrap_or_else(|| panic!("{text}: {faults:?}"));
        assert!(found.message.contains(part), "{text}: {found:?}");
    }
}
