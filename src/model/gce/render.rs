//! How a node looks: as a listing, as text, as JSON; and its ETag.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use sha2::{Digest, Sha256};

use super::names;
use super::node::{Directory, Leaf, Naming, Node};

/// The children, one a line, those that are directories with a slash.
pub fn listing(directory: &Directory<'_>) -> String {
    let mut lines = String::new();
    for (name, child) in directory.children() {
        lines.push_str(name);
        lines.push_str(if matches!(child, Node::Directory(_)) { "/\n" } else { "\n" });
    }
    lines
}

/// A value as text: bare, several ones each on a line.
pub fn text(leaf: &Leaf<'_>) -> String {
    match leaf {
        Leaf::Text(text) | Leaf::Token(text) => text.to_string(),
        Leaf::Number(number) => number.to_string(),
        Leaf::List { items, .. } => items.iter().map(|item| format!("{item}\n")).collect(),
    }
}

/// Everything below as lines of `relative/path value`; of several values each on
/// a line of its own.
pub fn text_below(directory: &Directory<'_>) -> String {
    let mut lines = String::new();
    write_below("", directory, &mut lines);
    lines
}

fn write_below(above: &str, directory: &Directory<'_>, lines: &mut String) {
    for (name, child) in directory.children() {
        match child {
            Node::Directory(child) => write_below(&format!("{above}{name}/"), child, lines),
            Node::Leaf(Leaf::Token(_)) => {}
            Node::Leaf(Leaf::List { items, .. }) => {
                items.iter().for_each(|item| lines.push_str(&format!("{above}{name} {item}\n")));
            }
            Node::Leaf(leaf) => lines.push_str(&format!("{above}{name} {}\n", text(leaf))),
        }
    }
}

/// A node with everything below as JSON: compact, keys sorted as they are listed.
pub fn json(node: &Node<'_>) -> String {
    match node {
        Node::Leaf(Leaf::Token(document)) => document.to_string(),
        // Maps of texts, numbers and lists always have a JSON form.
        node => serde_json::to_string(node).unwrap_or_default(),
    }
}

/// What names the state of a node: 16 hex digits that follow from its JSON, so
/// that they are the same in every form it is asked for, and on every replica.
pub fn etag(node: &Node<'_>) -> String {
    let hash = Sha256::digest(json(node).as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Directory(directory) => directory.serialize(serializer),
            Node::Leaf(Leaf::Text(text) | Leaf::Token(text)) => serializer.serialize_str(text),
            Node::Leaf(Leaf::Number(number)) => serializer.serialize_u64(*number),
            Node::Leaf(Leaf::List { items, .. }) => items.serialize(serializer),
        }
    }
}

impl Serialize for Directory<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let children = self.children().into_iter();
        let shown = children.filter(|(_, child)| !matches!(child, Node::Leaf(Leaf::Token(_))));
        if self.naming == Naming::Indexed {
            let mut array = serializer.serialize_seq(None)?;
            shown.map(|(_, child)| child).try_for_each(|child| array.serialize_element(child))?;
            return array.end();
        }
        let mut object = serializer.serialize_map(None)?;
        for (name, child) in shown {
            match self.naming {
                Naming::Predefined => object.serialize_entry(&names::camel(name), child)?,
                _ => object.serialize_entry(name, child)?,
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Directory<'static> {
        let mut top = Directory::new(Naming::Predefined);
        let mut own = Directory::new(Naming::Own);
        own.insert("my-key", Node::Leaf(Leaf::text("a\nb")));
        top.insert("attributes", Node::Directory(own));
        top.insert("id", Node::Leaf(Leaf::Number(u64::MAX)));
        top.insert("network-interfaces/0/ip", Node::Leaf(Leaf::text("10.0.0.1")));
        let tags = vec!["web".into(), "db".into()];
        top.insert("tags", Node::Leaf(Leaf::List { items: tags, json: true }));
        top.insert("default/token", Node::Leaf(Leaf::Token("{\"t\":1}".into())));
        top
    }

    #[test]
    fn a_listing_tells_directories_from_values() {
        assert_eq!(listing(&example()), "attributes/\ndefault/\nid\nnetwork-interfaces/\ntags\n");
        let Some(Node::Directory(cards)) = example().find("network-interfaces").cloned() else {
            panic!()
        };
        assert_eq!(listing(&cards), "0/\n");
    }

    #[test]
    fn json_converts_what_is_predefined_alone() {
        assert_eq!(
            json(&Node::Directory(example())),
            r#"{"attributes":{"my-key":"a\nb"},"default":{},"id":18446744073709551615,"networkInterfaces":[{"ip":"10.0.0.1"}],"tags":["web","db"]}"#
        );
    }

    #[test]
    fn text_keeps_the_paths_of_urls() {
        assert_eq!(
            text_below(&example()),
            "attributes/my-key a\nb\nid 18446744073709551615\nnetwork-interfaces/0/ip 10.0.0.1\n\
             tags web\ntags db\n"
        );
    }

    #[test]
    fn a_token_is_shown_as_it_is_and_only_by_its_name() {
        let example = example();
        let Some(token) = example.find("default/token") else { panic!() };
        assert_eq!(json(token), r#"{"t":1}"#);
        assert!(!json(&Node::Directory(example)).contains("token"));
    }

    #[test]
    fn an_etag_is_of_the_state() {
        let one = etag(&Node::Directory(example()));
        assert_eq!(one.len(), 16);
        assert!(one.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{one}");
        let mut other = example();
        assert_eq!(one, etag(&Node::Directory(other.clone())));
        other.insert("id", Node::Leaf(Leaf::Number(1)));
        assert_ne!(one, etag(&Node::Directory(other)));
    }
}
