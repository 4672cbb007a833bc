//! A node of the tree: a value with its type, or a directory of one kind.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A value or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    Leaf(Leaf<'a>),
    Directory(Directory<'a>),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf<'a> {
    Text(Cow<'a, str>),
    /// In JSON a number, digit for digit.
    Number(u64),
    /// Several values; `json` is whether it is shown as JSON unless asked otherwise.
    List {
        items: Vec<Cow<'a, str>>,
        json: bool,
    },
    /// A JSON document as somebody else has issued it. It is handed out to who
    /// asks for it by its name, never as a part of a directory.
    Token(Cow<'a, str>),
}

/// How the children of a directory are named, and so how it looks in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// By Google: spelt in camelCase in JSON.
    Predefined,
    /// By users: spelt as they are.
    Own,
    /// `0`, `1`, …: an array in JSON.
    Indexed,
}

/// A directory; it may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory<'a> {
    pub naming: Naming,
    children: BTreeMap<Cow<'a, str>, Node<'a>>,
}

impl<'a> Directory<'a> {
    /// A directory without children.
    pub fn new(naming: Naming) -> Directory<'a> {
        Directory { naming, children: BTreeMap::new() }
    }

    /// The children in the order in which they are listed.
    pub fn children(&self) -> Vec<(&str, &Node<'a>)> {
        let mut children: Vec<_> =
            self.children.iter().map(|(name, child)| (name.as_ref(), child)).collect();
        if self.naming == Naming::Indexed {
            children.sort_by_key(|(name, _)| name.parse::<u64>().unwrap_or(u64::MAX));
        }
        children
    }

    /// Puts a child, in place of one of the same name.
    pub fn put(&mut self, name: impl Into<Cow<'a, str>>, child: Node<'a>) {
        self.children.insert(name.into(), child);
    }

    /// Puts a node below, making the directories on the way: of users' names
    /// below such, of indices where the next name is a number.
    ///
    /// A directory wins over a leaf at the same path, whichever comes first.
    pub fn insert(&mut self, path: &str, node: Node<'a>) {
        let Some((name, rest)) = path.split_once('/') else {
            match (self.children.get(path), &node) {
                (Some(Node::Directory(_)), Node::Leaf(_)) => {}
                _ => self.put(path.to_owned(), node),
            }
            return;
        };
        let next = rest.split('/').next().unwrap_or_default();
        let naming = match self.naming {
            Naming::Own => Naming::Own,
            _ if next.bytes().all(|byte| byte.is_ascii_digit()) => Naming::Indexed,
            _ => Naming::Predefined,
        };
        let child = self
            .children
            .entry(Cow::Owned(name.to_owned()))
            .or_insert_with(|| Node::Directory(Directory::new(naming)));
        if let Node::Leaf(_) = child {
            *child = Node::Directory(Directory::new(naming));
        }
        if let Node::Directory(directory) = child {
            directory.insert(rest, node);
        }
    }

    /// What is at a path without slash at either end; the directory itself is
    /// not found this way.
    pub fn find(&self, path: &str) -> Option<&Node<'a>> {
        match path.split_once('/') {
            None => self.children.get(path),
            Some((name, rest)) => match self.children.get(name)? {
                Node::Directory(directory) => directory.find(rest),
                Node::Leaf(_) => None,
            },
        }
    }
}

impl<'a> Leaf<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Leaf<'a> {
        Leaf::Text(text.into())
    }

    /// A number; none when the text is not one in its plain spelling.
    pub fn number(text: &str) -> Option<Leaf<'a>> {
        let number: u64 = text.parse().ok()?;
        (number.to_string() == text).then_some(Leaf::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node<'_> {
        Node::Leaf(Leaf::text(text))
    }

    #[test]
    fn directories_are_made_on_the_way() {
        let mut top = Directory::new(Naming::Predefined);
        top.insert("network-interfaces/0/ip", text("10.0.0.1"));
        top.insert("network-interfaces/0/mac", text("x"));
        let Some(Node::Directory(cards)) = top.find("network-interfaces") else { panic!() };
        assert_eq!(cards.naming, Naming::Indexed);
        assert_eq!(top.find("network-interfaces/0/ip"), Some(&text("10.0.0.1")));
        assert_eq!(top.find("network-interfaces/0/ip/x"), None);
        assert_eq!(top.find("network-interfaces/1"), None);
    }

    #[test]
    fn a_directory_wins_over_a_leaf() {
        for paths in [["a", "a/b"], ["a/b", "a"]] {
            let mut top = Directory::new(Naming::Own);
            paths.iter().for_each(|path| top.insert(path, text(path)));
            assert_eq!(top.find("a/b"), Some(&text("a/b")), "{paths:?}");
        }
    }

    #[test]
    fn indices_are_in_the_order_of_numbers() {
        let mut disks = Directory::new(Naming::Indexed);
        for index in ["10", "2", "0"] {
            disks.put(index, text(index));
        }
        let names: Vec<&str> = disks.children().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["0", "2", "10"]);
    }

    #[test]
    fn numbers_are_exact_or_none() {
        assert_eq!(Leaf::number("18446744073709551615"), Some(Leaf::Number(u64::MAX)));
        for text in ["", "x", "-1", "007", "+1", "1.0", "18446744073709551616"] {
            assert_eq!(Leaf::number(text), None, "{text}");
        }
    }
}
