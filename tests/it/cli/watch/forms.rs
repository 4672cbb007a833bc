//! What a watch prints, from where, and how many.

use snapbox::str;

use crate::support::{Home, Running, assert_text, assert_transcript};

/// Three commits, the second one of three changes: revisions 2, 3 and 4.
fn home() -> Home {
    let home = Home::new();
    home.run(["put", "/a/x", "1"]).ok();
    home.file("more.yaml", "{a: {x: 2, y: \"tab\\tand\\nline\", z: ''}}");
    home.run(["import", "more.yaml"]).ok();
    home.run(["rm", "/a/y"]).ok();
    home
}

/// JSON lines without the time, which is checked to be one.
fn without_time(lines: &str) -> String {
    let mut text = String::new();
    for line in lines.lines() {
        let mut change: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(time) = change.as_object_mut().unwrap().remove("time") {
            time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        }
        text.push_str(&format!("{change}\n"));
    }
    text
}

#[test]
fn text_is_type_path_and_value() {
    let home = home();
    assert_transcript(
        home.run(["watch", "--rev", "1", "--count", "5", "/a"]),
        str![[r#"
$ metactl watch --rev 1 --count 5 /a
put	/a/x	1
put	/a/x	2
put	/a/y	tab\tand\nline
put	/a/z	
delete	/a/y

"#]],
    );
}

#[test]
fn json_is_one_object_a_line() {
    let home = home();
    let ran = home.run(["watch", "--rev", "3", "--count", "4", "-o", "json", "/a"]).ok();
    assert_text(
        without_time(&ran.stdout),
        str![[r#"
{"actor":"tester@here","path":"/a/x","previous":"1","revision":3,"type":"put","value":"2"}
{"actor":"tester@here","path":"/a/y","revision":3,"type":"put","value":"tab\tand\nline"}
{"actor":"tester@here","path":"/a/z","revision":3,"type":"put","value":""}
{"actor":"tester@here","path":"/a/y","previous":"tab\tand\nline","revision":4,"type":"delete"}

"#]],
    );
}

#[test]
fn a_count_never_splits_a_commit() {
    let home = home();
    assert_transcript(
        home.run(["watch", "--rev", "3", "--count", "2", "/a"]),
        str![[r#"
$ metactl watch --rev 3 --count 2 /a
put	/a/x	2
put	/a/y	tab\tand\nline
put	/a/z	

"#]],
    );
}

#[test]
fn the_present_state_comes_first_and_is_not_counted() {
    let home = home();
    let command = home.command(["watch", "--initial", "--count", "1", "-o", "json", "/a", "/b"]);
    let watch = Running::start(command);
    let initial = watch.take(2).join("\n");
    assert_text(
        without_time(&initial),
        str![[r#"
{"initial":true,"path":"/a/x","revision":4,"type":"put","value":"2"}
{"initial":true,"path":"/a/z","revision":4,"type":"put","value":""}

"#]],
    );
    home.run(["put", "/c", "elsewhere"]).ok();
    home.run(["put", "/b/new", "1"]).ok();
    let (code, rest, said) = watch.end();
    assert_eq!((code, said.len()), (0, 0), "{said:?}");
    assert_text(
        without_time(&rest.join("\n")),
        str![[r#"
{"actor":"tester@here","path":"/b/new","revision":6,"type":"put","value":"1"}

"#]],
    );
}

#[test]
fn the_root_shows_the_tree_alone() {
    let home = home();
    home.run(["mapping", "set", "10.0.0.1", "x=/a"]).ok();
    home.run(["put", "/a/x", "3"]).ok();
    let ran = home.run(["watch", "--rev", "5", "--count", "1", "/"]).ok();
    assert_eq!(ran.stdout, "put\t/a/x\t3\n");
}

#[test]
fn words_that_do_not_fit_are_refused() {
    let home = home();
    assert_transcript(
        home.run(["watch", "-o", "yaml", "/a"]),
        str![[r#"
$ metactl watch -o yaml /a
--- stderr
error: output format `yaml` is not one of this command
hint: Choose one of `-o text|json`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["watch", "/_metactl/log"]),
        str![[r#"
$ metactl watch /_metactl/log
--- stderr
error: `/_metactl/log` is among metactl's own records, which are not part of the tree
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["watch", "/self/host"]),
        str![[r#"
$ metactl watch /self/host
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

"#]],
    );
    for wrong in [
        vec!["watch"],
        vec!["watch", "a"],
        vec!["watch", "--count", "0", "/a"],
        vec!["watch", "--debounce", "3s:2s", "/a"],
        vec!["watch", "--splay", "x", "/a"],
        vec!["watch", "--initial", "--rev", "3", "/a"],
    ] {
        let ran = home.run(&wrong);
        assert_eq!(ran.code, 2, "{ran}");
    }
}

#[test]
fn a_revision_that_has_not_happened_is_refused() {
    let home = home();
    let ran = home.run(["watch", "--rev", "900", "/a"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.starts_with("error: watching from revision `900`\n"), "{ran}");
}
