//! `metactl rule`

use std::process::Stdio;

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn it_sets_shows_and_removes_rules() {
    let home = Home::new();
    let text = session(
        &home,
        [
            &["rule", "get"],
            &["rule", "set", "10.0.0.2", "/cl-one=read", "/cl-one/env/secret=forbidden"],
            &["rule", "set", "10.0.0.2", "/cl-one=read"],
            &["rule", "set", "10.0.0.2", "/cl-one=forbidden", "/*/env=read", "-o", "json"],
            &["rule", "set", "FE80:0::1", "/=read"],
            &["rule", "get"],
            &["rule", "get", "10.0.0.2", "-o", "json"],
            &["rule", "get", "fe80::1", "-o", "yaml"],
            &["rule", "get", "-o", "table"],
            &["rule", "rm", "10.0.0.2", "/cl-one"],
            &["rule", "set", "10.0.0.2", "--replace", "/cl-two=read"],
            &["rule", "rm", "10.0.0.2", "/cl-two", "-o", "yaml"],
            &["rule", "rm", "fe80::1"],
            &["rule", "rm", "fe80::1", "--yes"],
            &["rule", "get"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rule get
--- stderr
no client has rules in the group default

$ metactl rule set 10.0.0.2 /cl-one=read /cl-one/env/secret=forbidden
--- stderr
set 2 rules of 10.0.0.2 at revision 2

$ metactl rule set 10.0.0.2 /cl-one=read
--- stderr
nothing to change in the rules of 10.0.0.2

$ metactl rule set 10.0.0.2 /cl-one=forbidden '/*/env=read' -o json
{
  "ip": "10.0.0.2",
  "revision": 3,
  "changed": 2,
  "rules": [
    {
      "path": "/cl-one",
      "mode": 0
    },
    {
      "path": "/cl-one/env/secret",
      "mode": 0
    },
    {
      "path": "/*/env",
      "mode": 1
    }
  ]
}
--- stderr
set 2 rules of 10.0.0.2 at revision 3

$ metactl rule set FE80:0::1 /=read
--- stderr
set 1 rule of fe80::1 at revision 4

$ metactl rule get
10.0.0.2	/cl-one	forbidden
10.0.0.2	/cl-one/env/secret	forbidden
10.0.0.2	/*/env	read
fe80::1	/	read

$ metactl rule get 10.0.0.2 -o json
{
  "10.0.0.2": [
    {
      "path": "/cl-one",
      "mode": 0
    },
    {
      "path": "/cl-one/env/secret",
      "mode": 0
    },
    {
      "path": "/*/env",
      "mode": 1
    }
  ]
}

$ metactl rule get fe80::1 -o yaml
fe80::1:
- mode: 1
  path: /

$ metactl rule get -o table
IP         PATH                 RULE
10.0.0.2   /cl-one              forbidden
           /cl-one/env/secret   forbidden
           /*/env               read
fe80::1    /                    read

$ metactl rule rm 10.0.0.2 /cl-one
--- stderr
removed 1 rule of 10.0.0.2 at revision 5

$ metactl rule set 10.0.0.2 --replace /cl-two=read
--- stderr
changed 3 rules of 10.0.0.2 at revision 6

$ metactl rule rm 10.0.0.2 /cl-two -o yaml
changed: 1
ip: 10.0.0.2
revision: 7
rules: []
--- stderr
removed 1 rule of 10.0.0.2 at revision 7
10.0.0.2 has no rules now, its mapping decides

$ metactl rule rm fe80::1
--- stderr
error: remove all access rules of `fe80::1` in file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

$ metactl rule rm fe80::1 --yes
--- stderr
removed 1 rule of fe80::1 at revision 8
fe80::1 has no rules now, its mapping decides

$ metactl rule get
--- stderr
no client has rules in the group default

"#]],
    );
}

#[test]
fn it_says_what_decides() {
    let home = scene::home();
    home.run(["rule", "set", "10.0.0.3", "/cl-one=read", "/cl-one/env/motd=forbidden"]).ok();
    let text = session(
        &home,
        [
            &["rule", "check", "10.0.0.2", "/self/env/port"],
            &["rule", "check", "10.0.0.2", "/cl-one/env/port", "-o", "json"],
            &["rule", "check", "10.0.0.2", "/cl-two/env"],
            &["rule", "check", "10.0.0.2", "/cl-one"],
            &["rule", "check", "10.0.0.2", "/self/none"],
            &["rule", "check", "10.0.0.3", "/self"],
            &["rule", "check", "10.0.0.3", "/self/env", "-o", "json"],
            &["rule", "check", "10.0.0.3", "/self/env", "-o", "table"],
            &["rule", "check", "10.0.0.3", "/self/project/attributes", "-o", "yaml"],
            &["rule", "check", "10.0.0.77", "/cl-one"],
            &["rule", "check", "10.0.0.3", "/_metad"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rule check 10.0.0.2 /self/env/port
allowed	/self/env/port	/cl-one/env/port	there are no rules, and `/self/env` leads to `/cl-one/env`

$ metactl rule check 10.0.0.2 /cl-one/env/port -o json
{
  "ip": "10.0.0.2",
  "path": "/cl-one/env/port",
  "revision": 8,
  "verdict": "allowed",
  "decisions": [
    {
      "path": "/cl-one/env/port",
      "real_path": "/cl-one/env/port",
      "allowed": true,
      "why": "there are no rules, and `/self/env` leads to `/cl-one/env`"
    }
  ]
}

$ metactl rule check 10.0.0.2 /cl-two/env
allowed	/cl-two/env	/cl-two/env	there are no rules, and `/self/links/other` leads to `/cl-two`

$ metactl rule check 10.0.0.2 /cl-one
forbidden	/cl-one	/cl-one	there are no rules, and no link of the mapping reaches `/cl-one`
allowed	/cl-one/env	/cl-one/env	there are no rules, and `/self/env` leads to `/cl-one/env`
allowed	/cl-one/hosts	/cl-one/hosts	there are no rules, and `/self/hosts` leads to `/cl-one/hosts`

$ metactl rule check 10.0.0.2 /self/none
forbidden	/self/none	-	no link of its mapping leads to `/self/none`
--- stderr
error: `10.0.0.2` may not read `/self/none`
hint: See what it may read: `metactl rule check 10.0.0.2 /`
--- exit 6

$ metactl rule check 10.0.0.3 /self
allowed	/self/env	/cl-one/env	the rule on `/cl-one` allows it
forbidden	/self/env/motd	/cl-one/env/motd	the rule on `/cl-one/env/motd` forbids it
allowed	/self/host	/cl-one/hosts/worker/i-w1	the rule on `/cl-one` allows it
allowed	/self/hosts	/cl-one/hosts	the rule on `/cl-one` allows it
forbidden	/self/project	/projects/web	none of the 2 rules covers `/projects/web`

$ metactl rule check 10.0.0.3 /self/env -o json
{
  "ip": "10.0.0.3",
  "path": "/self/env",
  "revision": 8,
  "verdict": "partly",
  "decisions": [
    {
      "path": "/self/env",
      "real_path": "/cl-one/env",
      "allowed": true,
      "why": "the rule on `/cl-one` allows it"
    },
    {
      "path": "/self/env/motd",
      "real_path": "/cl-one/env/motd",
      "allowed": false,
      "why": "the rule on `/cl-one/env/motd` forbids it"
    }
  ]
}

$ metactl rule check 10.0.0.3 /self/env -o table
            PATH             REAL PATH          WHY
allowed     /self/env        /cl-one/env        the rule on `/cl-one` allows it
forbidden   /self/env/motd   /cl-one/env/motd   the rule on `/cl-one/env/motd`
                                                forbids it

$ metactl rule check 10.0.0.3 /self/project/attributes -o yaml
decisions:
- allowed: false
  path: /self/project/attributes
  real_path: /projects/web/attributes
  why: "none of the 2 rules covers `/projects/web/attributes`"
ip: 10.0.0.3
path: /self/project/attributes
revision: 8
verdict: forbidden
--- stderr
error: `10.0.0.3` may not read `/self/project/attributes`
hint: See what it may read: `metactl rule check 10.0.0.3 /`
--- exit 6

$ metactl rule check 10.0.0.77 /cl-one
forbidden	/cl-one	/cl-one	there are no rules, and no link of the mapping reaches `/cl-one`
--- stderr
error: `10.0.0.77` may not read `/cl-one`
hint: See what it may read: `metactl rule check 10.0.0.77 /`
--- exit 6

$ metactl rule check 10.0.0.3 /_metad
forbidden	/_metad	/_metad	`/_metad` is never shown to a node
--- stderr
error: `10.0.0.3` may not read `/_metad`
hint: See what it may read: `metactl rule check 10.0.0.3 /`
--- exit 6

"#]],
    );
}

#[test]
fn rules_that_cannot_be_read_are_said_and_can_be_mended() {
    let home = scene::home();
    home.run(["rule", "set", "10.0.0.4", "/=read"]).ok();
    home.run(["put", "/_metad/rule/default/10.0.0.3", "{}"]).ok();
    let text = session(
        &home,
        [
            &["rule", "get"],
            &["rule", "get", "10.0.0.3"],
            &["rule", "check", "10.0.0.3", "/self/env"],
            &["rule", "set", "10.0.0.3", "/cl-one=read"],
            &["rule", "rm", "10.0.0.3", "/cl-one"],
            &["rule", "set", "10.0.0.3", "/cl-one=read", "--replace"],
            &["rule", "check", "10.0.0.3", "/self/env"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rule get
10.0.0.4	/	read
--- stderr
warning: the access rules of 10.0.0.3 cannot be read, they allow nothing

$ metactl rule get 10.0.0.3
--- stderr
error: reading the access rules of `10.0.0.3`
  cause: access rules are not a JSON array of `{"path","mode"}`
  cause: invalid type: map, expected a sequence at line 1 column 0
hint: Set them anew: `metactl rule set 10.0.0.3 --replace PATH=read …`
hint: Take them away: `metactl rule rm 10.0.0.3`
--- exit 2

$ metactl rule check 10.0.0.3 /self/env
forbidden	/self/env	/cl-one/env	its rules cannot be read, and so let nothing through
--- stderr
error: `10.0.0.3` may not read `/self/env`
hint: See what it may read: `metactl rule check 10.0.0.3 /`
--- exit 6

$ metactl rule set 10.0.0.3 /cl-one=read
--- stderr
error: reading the access rules of `10.0.0.3`
  cause: access rules are not a JSON array of `{"path","mode"}`
  cause: invalid type: map, expected a sequence at line 1 column 0
hint: Set them anew: `metactl rule set 10.0.0.3 --replace PATH=read …`
hint: Take them away: `metactl rule rm 10.0.0.3`
--- exit 2

$ metactl rule rm 10.0.0.3 /cl-one
--- stderr
error: reading the access rules of `10.0.0.3`
  cause: access rules are not a JSON array of `{"path","mode"}`
  cause: invalid type: map, expected a sequence at line 1 column 0
hint: Set them anew: `metactl rule set 10.0.0.3 --replace PATH=read …`
hint: Take them away: `metactl rule rm 10.0.0.3`
--- exit 2

$ metactl rule set 10.0.0.3 /cl-one=read --replace
--- stderr
changed 1 rule of 10.0.0.3 at revision 10

$ metactl rule check 10.0.0.3 /self/env
allowed	/self/env	/cl-one/env	the rule on `/cl-one` allows it

"#]],
    );
    home.run(["put", "/_metad/rule/default/10.0.0.3", "{}"]).ok();
    home.run(["rule", "rm", "10.0.0.3", "--yes"]).ok();
    assert_eq!(home.run(["rule", "get", "10.0.0.3"]).code, 3);
}

#[test]
fn it_refuses_what_is_no_rule() {
    let home = scene::home();
    home.run(["rule", "set", "10.0.0.2", "/cl-one=read"]).ok();
    let text = session(
        &home,
        [
            &["rule", "set", "10.0.0.2", "/cl-one"],
            &["rule", "set", "10.0.0.2", "/cl-one=write"],
            &["rule", "set", "10.0.0.2", "cl-one=read"],
            &["rule", "set", "10.0.0.2", "/self/env=read"],
            &["rule", "set", "10.0.0.2", "/_metad=read"],
            &["rule", "set", "10.0.0.2", "/a=read", "/a/=forbidden"],
            &["rule", "set", "i-m1", "/a=read"],
            &["rule", "rm", "10.0.0.2", "/cl-two"],
            &["rule", "rm", "10.0.0.9", "/cl-two"],
            &["rule", "get", "10.0.0.2", "--group", "other"],
            &["rule", "check", "nobody", "/cl-one"],
            &["rule", "check", "10.0.0.2", "/cl-one", "-o", "value"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl rule set 10.0.0.2 /cl-one
--- stderr
error: `/cl-one` is not of the form PATH=read or PATH=forbidden
--- exit 2

$ metactl rule set 10.0.0.2 /cl-one=write
--- stderr
error: `/cl-one=write` is not of the form PATH=read or PATH=forbidden
--- exit 2

$ metactl rule set 10.0.0.2 cl-one=read
--- stderr
error: path `cl-one` does not start with `/`
hint: Type the whole path, as in `/cl-one`
--- exit 2

$ metactl rule set 10.0.0.2 /self/env=read
--- stderr
error: a rule on `/self/env` would never count: rules are about the real paths that links lead to
hint: See where they lead: `metactl mapping get IP`
--- exit 2

$ metactl rule set 10.0.0.2 /_metad=read
--- stderr
error: `/_metad` is never shown to a node, whatever a rule says
--- exit 2

$ metactl rule set 10.0.0.2 /a=read /a/=forbidden
--- stderr
error: there are two rules on `/a`
--- exit 2

$ metactl rule set i-m1 /a=read
--- stderr
error: `i-m1` is no ip address; one such as `192.168.100.2` is accepted
--- exit 2

$ metactl rule rm 10.0.0.2 /cl-two
--- stderr
error: `10.0.0.2` has no rule on `/cl-two`
hint: See its rules: `metactl rule get 10.0.0.2`
--- exit 3

$ metactl rule rm 10.0.0.9 /cl-two
--- stderr
error: `10.0.0.9` has no access rules in the group `default`
hint: List the clients that have some: `metactl rule get`
--- exit 3

$ metactl rule get 10.0.0.2 --group other
--- stderr
error: `10.0.0.2` has no access rules in the group `other`
hint: List the clients that have some: `metactl rule get`
--- exit 3

$ metactl rule check nobody /cl-one
--- stderr
error: `nobody` is no ip address; one such as `192.168.100.2` is accepted
--- exit 2

$ metactl rule check 10.0.0.2 /cl-one -o value
--- stderr
error: output format `value` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[&["rule", "set", "10.0.0.2", "/b=read", "/self/env=read"], &["rule", "rm", "10.0.0.2"]],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = scene::home();
    home.run(["rule", "set", "10.0.0.2", "/cl-one=read"]).ok();
    closed_pipe(&home, &["rule", "get"]);
    closed_pipe(&home, &["rule", "check", "10.0.0.2", "/cl-one", "-o", "json"]);
    closed_pipe(&home, &["rule", "set", "10.0.0.2", "/cl-two=read", "-o", "json"]);
}

#[test]
fn twenty_set_rules_at_once_and_lose_nothing() {
    twenty_lose_nothing(&Home::new());
}

#[test]
fn twenty_set_rules_at_once_on_etcd_and_lose_nothing() {
    let (home, _etcd) = scene::home_on_etcd();
    twenty_lose_nothing(&home);
}

fn twenty_lose_nothing(home: &Home) {
    let set = |number: usize| {
        let rule = format!("/cl-{number}=read");
        let words = ["--request-timeout", "60s", "rule", "set", "10.0.0.2", &rule];
        home.command(words).stderr(Stdio::null()).spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(set).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let ran = home.run(["rule", "get", "10.0.0.2"]).ok();
    for number in 0..20 {
        assert!(ran.stdout.contains(&format!("\t/cl-{number}\tread\n")), "{ran}");
    }
}
