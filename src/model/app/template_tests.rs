//! Cases of the template renderer.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::app::json;

struct Table(BTreeMap<String, Json>);

impl Names for Table {
    fn value(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    fn is_group(&self, name: &str) -> bool {
        self.0.keys().any(|key| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    fn known(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

fn table(entries: &[(&str, &str)]) -> Table {
    let value = |text: &str| json::parse(text).unwrap().value;
    Table(entries.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect())
}

fn rendered(template: &str, entries: &[(&str, &str)]) -> String {
    Template::parse(template).unwrap().render(&table(entries)).unwrap().text
}

#[test]
fn a_variable_is_the_json_of_its_value() {
    let values = [("a.b", "\"x\\\"y\""), ("n", "1.50"), ("l", "[1,2]"), ("e.c.d", "true")];
    assert_eq!(rendered("{{a.b}} {{ n }}", &values), "\"x\\\"y\" 1.50");
    assert_eq!(rendered("{{{l}}},{{& e.c.d }}{{! gone }}", &values), "[1,2],true");
}

#[test]
fn sections_follow_the_value() {
    let values = [("on", "true"), ("off", "false"), ("l", "[1,2]"), ("g.x.n", "7"), ("z", "0")];
    assert_eq!(rendered("{{#on}}1{{/on}}{{#off}}2{{/off}}{{^off}}3{{/off}}", &values), "13");
    assert_eq!(rendered("{{#l}}<{{.}}>{{/l}}{{^z}}z{{/z}}", &values), "<1><2>z");
    assert_eq!(rendered("{{#g.x}}{{n}}{{/g.x}}{{^none}}n{{/none}}", &values), "7n");
}

#[test]
fn wrong_tags_name_their_place() {
    for (text, at, part) in [
        ("ab{{x", 2, "not closed"),
        ("{{#x}}", 0, "{{/x}}"),
        ("{{#x}}{{/y}}", 6, "`x`"),
        ("{{/y}}", 0, "never opened"),
        ("{{>p}}", 0, "partials"),
        ("{{=<% %>=}}", 0, "delimiters"),
        ("{{ }}", 0, "names no variable"),
    ] {
        let fault = Template::parse(text).unwrap_err();
        assert_eq!(fault.at, at, "{text}");
        assert!(fault.message.contains(part), "{text}: {fault:?}");
    }
}

#[test]
fn an_unknown_name_is_told_its_neighbours() {
    let template = Template::parse("{\n{{cluster.cuont}} {{cluster}}").unwrap();
    let faults = template.render(&table(&[("cluster.count", "1")])).unwrap_err();
    assert_eq!(faults[0].at, 2);
    assert!(faults[0].message.contains("`cluster.count`"), "{faults:?}");
    assert!(faults[1].message.contains("a group"), "{faults:?}");
}

#[test]
fn places_lead_back_to_the_template() {
    let text = "ab{{n}}cd{{! x }}e";
    let values = table(&[("n", "12345")]);
    let out = Template::parse(text).unwrap().render(&values).unwrap();
    assert_eq!(out.text, "ab12345cde");
    let sources: Vec<usize> = (0..10).map(|at| out.source(at)).collect();
    assert_eq!(sources, [0, 1, 2, 2, 2, 2, 2, 7, 8, 17]);
    assert_eq!(out.variable(4), Some("n"));
    assert_eq!(out.variable(7), None);
}

proptest! {
    #[test]
    fn a_text_without_tags_is_itself(text in "[^{]*") {
        prop_assert_eq!(rendered(&text, &[]), text);
    }

    #[test]
    fn nothing_makes_it_panic(text in "[{}#^/!&>= a.é\n]*") {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.render(&table(&[("a", "1"), ("a.a", "[true]")]));
        }
    }

    #[test]
    fn text_values_are_json(value in ".*") {
        let text = Json::Text(value.clone()).to_string();
        let out = rendered("[{{v}}]", &[("v", &text)]);
        prop_assert_eq!(serde_json::from_str::<Vec<String>>(&out).unwrap(), vec![value]);
    }
}
