//! Leaves in their nested form, as objects of JSON and YAML hold them.

use std::cell::RefCell;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::tree::{Cursor, Leaves};

/// Leaves as nested maps of texts, keys sorted; written without building them.
#[derive(Clone, Copy)]
pub struct Nested<'a> {
    leaves: &'a Leaves,
}

impl<'a> Nested<'a> {
    /// The nested form of leaves that are settled in
    /// [`Order::Nested`](crate::model::tree::Order::Nested).
    pub fn of(leaves: &'a Leaves) -> Nested<'a> {
        Nested { leaves }
    }
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cursor = self.leaves.cursor();
        let more = cursor.advance();
        let walk = RefCell::new((cursor, more));
        Directory { walk: &walk, prefix: String::new() }.serialize(serializer)
    }
}

/// What is left of the walk below `prefix`.
struct Directory<'w, 'a> {
    walk: &'w RefCell<(Cursor<'a>, bool)>,
    prefix: String,
}

impl Directory<'_, '_> {
    /// The next name in this directory, and whether it is one itself.
    fn next(&self) -> Option<(String, bool)> {
        let walk = self.walk.borrow();
        let rest = walk.0.path().strip_prefix(&self.prefix)?.strip_prefix('/')?;
        walk.1.then(|| match rest.split_once('/') {
            Some((name, _)) => (name.to_owned(), true),
            None => (rest.to_owned(), false),
        })
    }
}

impl Serialize for Directory<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        while let Some((name, directory)) = self.next() {
            if directory {
                let prefix = format!("{}/{name}", self.prefix);
                map.serialize_entry(&name, &Directory { walk: self.walk, prefix })?;
            } else {
                let value = self.walk.borrow().0.value();
                map.serialize_entry(&name, value)?;
                let mut walk = self.walk.borrow_mut();
                walk.1 = walk.0.advance();
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::tree::Order;

    #[test]
    fn nothing_is_an_empty_object() {
        let mut none = Leaves::new();
        none.settle(Order::Nested);
        assert_eq!(serde_json::to_string(&none.nested()).unwrap(), "{}");
        assert!(none.is_empty());
    }

    fn listed(leaves: &Leaves) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let _: Result<(), ()> = leaves.try_each(|path, value| {
            all.push((path.to_owned(), value.to_owned()));
            Ok(())
        });
        all
    }

    proptest! {
        #[test]
        fn flat_and_nested_are_the_same_tree(
            map in proptest::collection::btree_map("(/[a-c.-]{1,2}){1,4}", ".{0,9}", 0..40),
            order in prop_oneof![Just(Order::Listing), Just(Order::Nested)],
        ) {
            let mut leaves = Leaves::new();
            map.iter().rev().for_each(|(path, value)| leaves.push(path, value));
            leaves.settle(order);
            let below = |path: &String| format!("{path}/");
            let wanted: BTreeMap<_, _> = map
                .iter()
                .filter(|(path, _)| !map.keys().any(|other| other.starts_with(&below(path))))
                .map(|(path, value)| (path.clone(), value.clone()))
                .collect();
            prop_assert_eq!(leaves.len(), wanted.len());
            if order == Order::Listing {
                prop_assert_eq!(listed(&leaves), wanted.into_iter().collect::<Vec<_>>());
            } else {
                let json = serde_json::to_value(leaves.nested()).unwrap();
                let mut seen = BTreeMap::new();
                flatten("", &json, &mut seen);
                prop_assert_eq!(seen, wanted);
            }
        }
    }

    fn flatten(path: &str, value: &serde_json::Value, into: &mut BTreeMap<String, String>) {
        match value {
            serde_json::Value::Object(map) => {
                map.iter()
                    .for_each(|(name, value)| flatten(&format!("{path}/{name}"), value, into));
            }
            value => {
                into.insert(path.to_owned(), value.as_str().unwrap().to_owned());
            }
        }
    }
}
