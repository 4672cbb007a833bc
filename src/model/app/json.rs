//! JSON with the place of every value, so that an error can name its line.

use std::fmt::Write;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

/// A value and where it stands in its text, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub start: usize,
    pub end: usize,
    pub value: Json,
}

/// A JSON value; numbers keep their spelling, objects their order.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub key: String,
    pub key_start: usize,
    pub node: Node,
}

/// Why a text is no JSON: the place in bytes and the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub at: usize,
    pub message: String,
}

/// Reads a text as strict JSON: no comments, no trailing commas, one value.
/// Of members with the same name in one object the last one counts.
pub fn parse(text: &str) -> Result<Node, Broken> {
    // serde_json is the judge of what JSON is; the other parser knows the places.
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| broken(text, &error))?;
    let collect = CollectOptions { tokens: false, ..CollectOptions::default() };
    let elsewhere = |message: String| Broken { at: 0, message };
    jsonc_parser::parse_to_ast(text, &collect, &ParseOptions::default())
        .map_err(|error| elsewhere(error.to_string()))?
        .value
        .map(|value| node(&value))
        .ok_or_else(|| elsewhere("there is no value".to_owned()))
}

fn broken(text: &str, error: &serde_json::Error) -> Broken {
    let start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (start + error.column().saturating_sub(1)).min(text.len());
    let message = error.to_string();
    let sentence = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    Broken { at, message: sentence.to_owned() }
}

fn node(value: &Value<'_>) -> Node {
    let range = value.range();
    let json = match value {
        Value::StringLit(text) => Json::Text(text.value.to_string()),
        Value::NumberLit(number) => Json::Number(number.value.to_owned()),
        Value::BooleanLit(boolean) => Json::Bool(boolean.value),
        Value::NullKeyword(_) => Json::Null,
        Value::Array(array) => Json::Array(array.elements.iter().map(node).collect()),
        Value::Object(object) => {
            let mut members: Vec<Member> = Vec::new();
            for property in &object.properties {
                let key = property.name.as_str().to_owned();
                members.retain(|earlier| earlier.key != key);
                let node = node(&property.value);
                members.push(Member { key, key_start: property.range.start, node });
            }
            Json::Object(members)
        }
    };
    Node { start: range.start, end: range.end, value: json }
}

/// The line of a place, counted from 1.
pub fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

impl Node {
    /// A value that stands nowhere.
    pub fn bare(value: Json) -> Node {
        Node { start: 0, end: 0, value }
    }

    /// The member of that name, when this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.value.members().iter().find(|member| member.key == key).map(|member| &member.node)
    }
}

impl Json {
    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[Member] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, as far as a double holds it.
    pub fn number(&self) -> Option<f64> {
        match self {
            Json::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// The number, when it is a whole one that 64 bits hold.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Json::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// Whether there is nothing in it: null, an empty text, list or object.
    pub fn is_empty(&self) -> bool {
        match self {
            Json::Null => true,
            Json::Text(text) => text.is_empty(),
            Json::Array(elements) => elements.is_empty(),
            Json::Object(members) => members.is_empty(),
            Json::Bool(_) | Json::Number(_) => false,
        }
    }

    /// Whether a mustache section over it is shown.
    pub fn is_truthy(&self) -> bool {
        match self {
            Json::Bool(boolean) => *boolean,
            Json::Number(_) => self.number() != Some(0.0),
            _ => !self.is_empty(),
        }
    }

    /// Equal as values: `1` and `1.0` are, places and spelling do not count.
    pub fn same(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Number(left), Json::Number(right)) => {
                left == right || self.number() == other.number()
            }
            (Json::Array(left), Json::Array(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| left.value.same(&right.value))
            }
            (Json::Object(left), Json::Object(right)) => {
                left.len() == right.len()
                    && left.iter().all(|member| {
                        let same = |other: &&Member| {
                            other.key == member.key && other.node.value.same(&member.node.value)
                        };
                        right.iter().find(same).is_some()
                    })
            }
            _ => self == other,
        }
    }

    /// What kind of value it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(number) if number.contains(['.', 'e', 'E']) => "a number",
            Json::Number(_) => "an integer",
            Json::Text(_) => "a string",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// The value as a leaf of the tree holds it: a string without its quotes,
    /// everything else as JSON.
    pub fn leaf(&self) -> String {
        match self {
            Json::Null => String::new(),
            Json::Text(text) => text.clone(),
            _ => self.to_string(),
        }
    }
}

/// Compact JSON.
impl std::fmt::Display for Json {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(boolean) => write!(out, "{boolean}"),
            Json::Number(number) => out.write_str(number),
            Json::Text(text) => quoted(text, out),
            Json::Array(elements) => {
                out.write_char('[')?;
                for (index, element) in elements.iter().enumerate() {
                    out.write_str(if index > 0 { "," } else { "" })?;
                    write!(out, "{}", element.value)?;
                }
                out.write_char(']')
            }
            Json::Object(members) => {
                out.write_char('{')?;
                for (index, member) in members.iter().enumerate() {
                    out.write_str(if index > 0 { "," } else { "" })?;
                    quoted(&member.key, out)?;
                    write!(out, ":{}", member.node.value)?;
                }
                out.write_char('}')
            }
        }
    }
}

fn quoted(text: &str, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    out.write_str(&serde_json::to_string(text).map_err(|_| std::fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_and_lines_are_kept() {
        let text = "{\n  \"a\": 1,\n  \"b\": [true, null]\n}";
        let node = parse(text).unwrap();
        let b = node.get("b").unwrap();
        assert_eq!(line(text, b.start), 3);
        assert_eq!(&text[b.start..b.end], "[true, null]");
        assert_eq!(b.value.to_string(), "[true,null]");
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        for (text, wrong_line) in [
            ("{\n\"a\": 1,\n}", 3),
            ("{\n// no\n\"a\": 1}", 2),
            ("{\"a\": 'x'}", 1),
            ("{\n\n\"a\": \n", 4),
            ("", 1),
            ("{} {}", 1),
            ("[1 2]", 1),
        ] {
            let broken = parse(text).unwrap_err();
            assert_eq!(line(text, broken.at), wrong_line, "{text:?}: {broken:?}");
            assert!(!broken.message.contains("line"), "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn text_survives_quoting(text in ".*") {
            let json = Json::Text(text.clone());
            prop_assert_eq!(parse(&json.to_string()).unwrap().value, json);
        }
    }
}
