//! What an upgrade makes of parameters.

use super::super::package::Package;
use super::*;

fn app(env: &[(&str, &str)], fixed: &str) -> App {
    let properties = env.iter().map(|(key, rest)| format!(r#"{{"key": "{key}", {rest}}}"#));
    let config = format!(
        r#"{{"type": "array", "properties": [{{"key": "env", "type": "array",
            "properties": [{}]}}]}}"#,
        properties.collect::<Vec<_>>().join(",")
    );
    let env = env.iter().map(|(key, _)| format!(r#""{key}": {{{{env.{key}}}}}, "#));
    let env: String = env.collect();
    let template = format!(r#"{{"nodes": {{"count": 1}}, "env": {{{env}"fixed": {fixed}}}}}"#);
    App::of(&Package { name: String::new(), config, template }).unwrap()
}

const PORT: &str = r#""type": "integer", "default": 80, "max": 100"#;

fn present() -> BTreeMap<Option<String>, Present> {
    let leaves = [("port", "90"), ("gone", "x"), ("pass", "secret"), ("mine", "1"), ("fixed", "1")];
    [(None, leaves.map(|(key, value)| (key.to_owned(), value.to_owned())).into())].into()
}

fn difference(new: &App, set: &[(&str, &str)]) -> Result<Difference, Vec<String>> {
    let old = app(&[("port", PORT), ("gone", r#""type": "string", "default": """#)], "1");
    let mut values = Values::new(&new.config);
    set.iter().for_each(|(path, text)| values.set_text(path, text, "--set").unwrap());
    let present = present();
    Upgrade { old: Some(&old), new, values: &values, present: &present }.difference()
}

fn key(key: &str) -> Key {
    (None, key.to_owned())
}

#[test]
fn values_stay_new_ones_come_and_old_ones_go() {
    let new = app(&[("port", PORT), ("more", r#""type": "integer", "default": 3"#)], "2");
    let found = difference(&new, &[]).unwrap();
    assert_eq!(found.added, [(key("more"), Written::Leaf("3".to_owned()))]);
    assert_eq!(found.changed, [(key("fixed"), "1".to_owned(), "2".to_owned())]);
    assert_eq!(found.vanished, [key("gone")]);
    let found = difference(&new, &[("env.port", "70"), ("env.more", "4")]).unwrap();
    assert_eq!(found.added, [(key("more"), Written::Leaf("4".to_owned()))]);
    assert!(found.changed.contains(&(key("port"), "90".to_owned(), "70".to_owned())));
}

#[test]
fn what_does_not_fit_is_told() {
    let new = app(
        &[
            ("port", r#""type": "integer", "default": 50, "max": 60"#),
            ("must", r#""type": "string", "default": "", "required": "yes""#),
        ],
        "1",
    );
    let problems = difference(&new, &[]).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems.iter().any(|one| one.contains("`must` is required")), "{problems:?}");
    assert!(problems.iter().any(|one| one.contains("`90` is too large")), "{problems:?}");
    let found = difference(&new, &[("env.port", "60"), ("env.must", "x")]).unwrap();
    assert_eq!((found.added.len(), found.changed.len()), (1, 1));
    // A secret is never written down as what was there before.
    let new = app(&[("pass", r#""type": "password", "default": """#)], "1");
    let problems = difference(&new, &[("env.pass", "other")]).unwrap_err();
    assert!(problems[0].contains("`metactl env set`"), "{problems:?}");
}
