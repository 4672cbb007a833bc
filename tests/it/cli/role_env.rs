//! The links of a role's parameters follow every write.

use snapbox::str;

use super::scene::session;
use crate::support::{Home, assert_text};

/// A cluster whose role `m` has parameters of its own, as `cluster create` lays it.
fn home() -> Home {
    let home = Home::new();
    let tree = "\
cl-1:
  hosts:
    m: {i-1: {ip: 10.0.0.1, instance_id: i-1}}
    w: {i-2: {ip: 10.0.0.2, instance_id: i-2}}
  env: {port: 1, size: 2}
  role-env: {m: {port: 3}}
";
    home.run_input(["import", "-"], tree).ok();
    let links =
        ["host=/cl-1/hosts/m/i-1", "env/port=/cl-1/role-env/m/port", "env/size=/cl-1/env/size"];
    home.run([&["mapping", "set", "10.0.0.1"][..], &links].concat()).ok();
    home.run(["mapping", "set", "10.0.0.2", "host=/cl-1/hosts/w/i-2", "env=/cl-1/env"]).ok();
    home
}

#[test]
fn a_new_or_vanished_parameter_changes_the_links_of_the_role() {
    let text = session(
        &home(),
        [
            &["put", "/cl-1/env/port", "9"],
            &["put", "/cl-1/env/new", "1"],
            &["mapping", "get", "10.0.0.1"],
            &["put", "/cl-1/role-env/m/own", "1", "-o", "json"],
            &["rm", "/cl-1/env/size"],
            &["mapping", "get", "10.0.0.1"],
            &["rm", "/cl-1/role-env/m/port"],
            &["mapping", "get", "10.0.0.1"],
            &["rm", "-r", "/cl-1/role-env", "--yes"],
            &["mapping", "get", "10.0.0.1"],
            &["put", "/cl-1/role-env/m/again", "1"],
            &["mapping", "get"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl put /cl-1/env/port 9
--- stderr
put /cl-1/env/port at revision 5

$ metactl put /cl-1/env/new 1
--- stderr
put /cl-1/env/new at revision 6

$ metactl mapping get 10.0.0.1
10.0.0.1	env/new	/cl-1/env/new
10.0.0.1	env/port	/cl-1/role-env/m/port
10.0.0.1	env/size	/cl-1/env/size
10.0.0.1	host	/cl-1/hosts/m/i-1

$ metactl put /cl-1/role-env/m/own 1 -o json
{
  "path": "/cl-1/role-env/m/own",
  "revision": 7,
  "changed": true
}
--- stderr
put /cl-1/role-env/m/own at revision 7

$ metactl rm /cl-1/env/size
--- stderr
removed 1 key at revision 8

$ metactl mapping get 10.0.0.1
10.0.0.1	env/new	/cl-1/env/new
10.0.0.1	env/own	/cl-1/role-env/m/own
10.0.0.1	env/port	/cl-1/role-env/m/port
10.0.0.1	host	/cl-1/hosts/m/i-1

$ metactl rm /cl-1/role-env/m/port
--- stderr
removed 1 key at revision 9

$ metactl mapping get 10.0.0.1
10.0.0.1	env/new	/cl-1/env/new
10.0.0.1	env/own	/cl-1/role-env/m/own
10.0.0.1	env/port	/cl-1/env/port
10.0.0.1	host	/cl-1/hosts/m/i-1

$ metactl rm -r /cl-1/role-env --yes
--- stderr
removed 1 key at revision 10

$ metactl mapping get 10.0.0.1
10.0.0.1	env	/cl-1/env
10.0.0.1	host	/cl-1/hosts/m/i-1

$ metactl put /cl-1/role-env/m/again 1
--- stderr
put /cl-1/role-env/m/again at revision 11

$ metactl mapping get
10.0.0.1	env/again	/cl-1/role-env/m/again
10.0.0.1	env/new	/cl-1/env/new
10.0.0.1	env/port	/cl-1/env/port
10.0.0.1	host	/cl-1/hosts/m/i-1
10.0.0.2	env	/cl-1/env
10.0.0.2	host	/cl-1/hosts/w/i-2

"#]],
    );
}

#[test]
fn links_that_somebody_has_made_stay() {
    let home = home();
    let text = session(
        &home,
        [
            &["mapping", "set", "10.0.0.1", "env/port=/elsewhere/port"],
            &["put", "/cl-1/env/new", "1"],
            &["mapping", "get", "10.0.0.1"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl mapping set 10.0.0.1 env/port=/elsewhere/port
--- stderr
set 1 link of 10.0.0.1 at revision 5

$ metactl put /cl-1/env/new 1
--- stderr
put /cl-1/env/new at revision 6

$ metactl mapping get 10.0.0.1
10.0.0.1	env/port	/elsewhere/port
10.0.0.1	env/size	/cl-1/env/size
10.0.0.1	host	/cl-1/hosts/m/i-1

"#]],
    );
}
