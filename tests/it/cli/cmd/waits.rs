//! `--wait`: what is told, in which order nodes come, how it ends.

use rustix::process::Signal;
use snapbox::str;

use super::{agent, home, lines, timeless, until};
use crate::support::{Running, assert_text};

#[test]
fn so_many_at_a_time_until_too_many_fail() {
    let home = home();
    let _agents = ["i-m1", "i-w1", "i-w2"].map(|node| agent(&home, node, &[]));
    let all = ["cmd", "send", "--cluster=cl-one", "--all", "--wait", "--parallel=1"];
    let command = "echo $METACTL_CMD_NODE >> ran; [ $METACTL_CMD_NODE != cln-w1 ]";
    let send = |more: &[&str]| home.run([&all[..], more, &["--", command]].concat());
    assert_text(
        timeless(&send(&["--id=cmd-a"]).to_string()),
        str![[r#"
$ metactl cmd send --cluster=cl-one --all --wait --parallel=1 --id=cmd-a -- 'echo $METACTL_CMD_NODE >> ran; [ $METACTL_CMD_NODE != cln-w1 ]'
i-m1	cln-m1	master	done	0	[TOOK]		
i-w1	cln-w1	worker	done	1	[TOOK]		
i-w2	cln-w2	worker	pending				
--- stderr
sent cmd-a to 3 nodes at revision [N]
i-m1: running
i-m1: exit 0
i-w1: running
i-w1: exit 1
error: command `cmd-a` has failed on 1 of 3 nodes, and has not begun on 1
--- exit 1

"#]],
    );
    let ran = send(&["--id=cmd-b", "--max-fail=1"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(lines(&home, "ran").join(" "), "cln-m1 cln-w1 cln-m1 cln-w1 cln-w2");
    // What was sent before is not run again, only waited for.
    let ran = send(&["--id=cmd-b", "--max-fail=1"]);
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(lines(&home, "ran").len(), 5);
}

#[test]
fn nodes_without_an_agent_are_named_and_given_up() {
    let home = home();
    let _agent = agent(&home, "i-w1", &[]);
    let words = ["cmd", "send", "--cluster=cl-one", "--role=worker", "--id=cmd-a", "--wait"];
    let ran = home.run([&words[..], &["--patience", "1s", "--", "true"]].concat());
    assert_text(
        timeless(&ran.to_string()),
        str![[r#"
$ metactl cmd send --cluster=cl-one --role=worker --id=cmd-a --wait --patience 1s -- true
i-w1	cln-w1	worker	done	0	[TOOK]		
i-w2	cln-w2	worker	pending			given up: no agent	
--- stderr
sent cmd-a to 2 nodes at revision [N]
i-w1: running
i-w1: exit 0
i-w2: no agent
error: no agent has run command `cmd-a` on i-w2
hint: Start one there: `metactl agent`
hint: Take the command back: `metactl cmd cancel cmd-a`
--- exit 124

"#]],
    );
}

#[test]
fn ctrl_c_ends_the_wait_and_not_the_command() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    let command = "echo it >> ran; while [ ! -e go ]; do sleep 0.05; done; echo end >> ran";
    let wait = Running::start(
        home.command(["cmd", "send", "i-m1", "--id", "cmd-a", "--wait", "--", command]),
    );
    wait.says("i-m1: running");
    wait.signal(Signal::INT);
    let (code, _, said) = wait.end();
    assert_eq!(code, 130);
    assert_eq!(said, ["hint: See how it goes on: `metactl cmd show cmd-a`"]);
    home.file("go", "");
    until("it has ended", || lines(&home, "ran").len() == 2);
}

#[test]
fn rows_live_on_a_terminal() {
    let home = home();
    let _agent = agent(&home, "i-m1", &[]);
    let ran = home.run_on_terminal(["cmd", "send", "i-m1", "--wait", "--", "echo hello"], "?", "");
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.contains("output of i-m1"), "{ran}");
    assert!(ran.stdout.contains("hello"), "{ran}");
}
