//! `--endpoint gce://…`: a metadata server of Google's protocol, for reading

use std::time::Duration;

use snapbox::str;

use crate::http::gce::scene::{Shop, WEB1};
use crate::support::{Home, Running, assert_text, until};

fn endpoint(shop: &Shop) -> String {
    format!("gce://{}", shop.address())
}

/// What each command says, without what differs from run to run.
fn session(home: &Home, endpoint: &str, commands: &[&[&str]]) -> String {
    let revision = regex::Regex::new(r"\b[0-9]{13}\b").unwrap();
    let number = regex::Regex::new(r"\b[1-9][0-9]{11}\b").unwrap();
    let mut text = String::new();
    for words in commands {
        let ran = home.run_with(*words, |command| {
            command.env("METACTL_ENDPOINT", endpoint);
        });
        let ran = ran.to_string().replace(endpoint, "gce://[SERVER]");
        let ran = revision.replace_all(&ran, "[REVISION]");
        text += &number.replace_all(&ran, "[NUMBER]");
        text.push('\n');
    }
    text
}

#[test]
fn it_reads_googles_paths_and_ours() {
    let shop = Shop::open(&[]);
    let text = session(
        &Home::new(),
        &endpoint(&shop),
        &[
            &["ls", "/"],
            &["get", "/instance/id"],
            &["get", "/instance/network-interfaces"],
            &["get", "/instance/tags"],
            &["get", "/self/host/ip"],
            &["get", "/self/host", "-o", "json"],
            &["get", "/self/project/attributes", "-o", "env"],
            &["get", "/self/host/zone", "/project/project-id"],
            &["get", "/self/host/attributes/none", "--default", "x"],
            &["get", "/instance/none"],
            &["wait", "/self/host/attributes/Some_Key", "--exists"],
            &["exec", "--prefix", "/self/host", "--only", "ip", "--", "/bin/sh", "-c", "echo $ip"],
        ],
    );
    assert_text(
        text,
        str![[r##"
$ metactl ls /
instance/
project/
self/
universe/

$ metactl get /instance/id
12345678901234567890

$ metactl get /instance/network-interfaces
/0/access-configs/0/external-ip	203.0.113.7
/0/access-configs/0/type	ONE_TO_ONE_NAT
/0/ip	192.168.100.2
/0/mac	52:54:00:0a:bc:01
/0/network	projects/[NUMBER]/networks/vxnet-shop

$ metactl get /instance/tags
["web","front"]

$ metactl get /self/host/ip
192.168.100.2

$ metactl get /self/host -o json
{
  "attributes": {
    "Some_Key": "one\ntwo",
    "tags": "web,front",
    "user-data": "#cloud-config\n"
  },
  "eip": "203.0.113.7",
  "instance_id": "i-web1",
  "ip": "192.168.100.2",
  "mac": "52:54:00:0a:bc:01",
  "zone": "pek3a"
}

$ metactl get /self/project/attributes -o env
color='blue'
size='12'

$ metactl get /self/host/zone /project/project-id
/self/host/zone	pek3a
/project/project-id	shop

$ metactl get /self/host/attributes/none --default x
x

$ metactl get /instance/none
--- stderr
error: there is nothing at `/instance/none`
hint: See what there is: `metactl ls /instance`
--- exit 3

$ metactl wait /self/host/attributes/Some_Key --exists

$ metactl exec --prefix /self/host --only ip -- /bin/sh -c 'echo $ip'
192.168.100.2


"##]],
    );
}

#[test]
fn what_it_cannot_do_is_said() {
    let shop = Shop::open(&[]);
    let text = session(
        &Home::new(),
        &endpoint(&shop),
        &[
            &["put", "/self/host/attributes/x", "1"],
            &["rm", "/instance/id"],
            &["get", "/instance/id", "--rev", "1"],
            &["--as", "i-web2", "get", "/self/host/ip"],
            &["mapping", "get"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /self/host/attributes/x 1
--- stderr
error: no link of this node leads to `/self/host/attributes/x`
hint: See what there is: `metactl ls /self`
--- exit 3

$ metactl rm /instance/id
--- stderr
error: writing: `gce://[SERVER]` tells its metadata and takes none
hint: Change it where it comes from: `--endpoint http://HOST` or `etcd://HOST`
--- exit 2

$ metactl get /instance/id --rev 1
--- stderr
error: revision 1 is no longer kept; the oldest is [REVISION]
hint: Leave out `--rev`: a metadata server of Google's protocol tells its present state
--- exit 1

$ metactl --as i-web2 get /self/host/ip
--- stderr
error: `gce://[SERVER]` decides by itself who `/self` is, not by `--as i-web2`
hint: Leave out `--as`, or name the store behind the service: `--endpoint etcd://…`
--- exit 2

$ metactl mapping get
--- stderr
no node has a mapping in the group default


"#]],
    );
}

#[test]
fn a_server_of_another_kind_is_told_apart() {
    let shop = Shop::open(&[]);
    let home = Home::new();
    // The management API speaks HTTP, and not this protocol.
    let manage = format!("gce://{}", shop.serve.manage);
    assert_text(
        session(&home, &manage, &[&["get", "/instance/id"]])
            .replace(&shop.serve.manage.to_string(), "HOST:PORT"),
        str![[r#"
$ metactl get /instance/id
--- stderr
error: `http://HOST:PORT` is no metadata server of Google's protocol
hint: Type `--endpoint http://HOST` if it is a metadata service
--- exit 2


"#]],
    );
    let nowhere = ["--request-timeout", "1s", "get", "/instance/id"];
    let ran = home.run_with(nowhere, |command| {
        command.env("METACTL_ENDPOINT", "gce://127.0.0.1:1");
    });
    assert_eq!(ran.code, 5, "{ran}");
    // A server that does not know who asks has nothing for it.
    shop.home.run(["mapping", "rm", WEB1, "--yes"]).ok();
    until("the mapping is gone", || {
        let ran = home.run(["--endpoint", &endpoint(&shop), "get", "/instance/id"]);
        assert!(matches!(ran.code, 0 | 3), "{ran}");
        ran.code == 3
    });
}

#[test]
fn watching_and_waiting_follow_the_state() {
    let shop = Shop::open(&[]);
    let home = Home::new();
    let endpoint = endpoint(&shop);
    let start = |words: &[&str]| {
        Running::start(home.command([&["--endpoint", endpoint.as_str()], words].concat()))
    };
    let watching = start(&["watch", "/self/host/attributes", "--initial", "-o", "json"]);
    for key in ["Some_Key", "tags", "user-data"] {
        assert!(watching.line().contains(key));
    }
    let waiting = start(&["wait", "/self/host/attributes/done", "--equals", "yes"]);
    shop.set("Some_Key=new,done=yes");
    let lines = watching.take(2);
    assert!(lines[0].contains(r#""path":"/self/host/attributes/Some_Key","#), "{lines:?}");
    assert!(lines[0].contains(r#""previous":"one\ntwo""#), "{lines:?}");
    assert!(lines[1].contains("/self/host/attributes/done"), "{lines:?}");
    assert_eq!(waiting.end().0, 0);
    shop.home.run(["remove-metadata", "i-web1", "--keys", "done"]).ok();
    assert!(watching.line().contains(r#""type":"delete""#));
    shop.home.run(["add-metadata", "--project=shop", "--metadata", "other=1"]).ok();
    assert!(watching.is_silent_for(Duration::from_millis(150)));
}
