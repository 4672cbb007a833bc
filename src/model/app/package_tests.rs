//! Cases of whole packages.

use super::*;
use crate::error::Kind;
use crate::model::app::yaml;

const CONFIG_TEXT: &str = r#"{"type": "array", "properties": [
  {"key": "cluster", "type": "array", "properties": [
    {"key": "vxnet", "type": "string", "default": "", "required": "yes"},
    {"key": "resource_group", "type": "string", "default": "small", "range": ["small", "large"]},
    {"key": "zk", "type": "service", "default": "", "required": "yes"},
    {"key": "node", "type": "array", "properties": [
      {"key": "cpu", "type": "integer", "default": 1, "range": [1, 2, 4], "resource_group": [1, 4]},
      {"key": "count", "type": "integer", "default": 3, "min": 1, "max": 9, "required": "yes"}]}]},
  {"key": "env", "type": "array", "properties": [
    {"key": "web.enabled", "type": "boolean", "default": true},
    {"key": "secret", "type": "password", "default": "x"},
    {"key": "key", "type": "accesskey", "default": ""}]},
  {"key": "service_params", "type": "array", "properties": [
    {"key": "p", "type": "string", "required": "yes"}]}]}"#;

const TEMPLATE_TEXT: &str = r#"{
  "vxnet": {{cluster.vxnet}},
  "links": {"zk_service": {{cluster.zk}}},
  "nodes": {"count": {{cluster.node.count}}, "cpu": {{cluster.node.cpu}},
    "services": {"x": {"type": "custom", "service_params": {"p": {{service_params.p}}}}}},
  "env": {"enabled": {{env.web.enabled}}, "admin.secret": {{env.secret}}, "ak": {{env.key}}}
}"#;

fn package() -> Package {
    Package { name: "test".into(), config: CONFIG_TEXT.into(), template: TEMPLATE_TEXT.into() }
}

fn wishes(set: &[(&str, &str)]) -> Wishes {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let links = vec![("zk_service".to_owned(), "cl-zk".to_owned())];
    Wishes { set: set.collect(), links, vxnet: "vxnet-0".into(), ..Wishes::default() }
}

/// The causes of the error that these wishes meet.
fn refused(package: &Package, wishes: &Wishes) -> Vec<String> {
    let error = package.describe(wishes).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    error.causes()
}

fn with_template(from: &str, to: &str) -> Package {
    assert!(TEMPLATE_TEXT.contains(from), "{from}");
    Package { template: TEMPLATE_TEXT.replace(from, to), ..package() }
}

#[test]
fn defaults_file_and_flags_follow_each_other() {
    let text = "cluster:\n  node: {cpu: 2, count: 5}\nenv.web.enabled: false\n".to_owned();
    let tree = yaml::parse(&text).unwrap();
    let file = Some(("values.yaml".to_owned(), text, tree));
    let wishes = Wishes { file, ..wishes(&[("cluster.node.count", "7")]) };
    let spec = package().describe(&wishes).unwrap().spec;
    assert_eq!((spec.roles[0].size.cpu, spec.roles[0].count), (2, 7));
    assert_eq!(spec.env[0].value.value, Json::Bool(false));
    assert_eq!(spec.vxnet, "vxnet-0");
    assert_eq!(spec.links[0].cluster.as_deref(), Some("cl-zk"));
}

#[test]
fn a_chosen_resource_group_brings_its_values() {
    let cpu =
        |set: &[(&str, &str)]| package().describe(&wishes(set)).unwrap().spec.roles[0].size.cpu;
    assert_eq!(cpu(&[]), 1);
    assert_eq!(cpu(&[("cluster.resource_group", "large")]), 4);
    assert_eq!(cpu(&[("cluster.resource_group", "large"), ("cluster.node.cpu", "2")]), 2);
}

#[test]
fn secrets_and_keys_are_known_by_their_types() {
    let described = package().describe(&wishes(&[])).unwrap();
    let keys: Vec<&str> = described.special.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(keys, ["admin.secret", "ak"]);
    assert_eq!(package().special(), described.special);
}

#[test]
fn wrong_values_name_who_set_them() {
    for (name, value, cause) in [
        (
            "cluster.node.count",
            "12",
            "--set, `cluster.node.count`: `12` is too large; an integer from 1 to 9 is accepted",
        ),
        (
            "cluster.node.count",
            "x",
            "--set, `cluster.node.count`: `x` is not an integer; an integer from 1 to 9 is accepted",
        ),
        (
            "cluster.node.cuont",
            "2",
            "--set, `cluster.node.cuont`: no property of the app has this name; near to it: `cluster.node.count` and `cluster.node.cpu`",
        ),
        (
            "cluster.node",
            "2",
            "--set, `cluster.node`: is a group; its properties are `cluster.node.count` and `cluster.node.cpu`",
        ),
        (
            "env.web.enabled",
            "yes",
            "--set, `env.web.enabled`: `yes` is not `true` or `false`; `true` or `false` is accepted",
        ),
    ] {
        assert_eq!(refused(&package(), &wishes(&[(name, value)])), [cause]);
    }
    let text = "cluster:\n  node:\n    cpu: 3\n    count: '5'\nenv: 7\n".to_owned();
    let tree = yaml::parse(&text).unwrap();
    let file = Some(("v.yaml".to_owned(), text, tree));
    assert_eq!(
        refused(&package(), &Wishes { file, ..wishes(&[]) }),
        [
            "v.yaml line 3, `cluster.node.cpu`: `3` is not accepted; one of `1`, `2` and `4` is",
            "v.yaml line 4, `cluster.node.count`: `\"5\"` is not an integer; an integer from 1 to 9 is accepted",
            "v.yaml line 5, `env`: is an integer; an object of properties is accepted",
        ]
    );
}

#[test]
fn links_are_known_by_their_services() {
    let none = Wishes { links: Vec::new(), ..wishes(&[]) };
    let causes = refused(&package(), &none);
    assert!(causes[0].starts_with("config.json line 5, `cluster.zk`: is required"), "{causes:?}");
    let wrong = Wishes { links: vec![("kz".into(), "cl-1".into())], ..wishes(&[]) };
    let causes = refused(&package(), &wrong);
    assert_eq!(causes, ["--link, `kz`: the app has no link of this name; links: `zk_service`"]);
    let own = Wishes { links: vec![("zk".into(), "cl-1".into())], ..wishes(&[]) };
    let spec = package().describe(&own).unwrap().spec;
    assert_eq!(spec.links[0].cluster.as_deref(), Some("cl-1"), "also by the property");
    let fixed = with_template("{{cluster.zk}}", "\"\"");
    assert!(refused(&fixed, &none)[0].contains("is required"));
}

#[test]
fn errors_after_rendering_name_the_line_of_the_template() {
    for (from, to, cause) in [
        (
            "{{cluster.vxnet}}",
            "\"{{cluster.vxnet}}\"",
            "cluster.json.mustache line 2: not JSON: a variable stands for a value with its quotes, so write `{{cluster.vxnet}}` without quotes around it",
        ),
        (
            "{{cluster.vxnet}},",
            "{{cluster.vxnet}}",
            "cluster.json.mustache line 3: not JSON once the values are in: expected `,` or `}`",
        ),
        (
            "\"cpu\": {{cluster.node.cpu}}",
            "\"cpu\": {{env.web.enabled}}",
            "cluster.json.mustache line 4, `nodes.cpu`: is `true`; an integer of at least 0 is accepted",
        ),
        (
            "{{env.secret}}",
            "{{env.secrte}}",
            "cluster.json.mustache line 6, `env.secrte`: no property of `config.json` has this name; near to it: `env.secret`",
        ),
        (
            "{{env.secret}}",
            "{{#env.secret}}",
            "cluster.json.mustache line 6, `env.secret`: the section has no end; `{{/env.secret}}` is missing",
        ),
    ] {
        assert_eq!(refused(&with_template(from, to), &wishes(&[])), [cause]);
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let broken = with_template("{{env.secret}}", "{{nothing}}");
    let broken = Package { template: broken.template.replace("{{env.key}}", "{{less}}"), ..broken };
    assert_eq!(refused(&broken, &wishes(&[])).len(), 2);
}
