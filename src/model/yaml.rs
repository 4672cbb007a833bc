//! YAML as we print it: block style, every text read back as the text it was.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::model::tree::Leaves;

/// How far each level is indented.
const STEP: usize = 2;

/// The longest key that may stand before its colon; YAML sets 1,024 characters.
const LONGEST_PLAIN_KEY: usize = 1_000;

/// Writes `value` as one document that ends with a newline.
pub fn write(out: &mut dyn io::Write, value: &Value) -> io::Result<()> {
    match value {
        Value::Object(map) if !map.is_empty() => object(out, map, 0, false),
        Value::Array(items) if !items.is_empty() => array(out, items, 0, false),
        other => writeln!(out, "{}", leaf(other, 0)),
    }
}

/// Writes leaves that are settled in [`Order::Nested`](crate::model::tree::Order::Nested)
/// as nested mappings, leaf by leaf: a large tree is never built in memory.
/// `indent` is the column of the topmost keys.
pub fn leaves(out: &mut dyn io::Write, leaves: &Leaves, indent: usize) -> io::Result<()> {
    if leaves.is_empty() {
        return writeln!(out, "{{}}");
    }
    let mut open = String::new();
    leaves.try_each(|path, value| {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let column = directories(out, &open, directory, indent)?;
        directory.clone_into(&mut open);
        let key = key(name, column);
        writeln!(out, "{:column$}{key} {}", "", scalar(value, column + STEP))
    })
}

/// Writes the keys of the directories that `next` has and `open` has not;
/// returns the column of what is in it.
fn directories(
    out: &mut dyn io::Write,
    open: &str,
    next: &str,
    indent: usize,
) -> io::Result<usize> {
    let mut column = indent;
    let mut already = open.split('/').skip(1);
    let mut same = true;
    for segment in next.split('/').skip(1) {
        same = same && already.next() == Some(segment);
        if !same {
            writeln!(out, "{:column$}{}", "", key(segment, column))?;
        }
        column += STEP;
    }
    Ok(column)
}

fn object(
    out: &mut dyn io::Write,
    map: &serde_json::Map<String, Value>,
    indent: usize,
    mut inline: bool,
) -> io::Result<()> {
    for (name, value) in map {
        // The first line of an item stands on the line of its dash.
        let before = if std::mem::take(&mut inline) { 0 } else { indent };
        write!(out, "{:before$}{}", "", key(name, indent))?;
        below(out, value, indent)?;
    }
    Ok(())
}

/// The value of a key, from the colon on.
fn below(out: &mut dyn io::Write, value: &Value, indent: usize) -> io::Result<()> {
    match value {
        Value::Object(map) if !map.is_empty() => {
            writeln!(out)?;
            object(out, map, indent + STEP, false)
        }
        Value::Array(items) if !items.is_empty() => {
            writeln!(out)?;
            array(out, items, indent, false)
        }
        other => writeln!(out, " {}", leaf(other, indent + STEP)),
    }
}

fn array(
    out: &mut dyn io::Write,
    items: &[Value],
    indent: usize,
    mut inline: bool,
) -> io::Result<()> {
    for item in items {
        let before = if std::mem::take(&mut inline) { 0 } else { indent };
        write!(out, "{:before$}- ", "")?;
        match item {
            Value::Object(map) if !map.is_empty() => object(out, map, indent + STEP, true)?,
            Value::Array(items) if !items.is_empty() => array(out, items, indent + STEP, true)?,
            other => writeln!(out, "{}", leaf(other, indent + STEP))?,
        }
    }
    Ok(())
}

fn leaf(value: &Value, indent: usize) -> Cow<'_, str> {
    match value {
        Value::String(text) => scalar(text, indent),
        Value::Object(_) => Cow::Borrowed("{}"),
        Value::Array(_) => Cow::Borrowed("[]"),
        other => Cow::Owned(other.to_string()),
    }
}

/// `text` as the key of a mapping at `indent`, with its colon.
pub fn key(text: &str, indent: usize) -> String {
    let written = if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) };
    if written.chars().count() <= LONGEST_PLAIN_KEY {
        return format!("{written}:");
    }
    format!("? {written}\n{:indent$}:", "")
}

/// `text` as the value of a key, without the newline that ends it. Several lines
/// are a literal block whose lines start at column `indent`, where that reads back.
pub fn scalar(text: &str, indent: usize) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    if !fits_a_block(text) {
        return Cow::Owned(quoted(text));
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    let mut out = String::from(match (text.ends_with('\n'), body.ends_with('\n')) {
        (false, _) => "|-",
        (true, false) => "|",
        (true, true) => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            let _ = write!(out, "{:indent$}{line}", "");
        }
    }
    Cow::Owned(out)
}

/// Whether the text means itself without quotes, to readers of YAML 1.1 as well.
fn is_plain(text: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_-./+=@%~^$;()<>?!*&|".contains(c);
    let first = |c: char| c.is_alphanumeric() || c == '_' || c == '/';
    let mut previous = ' ';
    for (index, c) in text.chars().enumerate() {
        let fits = match c {
            _ if index == 0 => first(c),
            // Colons and blanks mean something beside each other, and at the end.
            ':' | ',' => previous != ' ',
            ' ' => !matches!(previous, ':' | ' '),
            '#' => previous != ' ',
            _ => inner(c),
        };
        if !fits {
            return false;
        }
        previous = c;
    }
    !matches!(previous, ' ' | ':') && !is_word_of_yaml(text) && !looks_numeric(text)
}

fn is_word_of_yaml(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Numbers, times and dates of all versions of YAML, generously; addresses are none.
fn looks_numeric(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_hexdigit() || "_.:+-xXoOTtZz ".contains(c))
        && text.parse::<Ipv4Addr>().is_err()
}

/// Whether a literal block reads back as the text.
fn fits_a_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && text.chars().all(|c| matches!(c, '\n' | '\t') || is_printable(c))
        && text
            .split('\n')
            .all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
}

/// What may stand in a YAML document as it is and breaks no line.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}')
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saphyr_parser::{Event, Parser};
    use serde_json::json;

    use super::*;
    use crate::model::tree::Order;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_reads_well() {
        let value = json!({
            "cluster": {"ip": "10.0.0.1", "empty": "", "port": "80", "on": "yes", "n": 3, "none": {}},
            "script": "#!/bin/sh\necho hi\n",
            "hosts": [{"ip": "a", "sid": "1"}, [], ["x", ["y"]]],
            "key: odd": "a: b",
        });
        assert_eq!(
            written(&value),
            r##"cluster:
  empty: ""
  ip: 10.0.0.1
  "n": 3
  none: {}
  "on": "yes"
  port: "80"
hosts:
- ip: a
  sid: "1"
- []
- - x
  - - "y"
"key: odd": "a: b"
script: |
  #!/bin/sh
  echo hi
"##
        );
    }

    /// The scalars of a document, in its order.
    fn scalars(text: &str) -> Vec<String> {
        Parser::new_from_str(text)
            .filter_map(|event| match event.unwrap().0 {
                Event::Scalar(text, ..) => Some(text.into_owned()),
                _ => None,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn any_text_reads_back(key in "\\PC{1,12}|.{1,12}", value in "(?s).{0,30}|[ab \n\t:#-]{0,20}") {
            let text = written(&json!({"top": {&key: &value, "zz": "end"}}));
            let mut expected = vec![(key.clone(), value.clone()), ("zz".into(), "end".into())];
            expected.sort();
            let mut flat = vec!["top".to_owned()];
            flat.extend(expected.into_iter().flat_map(|(key, value)| [key, value]));
            if key != "zz" {
                prop_assert_eq!(scalars(&text), flat, "{}", text);
            }
        }

        #[test]
        fn items_read_back(values in prop::collection::vec("(?s).{0,10}|[a \n]{0,8}", 1..5)) {
            prop_assert_eq!(scalars(&written(&json!(values))), values);
        }
    }

    proptest! {
        /// Writing leaf by leaf gives what writing the whole document gives.
        #[test]
        fn leaf_by_leaf_is_the_whole_document(
            map in prop::collection::btree_map("(/[a-c. -]{1,3}){1,3}", "(?s).{0,9}", 1..20),
        ) {
            let mut flat = Leaves::new();
            map.iter().for_each(|(path, value)| flat.push(path, value));
            flat.settle(Order::Nested);
            let mut streamed = Vec::new();
            leaves(&mut streamed, &flat, 0).unwrap();
            let whole = written(&serde_json::to_value(flat.nested()).unwrap());
            prop_assert_eq!(String::from_utf8(streamed).unwrap(), whole);
        }
    }

    #[test]
    fn long_keys_read_back() {
        let key = "k".repeat(3_000);
        assert_eq!(scalars(&written(&json!({"a": {&key: "v"}}))), ["a", &key, "v"]);
    }
}
