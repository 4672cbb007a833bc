//! Watching under `/self`.

use crate::support::{Home, Running};

#[test]
fn a_changed_mapping_is_the_difference_of_the_views() {
    let home = Home::new();
    home.file("two.yaml", "{cl-1: {h: {ip: 1, sid: 7}}, cl-2: {h: {ip: 2, sid: 7, new: x}}}");
    home.run(["import", "two.yaml"]).ok();
    home.run(["mapping", "set", "10.0.0.1", "host=/cl-1/h"]).ok();
    let args = ["watch", "--as", "10.0.0.1", "--initial", "-o", "json", "/self/host"];
    let watch = Running::start(home.command(args));
    watch.take(2);
    home.run(["put", "/cl-1/h/ip", "1b"]).ok();
    let line = watch.line();
    let expected = r#"{"type":"put","path":"/self/host/ip","real_path":"/cl-1/h/ip","value":"1b","previous":"1","revision":4,"#;
    assert!(line.starts_with(expected), "{line}");
    home.run(["mapping", "set", "10.0.0.1", "host=/cl-2/h"]).ok();
    let lines = watch.take(2);
    let ip = r#"{"type":"put","path":"/self/host/ip","real_path":"/cl-2/h/ip","value":"2","previous":"1b","revision":5,"#;
    let new = r#"{"type":"put","path":"/self/host/new","real_path":"/cl-2/h/new","value":"x","revision":5,"#;
    assert!(lines[0].starts_with(ip), "{lines:?}");
    assert!(lines[1].starts_with(new), "{lines:?}");
    home.run(["mapping", "rm", "--yes", "10.0.0.1"]).ok();
    let gone: Vec<_> = watch.take(3);
    assert!(gone.iter().all(|line| line.starts_with(r#"{"type":"delete","path":"/self/host/"#)));
}
