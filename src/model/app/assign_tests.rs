//! What parameters accept.

use super::super::package::Package;
use super::*;

const CONFIG: &str = r#"{"type": "array", "properties": [
  {"key": "env", "type": "array", "properties": [
    {"key": "port", "type": "integer", "default": 80, "min": 1, "max": 100, "required": "yes"},
    {"key": "ratio", "type": "number", "default": 0.5, "min": 0, "step": 0.25},
    {"key": "name", "type": "string", "default": "abc", "pattern": "^[a-z]+$", "changeable": false},
    {"key": "key", "type": "accesskey", "default": "", "required": "no"},
    {"key": "list", "type": "array", "default": []},
    {"key": "pass", "type": "password", "default": "secret1", "pattern": "[0-9]"},
    {"key": "m", "type": "array", "properties": [
      {"key": "own", "type": "boolean", "default": false}]}]}]}"#;
const TEMPLATE: &str = r#"{"nodes": [{"role": "m", "count": 1, "env": {"own": {{env.m.own}}}}],
    "env": {"port": {{env.port}}, "ratio": {{env.ratio}}, "name": {{env.name}},
      "key": {{env.key}}, "list": {{env.list}}, "pass": {{env.pass}}, "fixed": 1}}"#;

fn app() -> App {
    let [config, template] = [CONFIG, TEMPLATE].map(str::to_owned);
    App::of(&Package { name: String::new(), config, template }).unwrap()
}

fn present() -> Present {
    let leaves = [
        ("port", "80"),
        ("name", "abc"),
        ("key/access_key_id", "A"),
        ("key/secret_access_key", "S"),
        ("stray", "1"),
        ("fixed", "1"),
    ];
    leaves.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn set(role: Option<&str>, key: &str, text: &str) -> Result<(Written, bool), String> {
    Rules { app: &app(), role, present: &present() }.set(key, text)
}

#[test]
fn what_is_accepted_is_written() {
    let leaf = |text: &str| Ok((Written::Leaf(text.to_owned()), true));
    assert_eq!(set(None, "port", "81"), leaf("81"));
    assert_eq!(set(None, "ratio", "0.75"), leaf("0.75"));
    assert_eq!(set(None, "ratio", ""), leaf(""));
    assert_eq!(set(None, "name", "abc"), leaf("abc"));
    assert_eq!(set(None, "pass", "x1"), leaf("x1"));
    assert_eq!(set(None, "list", "[]"), leaf(""));
    assert_eq!(set(Some("m"), "own", "true"), leaf("true"));
    assert_eq!(set(None, "key/secret_access_key", "T"), leaf("T"));
    // What is there though the app's defaults do not have it is not checked.
    assert_eq!(set(None, "stray", "2"), Ok((Written::Leaf("2".to_owned()), false)));
    for (key, text) in
        [("list", "[1, 2]"), ("key", r#"{"secret_access_key": "s", "access_key_id": "a"}"#)]
    {
        assert!(matches!(set(None, key, text), Ok((Written::Directory(_), true))), "{key}");
    }
    let Ok((Written::Directory(empty), _)) = set(None, "key", "") else { panic!() };
    assert_eq!(empty.members().len(), 2);
}

#[test]
fn what_is_not_is_told() {
    for (role, key, text, part) in [
        (None, "port", "x", "`x` is not an integer; an integer from 1 to 100 is accepted"),
        (None, "port", "101", "is too large"),
        (None, "port", "", "is required"),
        (None, "ratio", "0.3", "between two steps"),
        (None, "name", "abcd", "cannot be changed"),
        (None, "key", "AKID", "is a pair of keys; `key/access_key_id=…`"),
        (None, "key", r#"{"access_key_id": "a"}"#, "is a pair of keys"),
        (None, "key/half", "x", "is no half"),
        (None, "pass", "hidden", "the value does not match the pattern"),
        (None, "prot", "1", "is no parameter of the app; near to it: `port`"),
        (None, "own", "true", "add `--role m`"),
        (Some("m"), "ratio", "1", "leave `--role` out"),
        (Some("m"), "owm", "true", "near to it: `own`"),
        (None, "fixed", "2", "is given its value by the app"),
    ] {
        let why = set(role, key, text).unwrap_err();
        assert!(why.contains(part), "{key}={text}: {why}");
        assert!(!why.contains("hidden"), "{why}");
    }
}

#[test]
fn what_is_required_stays() {
    let (app, present) = (app(), present());
    let rules = Rules { app: &app, role: None, present: &present };
    assert!(rules.unset("port").unwrap_err().contains("is required"));
    assert!(rules.unset("name").unwrap_err().contains("cannot be changed"));
    assert!(rules.unset("fixed").is_err());
    assert!(rules.unset("key").is_ok() && rules.unset("stray").is_ok());
    assert!(rules.is_present("key") && !rules.is_present("ke"));
}
