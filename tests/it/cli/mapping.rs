//! `metactl mapping`

use snapbox::str;

use super::scene::{self, closed_pipe, refuses_without_a_trace, session};
use crate::support::{Home, assert_text};

#[test]
fn it_shows_links() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["mapping", "get"],
            &["mapping", "get", "10.0.0.2", "-o", "json"],
            &["mapping", "get", "10.0.0.9", "-o", "yaml"],
            &["mapping", "get", "10.0.0.2", "-o", "table"],
            &["mapping", "get", "10.0.0.77"],
            &["mapping", "get", "i-m1"],
            &["mapping", "get", "-o", "value"],
            &["mapping", "get", "--group", "other"],
            &["mapping", "get", "--group", "other", "-o", "json"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl mapping get
10.0.0.2	env	/cl-one/env
10.0.0.2	host	/cl-one/hosts/master/i-m1
10.0.0.2	hosts	/cl-one/hosts
10.0.0.2	links/other	/cl-two
10.0.0.2	project	/projects/web
10.0.0.3	env	/cl-one/env
10.0.0.3	host	/cl-one/hosts/worker/i-w1
10.0.0.3	hosts	/cl-one/hosts
10.0.0.3	project	/projects/web
10.0.0.4	env	/cl-one/env
10.0.0.4	host	/cl-one/hosts/worker/i-w2
10.0.0.4	hosts	/cl-one/hosts
10.0.0.4	project	/projects/web
10.0.0.9	host	/cl-two/hosts/i-x1

$ metactl mapping get 10.0.0.2 -o json
{
  "10.0.0.2": {
    "env": "/cl-one/env",
    "host": "/cl-one/hosts/master/i-m1",
    "hosts": "/cl-one/hosts",
    "links/other": "/cl-two",
    "project": "/projects/web"
  }
}

$ metactl mapping get 10.0.0.9 -o yaml
10.0.0.9:
  host: /cl-two/hosts/i-x1

$ metactl mapping get 10.0.0.2 -o table
IP         NAME          PATH
10.0.0.2   env           /cl-one/env
           host          /cl-one/hosts/master/i-m1
           hosts         /cl-one/hosts
           links/other   /cl-two
           project       /projects/web

$ metactl mapping get 10.0.0.77
--- stderr
error: `10.0.0.77` has no mapping in the group `default`
hint: List the nodes that have one: `metactl mapping get`
--- exit 3

$ metactl mapping get i-m1
--- stderr
error: `i-m1` is no ip address; one such as `192.168.100.2` is accepted
--- exit 2

$ metactl mapping get -o value
--- stderr
error: output format `value` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

$ metactl mapping get --group other
--- stderr
no node has a mapping in the group other

$ metactl mapping get --group other -o json
{}
--- stderr
no node has a mapping in the group other

"#]],
    );
}

#[test]
fn it_sets_and_removes_links() {
    let home = Home::new();
    let text = session(
        &home,
        [
            &["mapping", "set", "10.0.0.5", "host=/cl-1/hosts/i-1", "links/zk=/cl-2"],
            &["mapping", "set", "10.0.0.5", "links/zk=/cl-2"],
            &["mapping", "set", "10.0.0.5", "links/db=/cl-3", "-o", "json"],
            &["mapping", "set", "FE80:0::1", "host=/cl-1/hosts/i-2", "--group", "v6"],
            &["mapping", "get", "fe80::1", "--group", "v6"],
            &["mapping", "rm", "10.0.0.5", "links/db"],
            &["mapping", "rm", "10.0.0.5", "links", "-o", "yaml"],
            &["mapping", "rm", "10.0.0.5", "links"],
            &["mapping", "rm", "10.0.0.5"],
            &["mapping", "rm", "10.0.0.5", "--yes"],
            &["mapping", "rm", "10.0.0.5", "--yes"],
            &["mapping", "get"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl mapping set 10.0.0.5 host=/cl-1/hosts/i-1 links/zk=/cl-2
--- stderr
set 2 links of 10.0.0.5 at revision 2

$ metactl mapping set 10.0.0.5 links/zk=/cl-2
--- stderr
nothing to change in the mapping of 10.0.0.5

$ metactl mapping set 10.0.0.5 links/db=/cl-3 -o json
{
  "revision": 3,
  "changed": 1
}
--- stderr
set 1 link of 10.0.0.5 at revision 3

$ metactl mapping set FE80:0::1 host=/cl-1/hosts/i-2 --group v6
--- stderr
set 1 link of FE80:0::1 at revision 4

$ metactl mapping get fe80::1 --group v6
fe80::1	host	/cl-1/hosts/i-2

$ metactl mapping rm 10.0.0.5 links/db
--- stderr
removed 1 link of 10.0.0.5 at revision 5

$ metactl mapping rm 10.0.0.5 links -o yaml
changed: 1
revision: 6
--- stderr
removed 1 link of 10.0.0.5 at revision 6

$ metactl mapping rm 10.0.0.5 links
--- stderr
error: the mapping of `10.0.0.5` has no link `links`
hint: See its links: `metactl mapping get 10.0.0.5`
--- exit 3

$ metactl mapping rm 10.0.0.5
--- stderr
error: remove the whole mapping of `10.0.0.5` with 1 link in file:[HOME]/.local/share/metactl/metadata.db: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

$ metactl mapping rm 10.0.0.5 --yes
--- stderr
removed 1 link of 10.0.0.5 at revision 7

$ metactl mapping rm 10.0.0.5 --yes
--- stderr
error: `10.0.0.5` has no mapping in the group `default`
hint: List the nodes that have one: `metactl mapping get`
--- exit 3

$ metactl mapping get
--- stderr
no node has a mapping in the group default

"#]],
    );
}

#[test]
fn it_refuses_what_is_no_link() {
    let home = scene::home();
    let text = session(
        &home,
        [
            &["mapping", "set", "10.0.0.300", "host=/x"],
            &["mapping", "set", "10.0.0.2", "host"],
            &["mapping", "set", "10.0.0.2", "=/x"],
            &["mapping", "set", "10.0.0.2", "host=cl-1/x"],
            &["mapping", "set", "10.0.0.2", "host=/self/env"],
            &["mapping", "set", "10.0.0.2", "host=/_metactl/self"],
            &["mapping", "set", "10.0.0.2", "a=/x", "a/b=/y"],
            &["mapping", "set", "10.0.0.2", "../x=/y"],
            &["mapping", "set", "10.0.0.2", "host/x=/y"],
            &["mapping", "set", "10.0.0.2"],
            &["mapping", "rm", "10.0.0.2", "/"],
        ],
    );
    assert_text(
        text,
        str![[r#"
$ metactl mapping set 10.0.0.300 host=/x
--- stderr
error: `10.0.0.300` is no ip address; one such as `192.168.100.2` is accepted
--- exit 2

$ metactl mapping set 10.0.0.2 host
--- stderr
error: `host` is not of the form NAME=PATH
--- exit 2

$ metactl mapping set 10.0.0.2 =/x
--- stderr
error: `=/x` is not of the form NAME=PATH
--- exit 2

$ metactl mapping set 10.0.0.2 host=cl-1/x
--- stderr
error: link `host` cannot be set
  cause: path `cl-1/x` does not start with `/`
hint: Type the whole path, as in `/cl-1/x`
--- exit 2

$ metactl mapping set 10.0.0.2 host=/self/env
--- stderr
error: link `host` leads to `/self/env`; a real path is accepted, not one below `/self`
--- exit 2

$ metactl mapping set 10.0.0.2 host=/_metactl/self
--- stderr
error: link `host` cannot be set
  cause: link `host` leads to `/_metactl/self`, which no node may see
--- exit 2

$ metactl mapping set 10.0.0.2 a=/x a/b=/y
--- stderr
error: link `a/b` cannot be set
  cause: link `a/b` clashes with `a`: a name is a link or a directory of links
--- exit 2

$ metactl mapping set 10.0.0.2 ../x=/y
--- stderr
error: link `../x` cannot be set
  cause: path `/../x` holds the segment `..`, which is not accepted
--- exit 2

$ metactl mapping set 10.0.0.2 host/x=/y
--- stderr
error: `/_metad/mapping/default/10.0.0.2/host/x` cannot be set: `/_metad/mapping/default/10.0.0.2/host` has a value and is no directory
--- exit 4

$ metactl mapping set 10.0.0.2
--- stderr
error: the following required arguments were not provided:
  <NAME=PATH>...

Usage: metactl mapping set <IP> <NAME=PATH>...

For more information, try '--help'.
--- exit 2

$ metactl mapping rm 10.0.0.2 /
--- stderr
error: a link's name is empty
--- exit 2

"#]],
    );
    refuses_without_a_trace(
        &home,
        2,
        &[
            &["mapping", "set", "x", "host=/x"],
            &["mapping", "set", "10.0.0.2", "b=/y", "host=cl-1/x"],
            &["mapping", "rm", "10.0.0.2"],
        ],
    );
}

#[test]
fn nobody_has_to_read_its_output() {
    let home = scene::home();
    closed_pipe(&home, &["mapping", "get", "-o", "json"]);
    closed_pipe(&home, &["mapping", "set", "10.0.0.2", "x=/y", "-o", "json"]);
    closed_pipe(&home, &["mapping", "rm", "10.0.0.2", "x", "-o", "json"]);
}
