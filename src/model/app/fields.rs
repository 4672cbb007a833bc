//! The fields of a JSON object, read with their types; what is wrong is collected.

use super::json::{Json, Member, Node};
use super::problem::Fault;

/// An object whose fields are read, and the path that leads to it.
pub struct Fields<'a> {
    members: &'a [Member],
    path: String,
    at: usize,
}

impl<'a> Fields<'a> {
    /// The fields of `node`; a fault when it is no object.
    pub fn of(node: &'a Node, path: &str, faults: &mut Vec<Fault>) -> Option<Fields<'a>> {
        match &node.value {
            Json::Object(members) => {
                Some(Fields { members, path: path.to_owned(), at: node.start })
            }
            other => {
                let message = format!("is {}; an object is accepted", other.kind());
                faults.push(Fault::new(node.start, path, message));
                None
            }
        }
    }

    /// The path of the object itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where the object starts.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The path of a field.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        let member = self.members.iter().find(|member| member.key == name)?;
        (member.node.value != Json::Null).then_some(&member.node)
    }

    /// A text.
    pub fn text(&self, name: &str, faults: &mut Vec<Fault>) -> Option<&'a str> {
        let node = self.get(name)?;
        let text = node.value.text();
        self.must(text, node, name, "a string", faults)
    }

    /// A whole number from 0 on.
    pub fn count(&self, name: &str, faults: &mut Vec<Fault>) -> Option<u32> {
        let node = self.get(name)?;
        let count = node.value.integer().and_then(|number| u32::try_from(number).ok());
        self.must(count, node, name, "an integer of at least 0", faults)
    }

    /// A number, without limits.
    pub fn number(&self, name: &str, faults: &mut Vec<Fault>) -> Option<f64> {
        let node = self.get(name)?;
        self.must(node.value.number(), node, name, "a number", faults)
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str, faults: &mut Vec<Fault>) -> Option<bool> {
        let node = self.get(name)?;
        let boolean = match node.value {
            Json::Bool(boolean) => Some(boolean),
            _ => None,
        };
        self.must(boolean, node, name, "`true` or `false`", faults)
    }

    /// A list.
    pub fn list(&self, name: &str, faults: &mut Vec<Fault>) -> Option<&'a [Node]> {
        let node = self.get(name)?;
        let list = match &node.value {
            Json::Array(elements) => Some(elements.as_slice()),
            _ => None,
        };
        self.must(list, node, name, "a list", faults)
    }

    /// The members of an object; none when it is not there.
    pub fn members(&self, name: &str, faults: &mut Vec<Fault>) -> &'a [Member] {
        let Some(node) = self.get(name) else { return &[] };
        match &node.value {
            Json::Object(members) => members,
            _ => self.must(None, node, name, "an object", faults).unwrap_or(&[]),
        }
    }

    fn must<T>(
        &self,
        value: Option<T>,
        node: &Node,
        name: &str,
        wanted: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        if value.is_none() {
            let given = match &node.value {
                scalar @ (Json::Text(_) | Json::Number(_) | Json::Bool(_)) => format!("`{scalar}`"),
                other => other.kind().to_owned(),
            };
            let message = format!("is {given}; {wanted} is accepted");
            faults.push(Fault::new(node.start, self.path_of(name), message));
        }
        value
    }
}
