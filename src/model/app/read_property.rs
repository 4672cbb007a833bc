//! A property as `config.json` spells it.

use super::fields::Fields;
use super::json::{Json, Node};
use super::problem::Fault;
use super::property::{Pattern, Property, Type};

/// Reads one property that has no properties of its own; its default must be
/// one of the values it accepts.
pub fn read(node: &Node, path: String, line: usize, faults: &mut Vec<Fault>) -> Option<Property> {
    let fields = Fields::of(node, &path, faults)?;
    let kind = fields.text("type", faults);
    if kind.is_none() && fields.get("type").is_none() {
        faults.push(Fault::new(node.start, &path, "has no `type`, such as `string` or `integer`"));
    }
    let list = |name: &str, faults: &mut Vec<Fault>| -> Vec<Json> {
        let values = fields.list(name, faults).unwrap_or_default();
        values.iter().map(|value| value.value.clone()).collect()
    };
    let (min, max, step) =
        (fields.number("min", faults), fields.number("max", faults), fields.number("step", faults));
    let separator = fields.text("separator", faults).filter(|text| !text.is_empty()).unwrap_or(",");
    let property = Property {
        kind: Type::named(kind?),
        default: fields.get("default").map(|node| node.value.clone()),
        required: yes(&fields, "required", faults).unwrap_or(false),
        range: list("range", faults),
        min,
        max,
        step,
        pattern: pattern(&fields, faults),
        changeable: yes(&fields, "changeable", faults).unwrap_or(true),
        multichoice: yes(&fields, "multichoice", faults).unwrap_or(false),
        separator: separator.to_owned(),
        resource_group: match fields.get("resource_group") {
            Some(_) => list("resource_group", faults),
            None => Vec::new(),
        },
        limits: limits(&fields),
        line,
        path,
    };
    check_default(&fields, &property, faults);
    Some(property)
}

/// The ids of apps, each with the versions that are accepted.
fn limits(fields: &Fields<'_>) -> Vec<String> {
    let apps = fields.get("limits").map_or(&[][..], |node| node.value.members());
    apps.iter().map(|app| app.key.clone()).collect()
}

/// An empty default means that there is none.
fn check_default(fields: &Fields<'_>, property: &Property, faults: &mut Vec<Fault>) {
    let Some(node) = fields.get("default").filter(|node| !node.value.is_empty()) else { return };
    if let Err(why) = property.check(&node.value) {
        faults.push(Fault::new(node.start, &property.path, format!("default {why}")));
    }
}

/// `yes` and `no`, or `true` and `false`, also as texts.
fn yes(fields: &Fields<'_>, name: &str, faults: &mut Vec<Fault>) -> Option<bool> {
    let node = fields.get(name)?;
    match &node.value {
        Json::Bool(boolean) => Some(*boolean),
        Json::Text(text) if matches!(text.as_str(), "yes" | "true") => Some(true),
        Json::Text(text) if matches!(text.as_str(), "no" | "false" | "") => Some(false),
        other => {
            let message =
                format!("{name} is `{other}`; `yes`, `no`, `true` or `false` is accepted");
            faults.push(Fault::new(node.start, fields.path(), message));
            None
        }
    }
}

fn pattern(fields: &Fields<'_>, faults: &mut Vec<Fault>) -> Option<Pattern> {
    let source = fields.text("pattern", faults).filter(|source| !source.is_empty())?;
    match fancy_regex::Regex::new(source) {
        Ok(compiled) => Some(Pattern { source: source.to_owned(), compiled }),
        Err(error) => {
            let at = fields.get("pattern").map_or(fields.at(), |node| node.start);
            let message = format!("pattern `{source}` is not a regular expression: {error}");
            faults.push(Fault::new(at, fields.path(), message));
            None
        }
    }
}
