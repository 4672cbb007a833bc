//! A tree as one document, written leaf by leaf: YAML or JSON that reads back
//! as the same leaves, byte for byte.

use std::io;

use super::Format;
use crate::model::tree::{Leaves, Order};
use crate::model::yaml;
use crate::ui::escape::escape;

/// Writes `leaves` in `format`: YAML, JSON, or for any other, text of one
/// `path TAB value` a line.
pub fn write(out: &mut dyn io::Write, leaves: &mut Leaves, format: Format) -> io::Result<()> {
    match format {
        Format::Yaml => {
            leaves.settle(Order::Nested);
            yaml::leaves(out, leaves, 0)
        }
        Format::Json => {
            leaves.settle(Order::Nested);
            serde_json::to_writer_pretty(&mut *out, &leaves.nested())?;
            out.write_all(b"\n")
        }
        _ => {
            leaves.settle(Order::Listing);
            leaves.try_each(|path, value| writeln!(out, "{path}\t{}", escape(value)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::document::{Form, Source, read};
    use crate::model::path::Path;

    fn written(tree: &BTreeMap<String, String>, format: Format) -> String {
        let mut leaves = Leaves::new();
        tree.iter().for_each(|(path, value)| leaves.push(path, value));
        let mut out = Vec::new();
        write(&mut out, &mut leaves, format).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn read_back(text: &str, form: Form) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        let source = Source {
            name: "tree".to_owned(),
            content: text.as_bytes(),
            form: Some(form),
            at: Path::root(),
        };
        read(source, &mut |path, value| {
            tree.insert(path.as_str().to_owned(), value.to_owned());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
        tree
    }

    fn tree(leaves: &[(&str, &str)]) -> BTreeMap<String, String> {
        leaves.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn it_reads_like_a_tree() {
        let tree = tree(&[("/a/b/c", "1"), ("/a/b-c", "x"), ("/a/d", "one\ntwo\n"), ("/e", "")]);
        assert_eq!(
            written(&tree, Format::Yaml),
            "a:\n  b:\n    c: \"1\"\n  b-c: x\n  d: |\n    one\n    two\ne: \"\"\n"
        );
        assert_eq!(written(&BTreeMap::new(), Format::Yaml), "{}\n");
        assert_eq!(written(&tree, Format::Text).lines().last(), Some("/e\t"));
    }

    /// Trees in which no leaf is a directory.
    fn trees() -> impl Strategy<Value = BTreeMap<String, String>> {
        let segment = "[a-c]|[\\PC&&[^/]]{1,6}|~|null|true|1|-|<<|[a-b -]{1,3}";
        let value = "(?s).{0,20}|[ab \n\t:#-]{0,20}|~|null|0x1f|-5|[ -~]{0,12}";
        let paths = prop::collection::vec(segment, 1..4)
            .prop_filter("a segment", |all| all.iter().all(|one| one != "." && one != ".."))
            .prop_map(|segments| format!("/{}", segments.join("/")));
        prop::collection::btree_map(paths, value, 1..12).prop_map(|mut tree| {
            let paths: Vec<String> = tree.keys().cloned().collect();
            tree.retain(|path, _| {
                !paths.iter().any(|other| other.starts_with(&format!("{path}/")))
            });
            tree
        })
    }

    proptest! {
        #[test]
        fn any_tree_reads_back(tree in trees()) {
            prop_assert_eq!(&read_back(&written(&tree, Format::Yaml), Form::Yaml), &tree);
            prop_assert_eq!(&read_back(&written(&tree, Format::Json), Form::Json), &tree);
        }
    }
}
