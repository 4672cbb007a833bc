//! A YAML document as a tree with places, for files of values.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::json::{Broken, Json, Member, Node};

/// The most values that aliases may stand for in one document.
const MAX_COPIED: usize = 100_000;

/// Reads one YAML document; plain scalars become null, booleans and numbers as
/// JSON has them, everything else is text.
pub fn parse(text: &str) -> Result<Node, Broken> {
    let mut anchors: HashMap<usize, Done> = HashMap::new();
    let mut stack: Vec<Open> = Vec::new();
    let mut document = None;
    let mut places = Places { text, index: 0, byte: 0 };
    let mut copied = 0;
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|error| Broken {
            at: places.byte(error.marker().index()),
            message: format!("not YAML: {}", error.info()),
        })?;
        let at = places.byte(span.start.index());
        let (done, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => (Done::new(scalar(&text, style), at), anchor),
            Event::Alias(id) => match anchors.get(&id) {
                // Counted before it is copied: a few lines of aliases can stand for anything.
                Some(done) if copied + done.values <= MAX_COPIED => {
                    copied += done.values;
                    (done.clone(), 0)
                }
                Some(_) => return Err(broken(at, "the aliases stand for too many values")),
                None => return Err(broken(at, "an alias that refers to nothing")),
            },
            Event::SequenceStart(anchor, _) => {
                stack.push(Open::new(Json::Array(Vec::new()), anchor, at));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                stack.push(Open::new(Json::Object(Vec::new()), anchor, at));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match stack.pop() {
                Some(open) => (open.done, open.anchor),
                None => continue,
            },
            Event::DocumentStart(_) if document.is_some() => {
                return Err(broken(at, "a second document starts here; one is accepted"));
            }
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, done.clone());
        }
        match stack.last_mut() {
            Some(open) => open.take(done)?,
            None => document = Some(done.node),
        }
    }
    Ok(document.unwrap_or_else(|| Node::bare(Json::Object(Vec::new()))))
}

/// A value with all that is in it.
#[derive(Clone)]
struct Done {
    node: Node,
    /// How many values it is, itself among them.
    values: usize,
}

impl Done {
    fn new(value: Json, at: usize) -> Done {
        Done { node: Node { start: at, end: at, value }, values: 1 }
    }
}

/// A list or a mapping whose end has not come yet.
struct Open {
    done: Done,
    /// The key whose value comes next.
    key: Option<(String, usize)>,
    anchor: usize,
}

impl Open {
    fn new(value: Json, anchor: usize, at: usize) -> Open {
        Open { done: Done::new(value, at), key: None, anchor }
    }

    fn take(&mut self, done: Done) -> Result<(), Broken> {
        let node = done.node;
        self.done.values += done.values;
        match &mut self.done.node.value {
            Json::Array(elements) => elements.push(node),
            Json::Object(members) => match self.key.take() {
                Some((key, key_start)) => {
                    if members.iter().any(|member| member.key == key) {
                        return Err(broken(key_start, &format!("key `{key}` is given twice")));
                    }
                    members.push(Member { key, key_start, node });
                }
                None if matches!(node.value, Json::Array(_) | Json::Object(_)) => {
                    return Err(broken(node.start, "a key is a list or a mapping"));
                }
                None => self.key = Some((node.value.leaf(), node.start)),
            },
            _ => {}
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Json {
    if style != ScalarStyle::Plain {
        return Json::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => match super::json::parse(text) {
            Ok(Node { value: number @ Json::Number(_), .. }) => number,
            _ => Json::Text(text.to_owned()),
        },
    }
}

fn broken(at: usize, message: &str) -> Broken {
    Broken { at, message: message.to_owned() }
}

/// From characters, which the parser counts, to bytes.
struct Places<'a> {
    text: &'a str,
    index: usize,
    byte: usize,
}

impl Places<'_> {
    fn byte(&mut self, index: usize) -> usize {
        if index < self.index {
            (self.index, self.byte) = (0, 0);
        }
        let rest = self.text.get(self.byte..).unwrap_or_default();
        let ahead: usize = rest.chars().take(index - self.index).map(char::len_utf8).sum();
        (self.index, self.byte) = (index, self.byte + ahead);
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::app::json;

    #[test]
    fn plain_scalars_have_types_and_places() {
        let text = "cluster:\n  é: {count: 5, name: \"5\"}\n  l: [true, ~, 1.50, a b]\n";
        let node = parse(text).unwrap();
        let cluster = node.get("cluster").unwrap();
        let expected = r#"{"é":{"count":5,"name":"5"},"l":[true,null,1.50,"a b"]}"#;
        assert_eq!(cluster.value.to_string(), expected);
        assert_eq!(json::line(text, cluster.get("l").unwrap().start), 3);
        assert_eq!(parse("a: &x [1]\nb: *x\n").unwrap().value.to_string(), r#"{"a":[1],"b":[1]}"#);
        assert_eq!(parse("").unwrap().value.to_string(), "{}");
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, line, part) in [
            ("a: 1\na: 2\n", 2, "given twice"),
            ("a: 1\n---\nb: 1\n", 2, "second document"),
            ("a: [1\nb: 2\n", 2, "not YAML"),
            ("? [a]\n: 1\n", 1, "a key is a list"),
        ] {
            let broken = parse(text).unwrap_err();
            assert!(broken.message.contains(part), "{broken:?}");
            assert_eq!(json::line(text, broken.at), line, "{text}: {broken:?}");
        }
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", "));
        }
        assert!(parse(&bomb).is_err());
    }
}
