//! Leaves and directories as text, JSON and YAML.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;

use super::accept::Form;
use crate::model::tree::{Leaves, Order};
use crate::model::yaml;

/// In which order a form wants the leaves of a directory.
pub(super) fn order(form: Form) -> Order {
    match form {
        Form::Text => Order::Listing,
        Form::Json | Form::Pretty | Form::Yaml => Order::Nested,
    }
}

/// A value by itself: as text it is all there is, without a newline.
pub(super) fn leaf(value: &str, form: Form) -> Bytes {
    match form {
        Form::Text => Bytes::copy_from_slice(value.as_bytes()),
        Form::Json | Form::Pretty => written(|out| Ok(serde_json::to_writer(out, value)?)),
        Form::Yaml => written(|out| {
            use io::Write as _;
            writeln!(out, "{}", yaml::scalar(value, 2))
        }),
    }
}

/// A directory whose leaves are settled in the form's [`order`]. The values of
/// text are not escaped: clients of metad read them as they are.
pub(super) fn directory(leaves: &Leaves, form: Form) -> Bytes {
    match form {
        Form::Text => {
            let mut text = String::new();
            let Ok(()) = leaves.try_each(|path, value| {
                text.push_str(path);
                text.push('\t');
                text.push_str(value);
                text.push('\n');
                Ok::<(), Infallible>(())
            });
            text.into()
        }
        Form::Json => written(|out| Ok(serde_json::to_writer(out, &leaves.nested())?)),
        Form::Pretty => written(|out| Ok(serde_json::to_writer_pretty(out, &leaves.nested())?)),
        Form::Yaml => written(|out| yaml::leaves(out, leaves, 0)),
    }
}

/// What `write` writes. Memory takes everything, and texts in maps of texts are
/// always JSON and YAML: nothing can fail.
fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Bytes {
    let mut out = Vec::new();
    let done = write(&mut out);
    debug_assert!(done.is_ok(), "{done:?}");
    // It is kept and shared, so without room to grow.
    out.into_boxed_slice().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [(&str, &str); 5] = [
        ("/a-b", "x\ty\\"),
        ("/a/1", "01"),
        ("/a/empty", ""),
        ("/b", "two\nlines"),
        ("/t", "true"),
    ];

    fn shown(form: Form) -> String {
        let mut leaves = Leaves::new();
        PAIRS.iter().for_each(|(path, value)| leaves.push(path, value));
        leaves.settle(order(form));
        String::from_utf8(directory(&leaves, form).to_vec()).unwrap()
    }

    #[test]
    fn a_directory_in_each_form() {
        assert_eq!(
            shown(Form::Text),
            "/a-b\tx\ty\\\n/a/1\t01\n/a/empty\t\n/b\ttwo\nlines\n/t\ttrue\n"
        );
        assert_eq!(
            shown(Form::Json),
            r#"{"a":{"1":"01","empty":""},"a-b":"x\ty\\","b":"two\nlines","t":"true"}"#
        );
        assert_eq!(
            shown(Form::Pretty),
            "{\n  \"a\": {\n    \"1\": \"01\",\n    \"empty\": \"\"\n  },\n  \"a-b\": \"x\\ty\\\\\",\n  \
             \"b\": \"two\\nlines\",\n  \"t\": \"true\"\n}"
        );
        assert_eq!(
            shown(Form::Yaml),
            "a:\n  \"1\": \"01\"\n  empty: \"\"\na-b: \"x\\ty\\\\\"\nb: |-\n  two\n  lines\nt: \"true\"\n"
        );
    }

    #[test]
    fn a_leaf_in_each_form() {
        assert_eq!(leaf("v", Form::Text), "v");
        assert_eq!(leaf("", Form::Text), "");
        assert_eq!(leaf("a\"b\n", Form::Json), r#""a\"b\n""#);
        assert_eq!(leaf("", Form::Pretty), r#""""#);
        assert_eq!(leaf("v", Form::Yaml), "v\n");
        assert_eq!(leaf("8080", Form::Yaml), "\"8080\"\n");
        assert_eq!(leaf("a\nb", Form::Yaml), "|-\n  a\n  b\n");
    }
}
