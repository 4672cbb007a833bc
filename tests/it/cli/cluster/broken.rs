//! Packages and words that no cluster can be made from: what is said, and that
//! nothing is written.

use snapbox::str;

use super::packages::{self, CONFIG, TEMPLATE};
use crate::cli::scene::{self, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

/// A package in which one text stands in place of another.
fn changed(home: &Home, name: &str, from: &str, to: &str) {
    assert!(CONFIG.contains(from) || TEMPLATE.contains(from), "{from}");
    packages::folder(home, name, &CONFIG.replace(from, to), &TEMPLATE.replace(from, to));
}

fn create(app: &str) -> [&str; 4] {
    ["cluster", "create", "--app", app]
}

#[test]
fn broken_packages_are_told_by_file_line_and_property() {
    let home = scene::home();
    for (name, from, to) in [
        ("bad-json", "\"default\": 2,", "\"default\": 2 "),
        ("bad-comment", "{\n  \"nodes\"", "{\n  // nodes\n  \"nodes\""),
        ("no-default", ", \"default\": \"plain\"", ""),
        ("out-of-range", "\"default\": 1, \"range\"", "\"default\": 3, \"range\""),
        ("wrong-pattern", "\"plain\"", "\"Plain\""),
        ("wrong-type", "\"default\": 2", "\"default\": \"2\""),
        ("unresolved", "{{cluster.node.cpu}}", "{{cluster.node.cpus}}"),
        ("in-quotes", "{{env.name}}", "\"{{env.name}}\""),
        ("bad-field", "{{cluster.node.cpu}}", "{{env.name}}"),
        ("open-section", "{{cluster.node.cpu}}", "{{#env.name}}1"),
    ] {
        changed(&home, name, from, to);
    }
    let names = [
        "bad-json",
        "bad-comment",
        "no-default",
        "out-of-range",
        "wrong-pattern",
        "wrong-type",
        "unresolved",
        "in-quotes",
        "bad-field",
        "open-section",
    ];
    assert_text(
        session(&home, names.map(create).each_ref().map(|words| &words[..])),
        str![[r#"
$ metactl cluster create --app bad-json
--- stderr
error: making a cluster from app package `bad-json`
  cause: config.json line 5: not JSON: expected `,` or `}`
--- exit 2

$ metactl cluster create --app bad-comment
--- stderr
error: making a cluster from app package `bad-comment`
  cause: cluster.json.mustache line 2: not JSON once the values are in: key must be a string
--- exit 2

$ metactl cluster create --app no-default
--- stderr
error: making a cluster from app package `no-default`
  cause: config.json line 7, `env.name`: is required, and has no value; a string that matches `^[a-z]+$` is accepted
--- exit 2

$ metactl cluster create --app out-of-range
--- stderr
error: making a cluster from app package `out-of-range`
  cause: config.json line 4, `cluster.node.cpu`: default `3` is not accepted; one of `1`, `2` and `4` is
--- exit 2

$ metactl cluster create --app wrong-pattern
--- stderr
error: making a cluster from app package `wrong-pattern`
  cause: config.json line 7, `env.name`: default `Plain` does not match the pattern `^[a-z]+$`
--- exit 2

$ metactl cluster create --app wrong-type
--- stderr
error: making a cluster from app package `wrong-type`
  cause: config.json line 5, `cluster.node.count`: default `"2"` is not an integer; an integer from 1 to 9 is accepted
--- exit 2

$ metactl cluster create --app unresolved
--- stderr
error: making a cluster from app package `unresolved`
  cause: cluster.json.mustache line 4, `cluster.node.cpus`: no property of `config.json` has this name; near to it: `cluster.node.cpu`
--- exit 2

$ metactl cluster create --app in-quotes
--- stderr
error: making a cluster from app package `in-quotes`
  cause: cluster.json.mustache line 6: not JSON: a variable stands for a value with its quotes, so write `{{env.name}}` without quotes around it
--- exit 2

$ metactl cluster create --app bad-field
--- stderr
error: making a cluster from app package `bad-field`
  cause: cluster.json.mustache line 4, `nodes.cpu`: is `"plain"`; an integer of at least 0 is accepted
--- exit 2

$ metactl cluster create --app open-section
--- stderr
error: making a cluster from app package `open-section`
  cause: cluster.json.mustache line 4, `env.name`: the section has no end; `{{/env.name}}` is missing
--- exit 2

"#]],
    );
    let commands: Vec<Vec<&str>> = names.iter().map(|name| create(name).to_vec()).collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    refuses_without_a_trace(&home, 2, &commands);
}

#[test]
fn wrong_values_are_told_by_flag_or_file() {
    let home = scene::home();
    packages::folder(&home, "plain", CONFIG, TEMPLATE);
    home.file("values.yaml", "cluster:\n  node:\n    cpu: 3\n    count: '2'\nenv.nmae: x\n");
    home.file("values.json", "{\"env\": {\"name\": \"x\",}}");
    home.file("text.yaml", "just text\n");
    let with: [&[&str]; 10] = [
        &["--set", "cluster.node.count=10"],
        &["--set", "cluster.node.count=two"],
        &["--set", "cluster.node.cpu=3"],
        &["--set", "env.name=Two"],
        &["--set", "env.nmae=two", "--set", "cluster.node=1"],
        &["--set", "env.name"],
        &["--values", "values.yaml"],
        &["--values", "values.json"],
        &["--values", "text.yaml"],
        &["--link", "zk=cl-one"],
    ];
    let commands = with.map(|more| [&create("plain")[..], more].concat());
    let commands = commands.each_ref().map(Vec::as_slice);
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster create --app plain --set cluster.node.count=10
--- stderr
error: making a cluster from app package `plain`
  cause: --set, `cluster.node.count`: `10` is too large; an integer from 1 to 9 is accepted
--- exit 2

$ metactl cluster create --app plain --set cluster.node.count=two
--- stderr
error: making a cluster from app package `plain`
  cause: --set, `cluster.node.count`: `two` is not an integer; an integer from 1 to 9 is accepted
--- exit 2

$ metactl cluster create --app plain --set cluster.node.cpu=3
--- stderr
error: making a cluster from app package `plain`
  cause: --set, `cluster.node.cpu`: `3` is not accepted; one of `1`, `2` and `4` is
--- exit 2

$ metactl cluster create --app plain --set env.name=Two
--- stderr
error: making a cluster from app package `plain`
  cause: --set, `env.name`: `Two` does not match the pattern `^[a-z]+$`
--- exit 2

$ metactl cluster create --app plain --set env.nmae=two --set cluster.node=1
--- stderr
error: making a cluster from app package `plain`: 2 things are wrong
  cause: --set, `env.nmae`: no property of the app has this name; near to it: `env.name`
  cause: --set, `cluster.node`: is a group; its properties are `cluster.node.count` and `cluster.node.cpu`
--- exit 2

$ metactl cluster create --app plain --set env.name
--- stderr
error: `--set env.name` is not of the form `NAME=VALUE`
--- exit 2

$ metactl cluster create --app plain --values values.yaml
--- stderr
error: making a cluster from app package `plain`: 3 things are wrong
  cause: values.yaml line 3, `cluster.node.cpu`: `3` is not accepted; one of `1`, `2` and `4` is
  cause: values.yaml line 4, `cluster.node.count`: `"2"` is not an integer; an integer from 1 to 9 is accepted
  cause: values.yaml line 5, `env.nmae`: no property of the app has this name; near to it: `env.name`
--- exit 2

$ metactl cluster create --app plain --values values.json
--- stderr
error: values file `values.json` line 1: not JSON: key must be a string
--- exit 2

$ metactl cluster create --app plain --values text.yaml
--- stderr
error: making a cluster from app package `plain`
  cause: text.yaml line 1: is a string; an object of properties is accepted
--- exit 2

$ metactl cluster create --app plain --link zk=cl-one
--- stderr
error: making a cluster from app package `plain`
  cause: --link, `zk`: the app has no link of this name; there are no links
--- exit 2

"#]],
    );
    refuses_without_a_trace(&home, 2, &commands);
}

#[test]
fn what_is_no_package_is_told() {
    let home = scene::home();
    home.file("empty/readme", "");
    home.file("half/config.json", CONFIG);
    home.file("text", "just text");
    home.file("latin/config.json", b"{\n\"a\": \"\xe9\"}");
    home.file("latin/cluster.json.mustache", "{}");
    home.file("large/config.json", " ".repeat((1 << 20) + 1));
    home.file("large/cluster.json.mustache", "{}");
    for folder in ["one", "two"] {
        packages::folder(&home, &format!("several/{folder}"), CONFIG, TEMPLATE);
    }
    let files: [(&str, &[u8]); 2] =
        [("config.json", CONFIG.as_bytes()), ("cluster.json.mustache", TEMPLATE.as_bytes())];
    let slip = ("../../tmp/evil", &b"x"[..]);
    packages::zip(&home, "slip.zip", &[files[0], files[1], slip]);
    packages::tar_gz(&home, "slip.tar.gz", &[files[0], files[1], ("/etc/evil", b"x")]);
    packages::zip(&home, "half.zip", &files[..1]);
    let whole = std::fs::read(packages::zip(&home, "cut.zip", &files)).unwrap();
    home.file("cut.zip", &whole[..whole.len() / 2]);
    let bomb = " ".repeat(8 << 20);
    packages::zip(&home, "bomb.zip", &[("config.json", bomb.as_bytes()), files[1]]);
    let names = [
        "empty",
        "half",
        "text",
        "latin",
        "large",
        "several",
        "slip.zip",
        "slip.tar.gz",
        "half.zip",
        "cut.zip",
        "bomb.zip",
    ];
    assert_text(
        session(&home, names.map(create).each_ref().map(|words| &words[..])),
        str![[r#"
$ metactl cluster create --app empty
--- stderr
error: app package `empty` cannot be used: there is no `config.json` in it, nor in a folder of it
--- exit 2

$ metactl cluster create --app half
--- stderr
error: app package `half` cannot be used: there is no `cluster.json.mustache` in it
--- exit 2

$ metactl cluster create --app text
--- stderr
error: app package `text` cannot be used: it is neither a directory nor an archive (.zip, .tar.gz or .tar)
--- exit 2

$ metactl cluster create --app latin
--- stderr
error: app package `latin` cannot be used: `config.json` line 2 is not UTF-8 text
--- exit 2

$ metactl cluster create --app large
--- stderr
error: app package `large` cannot be used: `config.json` is larger than 1 MiB
--- exit 2

$ metactl cluster create --app several
--- stderr
error: app package `several` cannot be used: there are several packages in it, in `one` and `two`; name one of them
--- exit 2

$ metactl cluster create --app slip.zip
--- stderr
error: app package `slip.zip` cannot be used: the archive holds `../../tmp/evil`, which leads outside of it
--- exit 2

$ metactl cluster create --app slip.tar.gz
--- stderr
error: app package `slip.tar.gz` cannot be used: the archive holds `/etc/evil`, which leads outside of it
--- exit 2

$ metactl cluster create --app half.zip
--- stderr
error: app package `half.zip` cannot be used: there is no `cluster.json.mustache` in it
--- exit 2

$ metactl cluster create --app cut.zip
--- stderr
error: app package `cut.zip` cannot be used: not a zip file: invalid Zip archive: Could not find EOCD
--- exit 2

$ metactl cluster create --app bomb.zip
--- stderr
error: app package `bomb.zip` cannot be used: `config.json` is larger than 1 MiB
--- exit 2

"#]],
    );
    assert_text(
        home.run(create("nowhere")).to_string(),
        str![[r#"
$ metactl cluster create --app nowhere
--- stderr
error: reading app package `nowhere`
  cause: No such file or directory (os error 2)
--- exit 3

"#]],
    );
    assert!(!home.path().join("../tmp/evil").exists());
    let commands: Vec<Vec<&str>> = names.iter().map(|name| create(name).to_vec()).collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    refuses_without_a_trace(&home, 2, &commands);
}

#[test]
fn words_that_do_not_fit_are_told() {
    let home = scene::home();
    let commands: [&[&str]; 12] = [
        &["cluster", "create"],
        &["cluster", "create", "--role", "master"],
        &["cluster", "create", "--role", "master=x"],
        &["cluster", "create", "--role", "master=1,cpus=2"],
        &["cluster", "create", "--role", "a=1", "--role", "a=2"],
        &["cluster", "create", "--role", "a=0"],
        &["cluster", "create", "--role", "i-a=1"],
        &["cluster", "create", "--role", "=1", "--id", "one"],
        &["cluster", "create", "--role", "=1", "--cidr", "10.0.0.1/24"],
        &["cluster", "create", "--role", "=1", "--set-cluster", "vxnet=1"],
        &["cluster", "create", "--role", "=1", "--set-host", "ip=10.0.0.1"],
        &["cluster", "create", "--role", "=300,server_id_upper_bound=255"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster create
--- stderr
error: the following required arguments were not provided:
  <--app <DIR|FILE>|--role <NAME=COUNT[,…]>>

Usage: metactl cluster create <--app <DIR|FILE>|--role <NAME=COUNT[,…]>>

For more information, try '--help'.
--- exit 2

$ metactl cluster create --role master
--- stderr
error: role `master`: `NAME=COUNT`, as in `master=3,cpu=2`, is accepted
--- exit 2

$ metactl cluster create --role master=x
--- stderr
error: role `master=x`: count `x` is no whole number from 0 on
--- exit 2

$ metactl cluster create --role master=1,cpus=2
--- stderr
error: role `master=1,cpus=2`: `cpus` is not known; near to it: `cpu`
--- exit 2

$ metactl cluster create --role a=1 --role a=2
--- stderr
error: role `a` is given twice
--- exit 2

$ metactl cluster create --role a=0
--- stderr
error: a cluster needs at least one node
hint: Give it some, as in `--role master=3`
--- exit 2

$ metactl cluster create --role i-a=1
--- stderr
error: role `i-a=1`: the name is `i-a`; names that start with `i-` are those of instances
--- exit 2

$ metactl cluster create --role =1 --id one
--- stderr
error: `one` is no cluster id; `cl-` and up to 63 of `a-z`, `0-9` and `-` are accepted
--- exit 2

$ metactl cluster create --role =1 --cidr 10.0.0.1/24
--- stderr
error: `10.0.0.1/24` starts inside of the block `10.0.0.0/24`; a block such as `192.168.100.0/24` is accepted
--- exit 2

$ metactl cluster create --role =1 --set-cluster vxnet=1
--- stderr
error: `vxnet` of a cluster cannot be set; accepted are `user_id`, `cluster_tag`, `app_id`, `global_uuid`, `api_server/host`, `api_server/port`, `api_server/protocol`, `resource_limits/valid_volume_classes` and `resource_limits/valid_instance_classes`
--- exit 2

$ metactl cluster create --role =1 --set-host ip=10.0.0.1
--- stderr
error: `ip` of a host is drawn and cannot be set
--- exit 2

$ metactl cluster create --role =300,server_id_upper_bound=255
--- stderr
error: the server ids of `nodes` end at 255 (`server_id_upper_bound`), which is too few for its nodes
--- exit 2

"#]],
    );
    refuses_without_a_trace(&home, 2, &commands);
}

#[test]
fn what_is_in_the_way_is_told() {
    let home = scene::home();
    let commands: [&[&str]; 3] = [
        &["cluster", "create", "--role", "=1", "--id", "cl-one"],
        &["cluster", "create", "--role", "=3", "--cidr", "10.0.0.0/30"],
        &["cluster", "create", "--role", "=8", "--cidr", "10.0.0.0/29"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster create --role =1 --id cl-one
--- stderr
error: cluster `cl-one` is there already
hint: Look at it with `metactl cluster show cl-one`
--- exit 4

$ metactl cluster create --role =3 --cidr 10.0.0.0/30
--- stderr
error: 3 addresses are needed, and `10.0.0.0/30` has 1 left
--- exit 4

$ metactl cluster create --role =8 --cidr 10.0.0.0/29
--- stderr
error: 8 addresses are needed, and `10.0.0.0/29` has 3 left
--- exit 4

"#]],
    );
    refuses_without_a_trace(&home, 4, &commands);
    let missing: [&[&str]; 1] = [&["cluster", "create", "--role", "=1", "--link", "zk=cl-none"]];
    assert_text(
        session(&home, missing),
        str![[r#"
$ metactl cluster create --role =1 --link zk=cl-none
--- stderr
error: there is no cluster `cl-none` for the link `zk`
hint: List the clusters: `metactl cluster list`
--- exit 3

"#]],
    );
    refuses_without_a_trace(&home, 3, &missing);
}
