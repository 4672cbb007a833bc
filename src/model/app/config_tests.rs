//! Cases of `config.json`.

use super::*;
use crate::model::app::json;
use crate::model::app::property::Type;

fn config(properties: &str) -> Result<Config, Vec<Fault>> {
    Config::parse(&format!("{{\"type\": \"array\", \"properties\": [\n{properties}\n]}}"))
}

/// One integer property `p` with more members.
fn integer(more: &str) -> Property {
    let text = format!("{{\"key\": \"p\", \"type\": \"integer\"{more}}}");
    config(&text).unwrap().get("p").unwrap().clone()
}

fn text(more: &str) -> Property {
    let text = format!("{{\"key\": \"p\", \"type\": \"string\"{more}}}");
    config(&text).unwrap().get("p").unwrap().clone()
}

fn check(property: &Property, value: &str) -> Result<(), String> {
    property.check(&json::parse(value).unwrap().value)
}

#[test]
fn properties_have_dotted_paths() {
    let config = config(
        r#"{"key": "cluster", "type": "array", "properties": [
            {"key": "name", "type": "string"},
            {"key": "node", "type": "array", "properties": [{"key": "cpu", "type": "integer"}]}]},
           {"key": "env", "type": "array", "properties": [
            {"key": "web.console.enabled", "type": "boolean"}, {"key": "new", "type": "eip"}]}"#,
    )
    .unwrap();
    let paths = ["cluster.name", "cluster.node.cpu", "env.new", "env.web.console.enabled"];
    assert_eq!(config.paths(), paths);
    assert!(config.is_group("cluster.node") && !config.is_group("cluster.name"));
    assert!(config.is_group("env") && !config.is_group("en"));
    assert_eq!(config.get("env.new").unwrap().kind, Type::Other("eip".into()));
}

#[test]
fn attributes_have_their_usual_values() {
    let plain = integer("");
    assert!(!plain.required && plain.changeable && !plain.multichoice);
    assert_eq!(plain.separator, ",");
    let full = integer(r#", "required": "yes", "changeable": false, "default": 4, "step": 2"#);
    assert!(full.required && !full.changeable);
    assert_eq!(full.step, Some(2.0));
    assert!(integer(r#", "required": true, "default": 1"#).required);
}

#[test]
fn sizes_ranges_and_patterns_are_checked() {
    let sized = integer(r#", "min": 10, "max": 100, "step": 10, "required": "yes", "default": 10"#);
    check(&sized, "10").unwrap();
    for (value, part) in [
        ("9", "`9` is too small; an integer from 10 to 100 in steps of 10 is accepted"),
        ("110", "too large"),
        ("15", "between two steps"),
        ("\"20\"", "`\"20\"` is not an integer"),
        ("1.5", "`1.5` is not an integer"),
        ("null", "is required"),
        ("[]", "is required"),
    ] {
        let why = check(&sized, value).unwrap_err();
        assert!(why.contains(part), "{value}: {why}");
    }
    let ranged = integer(r#", "range": [1, 2, 4]"#);
    check(&ranged, "4").unwrap();
    assert_eq!(check(&ranged, "3").unwrap_err(), "`3` is not accepted; one of `1`, `2` and `4` is");
    let ahead = text(r#", "pattern": "^(?=.*[0-9])[a-z0-9]{3,}$""#);
    check(&ahead, "\"abc1\"").unwrap();
    assert!(check(&ahead, "\"abc\"").unwrap_err().contains("does not match"));
    check(&ahead, "\"\"").expect("an optional text may be left empty");
}

#[test]
fn a_multiple_choice_is_checked_part_by_part() {
    let choice = text(r#", "range": ["a", "b", "c"], "multichoice": true, "separator": ";""#);
    check(&choice, "\"a; c\"").unwrap();
    let why = check(&choice, "\"a;d\"").unwrap_err();
    assert_eq!(why, "`d` is not accepted; any of `a`, `b` and `c`, joined by `;`, is");
}

#[test]
fn a_secret_is_never_shown() {
    let secret = r#"{"key": "p", "type": "password", "pattern": "^x+$", "range": ["xx"]}"#;
    let secret = config(secret).unwrap().get("p").unwrap().clone();
    for value in ["\"hunter2\"", "12345"] {
        let why = check(&secret, value).unwrap_err();
        assert!(!why.contains("hunter2") && !why.contains("12345"), "{why}");
    }
}

#[test]
fn words_become_values_of_the_type() {
    assert_eq!(integer("").read("5").unwrap(), Json::Number("5".into()));
    assert!(integer("").read("5x").is_err());
    assert_eq!(text("").read("5").unwrap(), Json::Text("5".into()));
    let list = r#"{"key": "p", "type": "array"}"#;
    let list = config(list).unwrap().get("p").unwrap().clone();
    assert_eq!(list.read("[1,2]").unwrap().to_string(), "[1,2]");
    assert!(list.read("1,2").is_err());
}

#[test]
fn what_is_wrong_has_line_and_property() {
    for (properties, line, property, part) in [
        ("\n{\"key\": \"a\"}", 3, "a", "has no `type`"),
        ("{\"type\": \"integer\"}", 2, "properties", "has no `key`"),
        ("{\"key\": \"a\", \"type\": 5}", 2, "a.type", "is `5`; a string"),
        ("{\"key\": \"a\", \"type\": \"integer\",\n\"default\": \"x\"}", 3, "a", "default `\"x\"`"),
        (
            "{\"key\": \"a\", \"type\": \"integer\",\n\"default\": 3, \"max\": 2}",
            3,
            "a",
            "too large",
        ),
        ("{\"key\": \"a\", \"type\": \"integer\",\n\"min\": \"1\"}", 3, "a.min", "a number"),
        ("{\"key\": \"a\", \"type\": \"string\",\n\"range\": \"x\"}", 3, "a.range", "a list"),
        ("{\"key\": \"a\", \"type\": \"string\",\n\"required\": \"maybe\"}", 3, "a", "`yes`, `no`"),
        (
            "{\"key\": \"a\", \"type\": \"string\",\n\"pattern\": \"[\"}",
            3,
            "a",
            "regular expression",
        ),
        (
            "{\"key\": \"a\", \"type\": \"string\"},\n{\"key\": \"a\", \"type\": \"string\"}",
            3,
            "a",
            "twice",
        ),
        ("{\"key\": \"g\", \"properties\": [\n{\"key\": \"a\"}]}", 3, "g.a", "has no `type`"),
        ("5", 2, "properties", "an object is accepted"),
    ] {
        let text = format!("{{\"properties\": [\n{properties}\n]}}");
        let faults = Config::parse(&text).unwrap_err();
        let fault = &faults[0];
        assert_eq!(json::line(&text, fault.at), line, "{properties}: {fault:?}");
        assert_eq!(fault.property.as_deref(), Some(property), "{fault:?}");
        assert!(fault.message.contains(part), "{fault:?}");
    }
    let faults = Config::parse("{\n\"properties\": [}").unwrap_err();
    assert!(faults[0].message.starts_with("not JSON: "), "{faults:?}");
    assert!(Config::parse("{}").unwrap_err()[0].message.contains("has no `properties`"));
}
