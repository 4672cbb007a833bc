//! `cmd service`: the app's own services, on the nodes that have them.

use snapbox::str;

use super::{agent, timeless};
use crate::cli::scene::session;
use crate::support::{Home, assert_text};

const CONFIG: &str = r#"{"type": "array", "properties": [
  {"key": "service_params", "type": "array", "properties": [
    {"key": "topic", "type": "string", "default": "", "required": "yes"},
    {"key": "rate", "type": "integer", "default": 5, "max": 9}]}]}"#;
const TEMPLATE: &str = r#"{"nodes": [
  {"role": "a", "count": 2, "services": {
    "start": {"cmd": "true"},
    "pack": {"type": "custom", "order": 2, "cmd": "echo a", "nodes_to_execute_on": 1,
      "service_params": {"topic": {{service_params.topic}}, "rate": {{service_params.rate}}}}}},
  {"role": "b", "count": 1, "services": {
    "pack": {"type": "custom", "order": 1, "cmd": "echo b"}}}]}"#;

fn home() -> (Home, Vec<String>) {
    let home = Home::new();
    home.file("app/config.json", CONFIG);
    home.file("app/cluster.json.mustache", TEMPLATE);
    home.run(["cluster", "create", "--id", "cl-app", "--app", "app"]).ok();
    let instances = home.run(["instance", "list", "-o", "value"]).ok().stdout;
    (home, instances.lines().map(str::to_owned).collect())
}

#[test]
fn a_service_runs_in_the_order_of_its_roles() {
    let (home, instances) = home();
    let _agents: Vec<_> = instances.iter().map(|node| agent(&home, node, &[])).collect();
    let run = ["cmd", "service", "pack", "--param", "topic=it's", "--id=cmd-a", "--wait"];
    let ran = home.run(run);
    assert_eq!(ran.code, 0, "{ran}");
    let told: Vec<&str> = ran
        .stderr
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(_, words)| words)
        .collect();
    assert_eq!(told, ["running", "exit 0", "running", "exit 0"]);
    let output = home.run(["cmd", "show", "cmd-a", "-o", "value"]).ok().stdout;
    assert_eq!(output, "b\na {\"topic\":\"it's\",\"rate\":5}\n");
    let list = home.run(["cmd", "list"]).ok().stdout;
    assert_text(
        timeless(&list),
        str![[r#"
cmd-a	[TIME]	cl-app	2	done=2	tester@here	service pack

"#]],
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let (home, _) = home();
    let text = session(
        &home,
        [
            &["cmd", "service", "pakc"],
            &["cmd", "service", "start"],
            &["cmd", "service", "pack", "--wait"],
            &["cmd", "service", "pack", "--param", "topic=a"],
            &["cmd", "service", "pack", "--param", "topic=a", "--param", "rate=10"],
            &["cmd", "service", "pack", "--param", "topc=a"],
            &["cmd", "service", "pack", "--param", "topic=a", "--role", "none"],
            &["cmd", "service", "pack", "--param", "topic"],
            &["cmd", "list"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl cmd service pakc
--- stderr
error: the app has no service `pakc`; near to it: `pack`
--- exit 3

$ metactl cmd service start
--- stderr
error: service `start` is run by the life cycle alone; services: `pack`
--- exit 3

$ metactl cmd service pack --wait
--- stderr
error: service `pack`: parameter `topic` is required, and has no value; a string is accepted
--- exit 2

$ metactl cmd service pack --param topic=a
--- stderr
error: the command comes to its nodes in several turns, which needs somebody who waits
hint: Wait for it: `--wait`
--- exit 2

$ metactl cmd service pack --param topic=a --param rate=10
--- stderr
error: service `pack`: parameter `rate` `10` is too large; an integer of at most 9 is accepted
--- exit 2

$ metactl cmd service pack --param topc=a
--- stderr
error: service `pack` does not ask for `topc`; near to it: `topic`
--- exit 2

$ metactl cmd service pack --param topic=a --role none
--- stderr
error: no node that was chosen has service `pack`; roles that have it: `a`, `b`
--- exit 3

$ metactl cmd service pack --param topic
--- stderr
error: invalid value 'topic' for '--param <KEY=VALUE>': `topic` is no KEY=VALUE, such as `topic=orders`

For more information, try '--help'.
--- exit 2

$ metactl cmd list
--- stderr
no command was sent

"#]],
    );
}
