//! `--fix` and `--dry-run`: what is shown, asked and done.

use snapbox::str;

use crate::cli::scene::{self, session};
use crate::support::{Home, assert_text, assert_transcript};

/// Two faults, one of which only a person can mend.
fn home() -> Home {
    let home = Home::new();
    home.run(["cluster", "create", "--id", "cl-1", "--role", "web=2", "--seed", "7"]).ok();
    home.run(["put", "/cl-1/vertical-scaling-roles", "web"]).ok();
    home.run(["put", "/cl-1/links/db", "cl-gone"]).ok();
    home
}

#[test]
fn a_dry_run_shows_and_does_nothing() {
    let home = home();
    assert_text(
        session(&home, [&["doctor", "--dry-run"]]),
        str![[r#"
$ metactl doctor --dry-run
dangling-link	error	cl-1	/cl-1/links/db	4	[..]	`db` is linked to `cl-gone`, which is not there	Take the link away: `metactl cluster unlink cl-1 db`
left-over-vertical-scaling	error	cl-1	/cl-1/vertical-scaling-roles	3	[..]	`vertical-scaling-roles` is there, and no operation is in flight	Type `metactl doctor --fix`
--- stderr
- /cl-1/vertical-scaling-roles  web
error: 2 problems found in 1 cluster
hint: Mend 1 of them: `metactl doctor --fix`
--- exit 1

"#]],
    );
    scene::refuses_without_a_trace(&home, 2, &[&["doctor", "--fix", "-o", "env"]]);
    let before = scene::revision(&home);
    home.run(["doctor", "--dry-run"]);
    home.run(["doctor", "--dry-run", "--fix", "--yes"]);
    assert_eq!(scene::revision(&home), before + 1);
}

#[test]
fn without_a_terminal_it_is_refused() {
    let home = home();
    assert_transcript(
        home.run(["doctor", "--fix"]),
        str![[r#"
$ metactl doctor --fix
--- stderr
- /cl-1/vertical-scaling-roles  web
error: mend 1 problem of file:[HOME]/.local/share/metactl/metadata.db by these changes: not confirmed, and there is no terminal to ask at
hint: Add `--yes` to go on without being asked
--- exit 2

"#]],
    );
}

#[test]
fn mended_in_one_commit_and_what_is_left_is_told() {
    let home = home();
    let before = scene::revision(&home);
    assert_transcript(
        home.run(["doctor", "--fix", "--yes"]),
        str![[r#"
$ metactl doctor --fix --yes
dangling-link	error	cl-1	/cl-1/links/db	4	[..]	`db` is linked to `cl-gone`, which is not there	Take the link away: `metactl cluster unlink cl-1 db`
--- stderr
- /cl-1/vertical-scaling-roles  web
mended 1 problem at revision 6
error: 1 problem found in 1 cluster
--- exit 1

"#]],
    );
    assert_eq!(scene::revision(&home), before + 2);
    home.run(["rm", "/cl-1/links/db"]).ok();
    assert_transcript(
        home.run(["doctor", "--fix"]),
        str![[r#"
$ metactl doctor --fix
--- stderr
no problems found in 1 cluster, 2 hosts

"#]],
    );
}

#[test]
fn a_no_does_nothing_and_a_yes_mends() {
    let home = home();
    let no = home.run_on_terminal(["doctor", "--fix"], "Go on? [y/N]:", "n\n");
    assert_transcript(
        no,
        str![[r#"
$ metactl doctor --fix
- /cl-1/vertical-scaling-roles  web
Mend 1 problem of file:[HOME]/.local/share/metactl/metadata.db by these changes
Go on? [y/N]: n
Go on? [y/N]: n
error: mend 1 problem of file:[HOME]/.local/share/metactl/metadata.db by these changes: not confirmed
--- exit 1

"#]],
    );
    let yes = home.run_on_terminal(["doctor", "--fix"], "Go on? [y/N]:", "y\n");
    assert_transcript(
        yes,
        str![[r#"
$ metactl doctor --fix
- /cl-1/vertical-scaling-roles  web
Mend 1 problem of file:[HOME]/.local/share/metactl/metadata.db by these changes
Go on? [y/N]: y
Go on? [y/N]: y
mended 1 problem at revision 5
1 problem
└── cl-1
    └── dangling-link: `db` is linked to `cl-gone`, which is not there
        ├── /cl-1/links/db
        ├── since revision 4, 20[..]Z
        └── Take the link away: `metactl cluster unlink cl-1 db`
error: 1 problem found in 1 cluster
--- exit 1

"#]],
    );
}

/// What another program keeps may be at work: only told.
#[test]
fn another_program_s_operation_is_not_ended() {
    let home = scene::home();
    let text = session(&home, [&["doctor", "--fix", "--yes", "cl-one"]]);
    assert_text(
        text,
        str![[r#"
$ metactl doctor --fix --yes cl-one
left-over-adding-hosts	warning	cl-one	/cl-one/adding-hosts	2	[..]	`adding-hosts` is there, and no operation is in flight	If nobody is at work there, type `metactl rm -r /cl-one/adding-hosts`
--- stderr
error: 1 problem found in 1 cluster
--- exit 1

"#]],
    );
}
