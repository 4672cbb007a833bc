//! Taking clusters away.

use snapbox::str;

use super::create::example_home;
use crate::cli::scene::{self, refuses_without_a_trace, session};
use crate::support::{Home, assert_text, assert_transcript};

#[test]
fn nothing_of_a_cluster_stays() {
    let home = example_home();
    let commands: [&[&str]; 5] = [
        &["cluster", "delete", "cl-queue"],
        &["cluster", "delete", "cl-coord", "--yes"],
        &["cluster", "delete", "cl-queue", "--yes"],
        &["cluster", "delete", "cl-coord", "--yes", "-o", "json"],
        &["export"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster delete cl-queue
--- stderr
error: delete cluster `cl-queue` with its 6 hosts from file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

$ metactl cluster delete cl-coord --yes
--- stderr
error: cluster `cl-coord` is linked to by `cl-queue`
hint: Take the link away: `metactl cluster unlink cl-queue coordinator_service`
hint: Or delete what is linked: `metactl cluster delete cl-queue`
--- exit 4

$ metactl cluster delete cl-queue --yes
--- stderr
deleted cluster cl-queue at revision 4

$ metactl cluster delete cl-coord --yes -o json
{
  "id": "cl-coord",
  "path": "/cl-coord",
  "hosts": 3,
  "revision": 5,
  "parts": 1,
  "was_self": true
}
--- stderr
deleted cluster cl-coord at revision 5
/self was one of its nodes; --as chooses another

$ metactl export
{}

"#]],
    );
    // Ids and addresses are free again, and who `/self` is can be given anew.
    let again = ["cluster", "create", "--role", "=1", "--id", "cl-coord", "--seed", "1"];
    assert_transcript(
        home.run(again),
        str![[r#"
$ metactl cluster create --role =1 --id cl-coord --seed 1
cl-coord
--- stderr
created cluster cl-coord with 1 node at revision 6
/self is now [INSTANCE] at 192.168.100.1; --as chooses another node

"#]],
    );
    assert_transcript(
        home.run(["get", "/self/host/ip"]),
        str![[r#"
$ metactl get /self/host/ip
192.168.100.1

"#]],
    );
}

#[test]
fn only_what_is_its_own_goes() {
    let home = example_home();
    let before = home.run(["export", "/cl-coord"]).ok().stdout;
    home.run(["put", "/projects/default/attributes/k", "v"]).ok();
    home.run(["cluster", "delete", "cl-queue", "--yes"]).ok();
    assert_eq!(home.run(["export", "/cl-coord"]).ok().stdout, before);
    assert_eq!(home.run(["get", "/self/host/ip"]).ok().stdout, "192.168.100.1\n");
    assert_eq!(home.run(["get", "/projects/default/attributes/k"]).ok().stdout, "v\n");
    let mapped = home.run(["mapping", "get", "-o", "json"]).ok().stdout;
    let mapped: serde_json::Value = serde_json::from_str(&mapped).unwrap();
    assert_eq!(mapped.as_object().unwrap().len(), 3, "{mapped}");
}

#[test]
fn clusters_of_others_can_go_too() {
    let home = scene::home();
    home.run(["cluster", "delete", "cl-one", "--yes"]).ok();
    assert_eq!(home.run(["cluster", "list", "-o", "value"]).ok().stdout, "cl-two\n");
    let mapped = home.run(["mapping", "get", "-o", "json"]).ok().stdout;
    assert!(mapped.contains("10.0.0.9") && !mapped.contains("10.0.0.2"), "{mapped}");
}

#[test]
fn refusals_leave_everything() {
    let home = example_home();
    refuses_without_a_trace(&home, 4, &[&["cluster", "delete", "cl-coord", "--yes"]]);
    let usage: [&[&str]; 2] = [&["cluster", "delete", "cl-queue"], &["cluster", "delete", "queue"]];
    refuses_without_a_trace(&home, 2, &usage);
    refuses_without_a_trace(&home, 3, &[&["cluster", "delete", "cl-none", "--yes"]]);
    assert_transcript(
        Home::new().run(["cluster", "delete", "cl-none", "--yes"]),
        str![[r#"
$ metactl cluster delete cl-none --yes
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

"#]],
    );
}
