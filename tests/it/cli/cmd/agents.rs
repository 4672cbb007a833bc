//! What an agent runs, and how.

use snapbox::str;

use super::{agent, home, lines, node, send, timeless, until, until_state};
use crate::cli::scene::session;
use crate::support::{Running, assert_text};

#[test]
fn what_is_sent_is_run_and_reported() {
    let home = home();
    let _agents = [agent(&home, "i-m1", &[]), agent(&home, "cln-w1", &[])];
    let text = session(
        &home,
        [
            &[
                "cmd",
                "send",
                "i-m1",
                "i-w1",
                "--id=cmd-a",
                "--wait",
                "--",
                "echo $METACTL_CMD_NODE",
            ],
            &["cmd", "send", "i-m1", "--id", "cmd-b", "--wait", "--", "echo oh no >&2; exit 3"],
            &["cmd", "show", "cmd-a", "-o", "value"],
            &["cmd", "list"],
        ],
    );
    assert_text(
        timeless(&by_node(&text)),
        str![[r#"
$ metactl cmd send i-m1 i-w1 --id=cmd-a --wait -- 'echo $METACTL_CMD_NODE'
i-m1	cln-m1	master	done	0	[TOOK]		cln-m1\n
i-w1	cln-w1	worker	done	0	[TOOK]		cln-w1\n
--- stderr
sent cmd-a to 2 nodes at revision [N]
i-m1: running
i-m1: exit 0
i-w1: running
i-w1: exit 0

$ metactl cmd send i-m1 --id cmd-b --wait -- 'echo oh no >&2; exit 3'
i-m1	cln-m1	master	done	3	[TOOK]		oh no\n
--- stderr
sent cmd-b to i-m1 at revision [N]
i-m1: running
i-m1: exit 3
error: command `cmd-b` has failed
--- exit 1

$ metactl cmd show cmd-a -o value
cln-m1
cln-w1

$ metactl cmd list
cmd-a	[TIME]	cl-one	2	done=2	tester@here	echo $METACTL_CMD_NODE
cmd-b	[TIME]	cl-one	1	failed=1	tester@here	echo oh no >&2; exit 3

"#]],
    );
    let shown = home.run(["cmd", "show", "cmd-b", "-o", "json"]).ok();
    assert_text(
        timeless(&shown.stdout),
        str![[r#"
{
  "id": "cmd-b",
  "cluster": "cl-one",
  "when": "[TIME]",
  "actor": "tester@here",
  "service": null,
  "nodes": [
    {
      "instance_id": "i-m1",
      "node_id": "cln-m1",
      "role": "master",
      "ip": "10.0.0.2",
      "command": "echo oh no >&2; exit 3",
      "timeout": 600,
      "state": "done",
      "exit": 3,
      "sent": "[TIME]",
      "started": "[TIME]",
      "finished": "[TIME]",
      "seconds": [TOOK],
      "output": "oh no\n",
      "printed": 6,
      "note": null
    }
  ]
}

"#]],
    );
    let shown = home.run(["cmd", "show", "cmd-b", "-o", "table"]).ok();
    assert!(shown.stdout.contains("output of i-m1\noh no\n"), "{shown}");
}

/// Which node is told of first depends on the machine.
fn by_node(text: &str) -> String {
    fn node(line: &str) -> Option<&str> {
        line.split_once(": ").map(|(name, _)| name).filter(|name| name.starts_with("i-"))
    }
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|one, other| node(one).is_some() && node(other).is_some()) {
        run.sort_by_key(|line| node(line));
    }
    lines.join("\n") + "\n"
}

#[test]
fn commands_know_who_they_are_run_for() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    send(&home, "cmd-a", "env | grep ^METACTL_ | sort");
    let output = until_state(&home, "cmd-a", "done")["output"].as_str().unwrap().to_owned();
    assert_eq!(
        output,
        "METACTL_ACTOR=tester@here\nMETACTL_AS=10.0.0.2\nMETACTL_CMD_CLUSTER=cl-one\n\
         METACTL_CMD_ID=cmd-a\nMETACTL_CMD_NODE=cln-m1\nMETACTL_CMD_TIMEOUT=600\n"
    );
}

#[test]
fn two_in_quick_succession_are_run_one_after_the_other() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    for number in 0..5 {
        let command = format!("sleep 0.1; echo {number} >> ran; sleep 0.1; echo end >> ran");
        send(&home, &format!("cmd-{number}"), &command);
    }
    until_state(&home, "cmd-4", "done");
    assert_eq!(lines(&home, "ran").join(" "), "0 end 1 end 2 end 3 end 4 end");
}

#[test]
fn ten_mebibytes_of_output_cost_no_memory() {
    let home = home();
    let log = home.path().join("agent.log");
    let agent = agent(&home, "i-m1", &["--log", "agent.log", "--log-size", "4"]);
    let peak = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", agent.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let before = peak();
    send(&home, "cmd-a", "head -c 10485760 /dev/zero | tr '\\0' x; echo; echo the end");
    let node = until_state(&home, "cmd-a", "done");
    assert_eq!(node["printed"], 10_485_760 + 9);
    let output = node["output"].as_str().unwrap();
    assert!(output.len() == 16 * 1024 && output.ends_with("x\nthe end\n"));
    assert!(peak() < before + 4 * 1024, "{} KiB more", peak() - before);
    let size = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    let all = ["agent.log.2", "agent.log.1"].map(|name| size(&log.with_file_name(name)));
    assert!(all.iter().all(|size| *size <= 4 << 20), "{all:?}");
    assert!(all.iter().sum::<u64>() + size(&log) > 10_485_760);
}

#[test]
fn an_agent_runs_only_what_is_allowed_and_without_a_shell() {
    let home = home();
    let _agent = agent(&home, "i-m1", &["--allow", "echo [a-z' $]+", "--no-shell"]);
    send(&home, "cmd-a", "echo $HOME 'a  b'");
    let node = until_state(&home, "cmd-a", "done");
    assert_eq!(
        (&node["exit"], &node["output"]),
        (&126.into(), &"refused by the agent: `--allow` has no pattern for it\n".into())
    );
    send(&home, "cmd-b", "echo $x 'a  b'");
    assert_eq!(until_state(&home, "cmd-b", "done")["output"], "$x a  b\n");
    send(&home, "cmd-c", "echo ok; id");
    assert_eq!(until_state(&home, "cmd-c", "done")["exit"], 126);
    send(&home, "cmd-d", "echo 'open");
    let node = until_state(&home, "cmd-d", "done");
    assert!(node["note"].as_str().unwrap().contains("ends inside single quotes"), "{node}");
}

#[test]
fn what_other_programs_send_is_run_once_and_listed() {
    let home = home();
    let slot = "{cl-one: {cmd: {i-m1: {id: 42, cmd: echo it >> ran, timeout: 5}}}}";
    let first = agent(&home, "i-m1", &[]);
    home.run_input(["import", "-"], slot).ok();
    until("it is listed", || home.run(["cmd", "list"]).stdout.contains("42\t"));
    until_state(&home, "42", "done");
    drop(first);
    let _second = agent(&home, "i-m1", &[]);
    send(&home, "cmd-next", "true");
    until_state(&home, "cmd-next", "done");
    assert_eq!(lines(&home, "ran"), ["it"]);
}

#[test]
fn an_agent_follows_its_slot_to_another_place() {
    let home = home();
    let _agent = agent(&home, "10.0.0.2", &[]);
    home.run(["mapping", "set", "10.0.0.2", "cmd=/cl-one/cmd/i-new"]).ok();
    let slot = "{cl-one: {cmd: {i-new: {id: cmd-new, cmd: echo moved, timeout: 5}}}}";
    home.run_input(["import", "-"], slot).ok();
    until("it has run", || home.run(["cmd", "show", "cmd-new"]).stdout.contains("\tdone\t"));
    assert_eq!(node(&home, "cmd-new")["output"], "moved\n");
}

#[test]
fn who_it_is_has_to_be_known() {
    let home = home();
    let text = session(
        &home,
        [&["agent"], &["agent", "--as", "i-none"], &["agent", "--as", "i-m1", "--allow", "("]],
    );
    assert_text(
        text,
        str![[r#"
$ metactl agent
--- stderr
error: finding out who `/self` is: nothing names a node, and no address of this machine has a mapping
hint: Name the node: `--as IP`, `--as i-…` or `--as cln-…`
hint: List the nodes: `metactl instance list`
--- exit 2

$ metactl agent --as i-none
--- stderr
error: no mapping leads to the node `i-none`
hint: List the nodes: `metactl instance list`
--- exit 3

$ metactl agent --as i-m1 --allow '('
--- stderr
error: pattern `(` is no regular expression: unclosed group
--- exit 2

"#]],
    );
    let agent = Running::start(home.command(["agent", "--as", "i-m1", "--log", "/proc/none/log"]));
    let (code, _, said) = agent.end();
    assert_eq!(code, 1);
    assert!(said[0].starts_with("error: opening the log `/proc/none/log`"), "{said:?}");
}

#[test]
fn many_senders_take_turns_on_one_slot() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    std::thread::scope(|scope| {
        for sender in 0..4 {
            let home = &home;
            scope.spawn(move || {
                for number in 0..3 {
                    let (id, command) = (
                        format!("cmd-{sender}-{number}"),
                        format!("echo {sender} {number} >> ran"),
                    );
                    let words = ["cmd", "send", "i-m1", "--request-timeout=60s", "--id", &id];
                    home.run([&words[..], &["--wait", "--", &command]].concat()).ok();
                }
            });
        }
    });
    let mut ran = lines(&home, "ran");
    ran.sort();
    ran.dedup();
    assert_eq!(ran.len(), 12);
    assert_eq!(lines(&home, "ran").len(), 12);
}
