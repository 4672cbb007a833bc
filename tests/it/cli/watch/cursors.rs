//! `--cursor`: a watch that is started again goes on where it was.

use metactl::store::Store;
use metactl::store::sqlite::Sqlite;
use rustix::process::Signal;
use snapbox::str;

use crate::support::{Home, Running, assert_transcript};

fn home() -> Home {
    let home = Home::new();
    home.file("a.yaml", "{a: {gone: 1, other: 1, same: 1}}");
    home.run(["import", "a.yaml"]).ok();
    home
}

/// Everything so far is delivered and kept.
fn begun(home: &Home) {
    let ran = home.run(["watch", "--rev", "2", "--count", "3", "--cursor", "c", "/a"]).ok();
    assert_eq!(ran.stdout, "put\t/a/gone\t1\nput\t/a/other\t1\nput\t/a/same\t1\n");
}

fn compact(home: &Home, revision: u64) {
    let file = home.path().join(".local/share/metactl/metadata.db");
    let store = Sqlite::new(file, std::time::Duration::from_secs(10));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.compact(revision)).unwrap();
}

#[test]
fn it_goes_on_exactly_after_what_was_delivered() {
    let home = home();
    begun(&home);
    home.run(["put", "/a/other", "2"]).ok();
    home.run(["put", "/a/other", "3"]).ok();
    home.run(["rm", "/a/gone"]).ok();
    assert_transcript(
        home.run(["watch", "--count", "2", "--cursor", "c", "/a"]),
        str![[r#"
$ metactl watch --count 2 --cursor c /a
put	/a/other	2
put	/a/other	3

"#]],
    );
    // Where to begin counts for a new cursor only.
    assert_transcript(
        home.run(["watch", "--initial", "--count", "1", "--cursor", "c", "/a"]),
        str![[r#"
$ metactl watch --initial --count 1 --cursor c /a
delete	/a/gone

"#]],
    );
}

#[test]
fn after_a_compaction_the_difference_comes() {
    let home = home();
    begun(&home);
    home.run(["put", "/a/same", "x"]).ok();
    home.run(["put", "/a/other", "2"]).ok();
    home.run(["rm", "/a/gone"]).ok();
    home.run(["put", "/a/new", "1"]).ok();
    home.run(["put", "/a/same", "1"]).ok();
    compact(&home, 7);
    assert_transcript(
        home.run(["watch", "--count", "3", "--cursor", "c", "-o", "json", "/a"]),
        str![[r#"
$ metactl watch --count 3 --cursor c -o json /a
{"type":"delete","path":"/a/gone","revision":7,"resync":true}
{"type":"put","path":"/a/new","value":"1","revision":7,"resync":true}
{"type":"put","path":"/a/other","value":"2","revision":7,"resync":true}
--- stderr
history does not reach back to what was told; compared with the state at revision 7: 3 paths differ

"#]],
    );
    home.run(["put", "/a/new", "2"]).ok();
    let ran = home.run(["watch", "--count", "1", "--cursor", "c", "/a"]).ok();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("put\t/a/new\t2\n", ""));
}

#[test]
fn a_compacted_revision_is_refused_with_the_oldest() {
    let home = home();
    home.run(["put", "/a/same", "2"]).ok();
    home.run(["put", "/a/same", "3"]).ok();
    compact(&home, 4);
    assert_transcript(
        home.run(["watch", "--rev", "3", "/a"]),
        str![[r#"
$ metactl watch --rev 3 /a
--- stderr
error: watching from revision `3`
  cause: revision `2` is no longer kept; the oldest readable one is 4
hint: Begin with the present state: `metactl watch --initial PATH`
--- exit 1

"#]],
    );
    home.run(["put", "/a/same", "4"]).ok();
    let ran = home.run(["watch", "--rev", "5", "--count", "1", "/a"]).ok();
    assert_eq!(ran.stdout, "put\t/a/same\t4\n");
}

#[test]
fn it_belongs_to_its_paths_and_to_one_watch() {
    let home = home();
    begun(&home);
    let ran = home.run(["watch", "--cursor", "c", "/b"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("the cursor belongs to a watch of `/a`"), "{ran}");
    home.run(["put", "/a/same", "2"]).ok();
    let watch = Running::start(home.command(["watch", "--cursor", "c", "/a"]));
    assert_eq!(watch.line(), "put\t/a/same\t2");
    let ran = home.run(["watch", "--cursor", "c", "/a"]);
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.stderr.contains("in use by another watch"), "{ran}");
    home.file("other", "something else\n");
    let ran = home.run(["watch", "--cursor", "other", "/a"]);
    assert_eq!(ran.code, 2, "{ran}");
    let other = std::fs::read_to_string(home.path().join("other")).unwrap();
    assert_eq!(other, "something else\n");
}

#[test]
fn a_handler_that_outlives_its_watch_holds_the_cursor() {
    let home = home();
    let handler = "echo $$; while [ ! -e go ]; do sleep 0.01; done; echo over";
    let args = ["watch", "--initial", "--cursor", "c", "--exec", handler, "/a"];
    let watch = Running::start(home.command(args));
    watch.line();
    watch.signal(Signal::KILL);
    let second = ["watch", "--initial", "--cursor", "c", "--exec", "echo again; exit", "/a"];
    let refused = home.run(second);
    assert_eq!(refused.code, 4, "{refused}");
    home.file("go", "");
    assert_eq!(watch.line(), "over");
    // Nothing had been delivered to its end, so it comes again.
    let again = loop {
        let again = Running::start(home.command(second));
        match again.try_line() {
            Some(line) => break line,
            // The handler is about to end.
            None => assert_eq!(again.end().0, 4),
        }
    };
    assert_eq!(again, "again");
}
