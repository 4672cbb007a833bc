//! What documents are read as, and what is refused with which words.

use super::{Form, Source, read};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// The leaves of `text`, as lines `path=value` with escapes.
fn leaves(form: Form, at: &str, text: &[u8]) -> Result<Vec<String>> {
    let mut leaves = Vec::new();
    let source = Source {
        name: "tree".to_owned(),
        content: OneByte(text),
        form: Some(form),
        at: Path::parse(at)?,
    };
    read(source, &mut |path, value| {
        leaves.push(format!("{path}={}", value.escape_default()));
        Ok(())
    })?;
    Ok(leaves)
}

/// A content that comes in the smallest pieces.
struct OneByte<'a>(&'a [u8]);

impl std::io::Read for OneByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(buffer.len()).min(1);
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn yaml(text: &str) -> Vec<String> {
    leaves(Form::Yaml, "/", text.as_bytes()).unwrap()
}

fn json(text: &str) -> Vec<String> {
    leaves(Form::Json, "/", text.as_bytes()).unwrap()
}

fn refused(form: Form, text: &[u8]) -> Error {
    let error = leaves(form, "/", text).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
    error
}

#[test]
fn scalars_keep_their_source_text() {
    let text = r#"{"a": 12345678901234567890, "b": 1.50, "c": true, "d": null, "e": ["x", -1e2],
        "f": {}, "g": [], "h": "\ud83d\ude00\t\"", "i": {"j": {"k": ""}}}"#;
    let expected = [
        "/a=12345678901234567890",
        "/b=1.50",
        "/c=true",
        "/d=",
        "/e/0=x",
        "/e/1=-1e2",
        "/h=\\u{1f600}\\t\\\"",
        "/i/j/k=",
    ];
    assert_eq!(json(text), expected);
    let text = "a: 12345678901234567890\nb: 1.50\nc: true\nd:\ne: [x, -1e2]\nf: {}\ng: []\n\
        h: \"\\U0001f600\\t\\\"\"\ni: {j: {k: ''}}\n";
    assert_eq!(yaml(text), expected);
}

#[test]
fn yaml_has_its_own_ways_to_write_a_text() {
    assert_eq!(
        yaml("a: ~\nb: 'null'\nc: !!str null\nd: 0x1F\ne: yes\nf: !!int 7\ng: \"007\"\n"),
        ["/a=", "/b=null", "/c=null", "/d=0x1F", "/e=yes", "/f=7", "/g=007"]
    );
    assert_eq!(
        yaml("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: one\n  two\n"),
        ["/a=one\\ntwo\\n", "/b=one two", "/c=one two"]
    );
    assert_eq!(yaml("1: x\ntrue: y\n'a b': z\n"), ["/1=x", "/true=y", "/a b=z"]);
    assert_eq!(yaml(""), Vec::<String>::new());
    assert_eq!(yaml("# nothing\n"), Vec::<String>::new());
}

#[test]
fn aliases_stand_for_what_they_refer_to() {
    assert_eq!(
        yaml("a: &a {x: 1, y: [2, &b 3]}\nc: *a\nd: *b\n*b : e\n"),
        ["/a/x=1", "/a/y/0=2", "/a/y/1=3", "/c/x=1", "/c/y/0=2", "/c/y/1=3", "/d=3", "/3=e"]
    );
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", "));
    }
    let error = refused(Form::Yaml, text.as_bytes());
    assert!(error.message().contains("aliases stand for more than"), "{error}");
    assert!(refused(Form::Yaml, b"a: &a [*a]\n").message().contains("inside of what it refers"));
}

#[test]
fn a_document_has_its_place() {
    assert_eq!(leaves(Form::Json, "/cl-1/env", b"{\"a\":1}").unwrap(), ["/cl-1/env/a=1"]);
    assert_eq!(leaves(Form::Yaml, "/cl-1/x", b"text").unwrap(), ["/cl-1/x=text"]);
    assert_eq!(leaves(Form::Yaml, "/l", b"- a\n- [b, {c: d}]\n").unwrap().len(), 3);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let cases: &[(Form, &[u8], &str)] = &[
        (Form::Yaml, b"a:\n  b: 1\n  b: 2\n", "`tree` line 3, at `/a`: key `b` is given twice"),
        (Form::Yaml, b"a: {b: 1}\na: {c: 2}\n", "`tree` line 2, at `/`: key `a` is given twice"),
        (Form::Json, b"{\"a\":\n{\"b\":1,\n\"b\":2}}", "`tree` line 3, at `/a`: key `b` is given"),
        (Form::Json, b"{\"a\":1,\n\"b/c\":2}", "`tree` line 2, at `/`: key `b/c` holds `/`"),
        (Form::Json, b"{\"a\":1,\n\"\":2}", "`tree` line 2, at `/`: key `` is empty"),
        (Form::Yaml, b"a: 1\n\"b\\tc\": 2\n", "line 2, at `/`: key `b\\tc` holds `\\t`"),
        (Form::Yaml, b"x: {..: 2}\n", "line 1, at `/x`: key `..` holds the segment"),
        (Form::Yaml, b"a: 1\n? [b]\n: 2\n", "line 2, at `/a`: a key is a mapping or a sequence"),
        (Form::Yaml, b"a: 1\n---\nb: 2\n", "line 2: a second document starts"),
        (Form::Yaml, b"a: !bang 2\n", "tag `!bang` is not accepted"),
        (Form::Yaml, b"a: !!binary aGk=\n", "tag `!!binary` is not accepted"),
        (Form::Yaml, b"a: {}\nb:\n  <<: {}\n", "line 3, at `/b`: the merge key `<<`"),
        (Form::Yaml, b"just text\n", "line 1, at `/`: the document is one text"),
        (Form::Yaml, b"a: [1\nb: 2\n", "not YAML: "),
        (Form::Yaml, b"a: x\nb: \xff\n", "line 2: not UTF-8 text: there is a byte 0xff"),
        (Form::Yaml, b"a: x\nb: \xe2\x82", "line 2: not UTF-8 text: there is a byte 0xe2"),
        (Form::Json, b"{\"a\": 1,\n}", "`tree` line 2: not JSON: trailing commas"),
        (Form::Json, b"{\"a\":\n tru}", "`tree` line 2: not JSON: "),
        (Form::Json, b"{\"a\": \"\xff\"}", "`tree` line 1: not JSON: "),
        (Form::Json, b"{\"a\": \"\\ud800\"}", "`tree` line 1: not JSON: "),
        (Form::Json, b"{\"a\": 1} x", "`tree` line 1: not JSON: "),
        (Form::Json, b"{\"a\": 1", "`tree` line 1: not JSON: object values must be followed"),
        (Form::Json, b"", "not JSON: "),
    ];
    for (form, text, expected) in cases {
        let error = refused(*form, text);
        assert!(error.message().contains(expected), "{error}\n not: {expected}");
    }
}

#[test]
fn a_path_has_its_longest() {
    let deep = "[".repeat(3000);
    assert!(refused(Form::Json, deep.as_bytes()).message().contains("longer than 4096 bytes"));
    let wide = format!("{{\"{}\": 1}}", "x".repeat(5000));
    assert!(refused(Form::Json, wide.as_bytes()).message().contains("longer than 4096 bytes"));
}

#[test]
fn the_language_shows_in_name_and_content() {
    assert_eq!(Form::of_name("a/tree.JSON"), Some(Form::Json));
    assert_eq!(Form::of_name("tree.yml"), Some(Form::Yaml));
    assert_eq!(Form::of_name("tree"), None);
    assert_eq!(Form::of_content(b" {\n \"a\": 1}"), Form::Json);
    assert_eq!(Form::of_content(b"{}"), Form::Json);
    assert_eq!(Form::of_content(b"{a: 1}"), Form::Yaml);
    assert_eq!(Form::of_content(b"a: 1"), Form::Yaml);
}
