//! Showing parameters.

use snapbox::str;

use crate::cli::cluster::create::example_home;
use crate::cli::scene::{self, closed_pipe, session};
use crate::support::{Home, assert_text, sample};

/// A queue with what beside its own parameters needs care.
fn home() -> Home {
    let home = example_home();
    home.run(["put", "/cl-queue/env/my.token", "t"]).ok();
    home.run(["put", "/cl-queue/env/two", "a\tb\nc"]).ok();
    home
}

#[test]
fn parameters_are_shown_in_every_form() {
    let home = home();
    let commands: [&[&str]; 6] = [
        &["env", "get", "--cluster", "cl-queue"],
        &["env", "get", "--cluster", "cl-queue", "-o", "table"],
        &["env", "get", "--cluster", "cl-queue", "--role", "gateway", "-o", "json"],
        &["env", "get", "--cluster", "cl-queue", "--role", "gateway", "-o", "table"],
        &["env", "get", "--cluster", "cl-queue", "--reveal", "-o", "env"],
        &["env", "get", "--cluster", "cl-queue", "-o", "value"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env get --cluster cl-queue
admin.name	admin
admin.password	********
features	metrics
my.token	********
port	7400
retention.hours	72
sync.mode	majority
two	a\tb\nc

$ metactl env get --cluster cl-queue -o table
KEY               VALUE      ROLE   ACCEPTED
admin.name        admin             nothing else
admin.password    ********          a string that matches
                                    `^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,64}$`
features          metrics           any of `metrics`, `tracing` and `audit`,
                                    joined by `,`,
my.token          ********
port              7400              an integer from 1024 to 65535
retention.hours   72                an integer from 1 to 8760
sync.mode         majority          one of `none`, `majority` and `all`
two               a\tb\nc

$ metactl env get --cluster cl-queue --role gateway -o json
{
  "admin.name": "admin",
  "admin.password": "********",
  "features": "metrics",
  "my.token": "********",
  "port": "8400",
  "retention.hours": "72",
  "sync.mode": "majority",
  "tls.enabled": "false",
  "two": "a\tb\nc"
}

$ metactl env get --cluster cl-queue --role gateway -o table
KEY               VALUE      ROLE      ACCEPTED
admin.name        admin                nothing else
admin.password    ********             a string that matches `^(?=.*[a-z])(?=.*[
                                       A-Z])(?=.*[0-9]).{8,64}$`
features          metrics              any of `metrics`, `tracing` and `audit`,
                                       joined by `,`,
my.token          ********
port              8400       gateway   an integer from 1024 to 65535
retention.hours   72                   an integer from 1 to 8760
sync.mode         majority             one of `none`, `majority` and `all`
tls.enabled       false      gateway   `true` or `false`
two               a\tb\nc

$ metactl env get --cluster cl-queue --reveal -o env
admin_name='admin'
admin_password='Change-me-1'
features='metrics'
my_token='t'
port='7400'
retention_hours='72'
sync_mode='majority'
two='a	b
c'

$ metactl env get --cluster cl-queue -o value
admin
********
metrics
********
7400
72
majority
a	b
c

"#]],
    );
}

#[test]
fn one_parameter_is_its_value() {
    let home = home();
    let commands: [&[&str]; 7] = [
        &["env", "get", "--cluster", "cl-queue", "port"],
        &["env", "get", "--cluster", "cl-queue", "port", "-o", "json"],
        &["env", "get", "--cluster", "cl-queue", "port", "--role", "gateway", "-o", "table"],
        &["env", "get", "--cluster", "cl-queue", "two"],
        &["env", "get", "--cluster", "cl-queue", "admin.password"],
        &["env", "get", "--cluster", "cl-queue", "admin.password", "--reveal"],
        &["env", "get", "--cluster", "cl-queue", "port", "sync.mode"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env get --cluster cl-queue port
7400

$ metactl env get --cluster cl-queue port -o json
"7400"

$ metactl env get --cluster cl-queue port --role gateway -o table
8400

$ metactl env get --cluster cl-queue two
a	b
c

$ metactl env get --cluster cl-queue admin.password
********
--- stderr
hint: Add `--reveal` to see the secret

$ metactl env get --cluster cl-queue admin.password --reveal
Change-me-1

$ metactl env get --cluster cl-queue port sync.mode
port	7400
sync.mode	majority

"#]],
    );
}

#[test]
fn what_is_not_there_is_told_with_what_is_near() {
    let home = home();
    let commands: [&[&str]; 6] = [
        &["env", "get", "--cluster", "cl-queue", "prot"],
        &["env", "get", "--cluster", "cl-queue", "prot", "nowhere"],
        &["env", "get", "--cluster", "cl-queue", "--role", "gatewya"],
        &["env", "get", "--cluster", "cl-none"],
        &["env", "get"],
        &["env", "get", "-o", "tree"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env get --cluster cl-queue prot
--- stderr
error: cluster `cl-queue` does not have the parameter `prot`: near to it: `port`
--- exit 3

$ metactl env get --cluster cl-queue prot nowhere
--- stderr
error: cluster `cl-queue` does not have 2 of the parameters
  cause: `prot`: near to it: `port`
  cause: `nowhere`: parameters: `admin.name`, `admin.password`, `features`, `my.token`, `port`, `retention.hours`, `sync.mode` and `two`
--- exit 3

$ metactl env get --cluster cl-queue --role gatewya
--- stderr
error: cluster `cl-queue` has no role `gatewya`; near to it: `gateway`
--- exit 3

$ metactl env get --cluster cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

$ metactl env get
--- stderr
error: there are 2 clusters, and none is named
hint: Name one: `--cluster cl-queue`
hint: List them: `metactl cluster list`
--- exit 2

$ metactl env get -o tree
--- stderr
error: output format `tree` is not one of this command
hint: Choose one of `-o text|json|yaml|table|env|value`
--- exit 2

"#]],
    );
}

#[test]
fn without_an_app_names_tell_what_is_secret() {
    let home = sample();
    let commands: [&[&str]; 4] = [
        &["env", "get", "--cluster", "cl-app"],
        &["env", "get", "--cluster", "cl-app", "key", "-o", "json"],
        &["env", "get", "--cluster", "cl-app", "key/secret_access_key", "--reveal"],
        &["env", "get", "--cluster", "cl-app", "--role", "master-replica"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env get --cluster cl-app
key/access_key_id	AKID
key/secret_access_key	********
motd	hello\tthere\nback\\slash\n
port	8080

$ metactl env get --cluster cl-app key -o json
{
  "key": {
    "access_key_id": "AKID",
    "secret_access_key": "********"
  }
}

$ metactl env get --cluster cl-app key/secret_access_key --reveal
hidden

$ metactl env get --cluster cl-app --role master-replica
key/access_key_id	AKID
key/secret_access_key	********
motd	hello\tthere\nback\\slash\n
port	8080
shard.port	7000

"#]],
    );
    let home = scene::home();
    let commands: [&[&str]; 2] = [
        &["env", "get", "--cluster", "cl-two"],
        &["env", "get", "--cluster", "cl-two", "-o", "json"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl env get --cluster cl-two
--- stderr
cluster cl-two has no parameters

$ metactl env get --cluster cl-two -o json
{}
--- stderr
cluster cl-two has no parameters

"#]],
    );
}

#[test]
fn nobody_needs_to_read_it() {
    closed_pipe(&home(), &["env", "get", "--cluster", "cl-queue"]);
}

#[test]
fn keys_complete_from_the_store() {
    let home = example_home();
    let offered = |words: &[&str]| {
        let index = (words.len() - 1).to_string();
        let line = ["--"].into_iter().chain(words.iter().copied());
        let ran = home.run_with(line, |command: &mut std::process::Command| {
            command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", &index);
            command.env("_CLAP_IFS", " ").env("_CLAP_COMPLETE_COMP_TYPE", "9");
            command.env("_CLAP_COMPLETE_SPACE", "false");
        });
        ran.ok().stdout
    };
    let words = ["metactl", "--cluster", "cl-queue", "env"];
    assert_eq!(offered(&[&words[..], &["get", "ad"]].concat()), "admin.name admin.password");
    assert_eq!(offered(&[&words[..], &["set", "tls"]].concat()), "tls.enabled=");
}
