//! `metactl context …`

use snapbox::str;

use crate::support::{Home, assert_transcript};

/// A home with two contexts, `dev` in force.
pub(super) fn home() -> Home {
    let home = Home::new();
    home.run(["context", "set", "dev", "--endpoint", "file:/srv/dev.db", "--as", "i-1"]).ok();
    let words = ["context", "set", "prod", "--endpoint", "etcd://a,b:1/p", "--user", "ops:geheim"];
    home.run(words).ok();
    home.run(["context", "use", "dev"]).ok();
    home
}

#[test]
fn setting_and_using_say_what_was_done() {
    let home = Home::new();
    let set = ["context", "set", "dev", "--endpoint", "file:dev.db", "--cluster", "cl-web"];
    assert_transcript(
        home.run(set),
        str![[r#"
$ metactl context set dev --endpoint file:dev.db --cluster cl-web
--- stderr
made context `dev`
hint: Put it in force: `metactl context use dev`

"#]],
    );
    assert_transcript(
        home.run(["context", "use", "dev"]),
        str![[r#"
$ metactl context use dev
--- stderr
context `dev` is in force: file:[HOME]/dev.db

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev", "--request-timeout", "90"]),
        str![[r#"
$ metactl context set dev --request-timeout 90
--- stderr
changed context `dev`

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev", "--unset", "cluster"]),
        str![[r#"
$ metactl context set dev --unset cluster
--- stderr
changed context `dev`

"#]],
    );
    let file = std::fs::read_to_string(home.path().join(".config/metactl/config.toml")).unwrap();
    snapbox::assert_data_eq!(
        file.replace(home.path().to_str().unwrap(), "[HOME]"),
        str![[r#"
current = "dev"

[contexts.dev]
endpoint = "file:[HOME]/dev.db"
request-timeout = "1m30s"

"#]]
    );
}

#[test]
fn listing_in_each_form() {
    let home = home();
    assert_transcript(
        home.run(["context", "list"]),
        str![[r#"
$ metactl context list
dev	file:/srv/dev.db	i-1		current
prod	etcd://a:2379,b:1/p			

"#]],
    );
    assert_transcript(
        home.run(["context", "list", "-o", "table"]),
        str![[r#"
$ metactl context list -o table
CURRENT   NAME   ENDPOINT              AS    CLUSTER
*         dev    file:/srv/dev.db      i-1
          prod   etcd://a:2379,b:1/p

"#]],
    );
    assert_transcript(
        home.run(["context", "list", "-o", "json"]),
        str![[r#"
$ metactl context list -o json
[
  {
    "name": "dev",
    "current": true,
    "endpoint": "file:/srv/dev.db",
    "as": "i-1"
  },
  {
    "name": "prod",
    "current": false,
    "endpoint": "etcd://a:2379,b:1/p"
  }
]

"#]],
    );
    assert_transcript(
        home.run(["context", "list", "-o", "yaml"]),
        str![[r#"
$ metactl context list -o yaml
- as: i-1
  current: true
  endpoint: file:/srv/dev.db
  name: dev
- current: false
  endpoint: etcd://a:2379,b:1/p
  name: prod

"#]],
    );
    assert_transcript(
        home.run(["context", "list", "-o", "tree"]),
        str![[r#"
$ metactl context list -o tree
--- stderr
error: output format `tree` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run_unread(["context", "list"]),
        str![[r#"
$ metactl context list

"#]],
    );
    assert_transcript(
        Home::new().run(["context", "list", "-o", "json"]),
        str![[r#"
$ metactl context list -o json
[]
--- stderr
there are no contexts
hint: Make one: `metactl context set NAME --endpoint ENDPOINT`

"#]],
    );
}

#[test]
fn showing_tells_where_each_setting_comes_from() {
    let home = home();
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
context	dev	configuration file
endpoint	file:/srv/dev.db	context dev
as	i-1	context dev
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
    assert_transcript(
        home.run(["context", "show", "prod", "-o", "table"]),
        str![[r#"
$ metactl context show prod -o table
SETTING           VALUE                 FROM
context           prod                  --context
endpoint          etcd://a:2379,b:1/p   context prod
cluster-root      /                     default
group             default               default
request-timeout   10s                   default
user              ops                   context prod
password          ***                   context prod

"#]],
    );
    assert_transcript(
        home.run(["context", "show", "-o", "json", "--as", "10.0.0.1"]),
        str![[r#"
$ metactl context show -o json --as 10.0.0.1
{
  "context": {
    "value": "dev",
    "from": "configuration file"
  },
  "endpoint": {
    "value": "file:/srv/dev.db",
    "from": "context dev"
  },
  "as": {
    "value": "10.0.0.1",
    "from": "--as"
  },
  "cluster-root": {
    "value": "/",
    "from": "default"
  },
  "group": {
    "value": "default",
    "from": "default"
  },
  "request-timeout": {
    "value": "10s",
    "from": "default"
  }
}

"#]],
    );
    assert_transcript(
        home.run(["context", "show", "prod", "-o", "yaml"]),
        str![[r#"
$ metactl context show prod -o yaml
cluster-root:
  from: default
  value: /
context:
  from: "--context"
  value: prod
endpoint:
  from: context prod
  value: etcd://a:2379,b:1/p
group:
  from: default
  value: default
password:
  from: context prod
  value: "***"
request-timeout:
  from: default
  value: 10s
user:
  from: context prod
  value: ops

"#]],
    );
    assert_transcript(
        home.run_unread(["context", "show"]),
        str![[r#"
$ metactl context show

"#]],
    );
    let with = |name, value| {
        home.run_with(["context", "show"], |command| {
            command.env(name, value);
        })
    };
    assert_transcript(
        with("METACTL_ENDPOINT", "etcds://x"),
        str![[r#"
$ metactl context show
endpoint	etcds://x:2379	METACTL_ENDPOINT
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
    assert_transcript(
        with("METACTL_CONTEXT", "prod"),
        str![[r#"
$ metactl context show
context	prod	METACTL_CONTEXT
endpoint	etcd://a:2379,b:1/p	context prod
cluster-root	/	default
group	default	default
request-timeout	10s	default
user	ops	context prod
password	***	context prod

"#]],
    );
    assert_transcript(
        with("METACTL_AS", "i-2"),
        str![[r#"
$ metactl context show
context	dev	configuration file
endpoint	file:/srv/dev.db	context dev
as	i-2	METACTL_AS
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
}

#[test]
fn a_context_named_by_flag_is_not_overruled_by_variables() {
    let ran = home().run_with(["context", "show", "--context", "dev"], |command| {
        command.env("METACTL_ENDPOINT", "etcd://x").env("METACTL_AS", "i-2");
    });
    assert_transcript(
        ran,
        str![[r#"
$ metactl context show --context dev
context	dev	--context
endpoint	file:/srv/dev.db	context dev
as	i-1	context dev
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
}

#[test]
fn without_anything_the_store_is_a_file_in_the_home() {
    let home = Home::new();
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
endpoint	file:[HOME]/.local/share/metactl/metadata.db	default
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
    let in_data_home = |command: &mut std::process::Command| {
        command.env("XDG_DATA_HOME", "/data").env("XDG_CONFIG_HOME", "/nowhere");
    };
    assert_transcript(
        home.run_with(["context", "show"], in_data_home),
        str![[r#"
$ metactl context show
endpoint	file:/data/metactl/metadata.db	default
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
    let homeless = |command: &mut std::process::Command| {
        command.env_remove("HOME");
    };
    assert_transcript(
        home.run_with(["context", "show"], homeless),
        str![[r#"
$ metactl context show
endpoint	file:/var/lib/metactl/metadata.db	default
cluster-root	/	default
group	default	default
request-timeout	10s	default

"#]],
    );
    assert_transcript(
        home.run_with(["context", "list"], homeless),
        str![[r#"
$ metactl context list
--- stderr
error: there is no place for a configuration file
hint: Set `HOME` or `XDG_CONFIG_HOME`
--- exit 2

"#]],
    );
}

#[test]
fn removing_asks() {
    let home = home();
    assert_transcript(
        home.run(["context", "rm", "prod"]),
        str![[r#"
$ metactl context rm prod
--- stderr
error: remove context `prod` from `[HOME]/.config/metactl/config.toml`: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

"#]],
    );
    let asked = home.run_on_terminal(["context", "rm", "prod"], "Go on? [y/N]:", "n\n");
    assert_transcript(
        asked,
        str![[r#"
$ metactl context rm prod
Remove context `prod` from `[HOME]/.config/metactl/config.toml`
Go on? [y/N]: n
Go on? [y/N]: n
error: remove context `prod` from `[HOME]/.config/metactl/config.toml`: not confirmed
--- exit 1

"#]],
    );
    let asked = home.run_on_terminal(["context", "rm", "prod"], "Go on? [y/N]:", "y\n");
    assert_transcript(
        asked,
        str![[r#"
$ metactl context rm prod
Remove context `prod` from `[HOME]/.config/metactl/config.toml`
Go on? [y/N]: y
Go on? [y/N]: y
removed context `prod`

"#]],
    );
    assert_transcript(
        home.run(["context", "rm", "dev", "--yes"]),
        str![[r#"
$ metactl context rm dev --yes
--- stderr
removed context `dev`

"#]],
    );
    assert_transcript(
        home.run(["context", "list"]),
        str![[r#"
$ metactl context list
--- stderr
there are no contexts
hint: Make one: `metactl context set NAME --endpoint ENDPOINT`

"#]],
    );
}

#[test]
fn on_a_terminal_lists_are_tables() {
    let home = home();
    assert_transcript(
        home.run_on_terminal(["context", "list"], "", ""),
        str![[r#"
$ metactl context list
CURRENT   NAME   ENDPOINT              AS    CLUSTER
*         dev    file:/srv/dev.db      i-1
          prod   etcd://a:2379,b:1/p

"#]],
    );
}
