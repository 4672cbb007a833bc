//! `metactl context …`, and what is refused

use snapbox::str;

use crate::support::{Home, assert_transcript};

#[test]
fn mistakes_say_what_would_be_accepted() {
    let home = super::context::home();
    assert_transcript(
        home.run(["context", "use", "nope"]),
        str![[r#"
$ metactl context use nope
--- stderr
error: there is no context `nope`
hint: Choose one of dev, prod
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["context", "show", "nope"]),
        str![[r#"
$ metactl context show nope
--- stderr
error: there is no context `nope`
hint: Choose one of dev, prod
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["context", "rm", "nope", "--yes"]),
        str![[r#"
$ metactl context rm nope --yes
--- stderr
error: there is no context `nope`
hint: Choose one of dev, prod
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "new"]),
        str![[r#"
$ metactl context set new
--- stderr
error: context `new` would have no endpoint
hint: Name one: `metactl context set new --endpoint ENDPOINT`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev"]),
        str![[r#"
$ metactl context set dev
--- stderr
error: nothing to set in context `dev`
hint: Name a setting, as in `metactl context set dev --cluster ID`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "a b", "--as", "x"]),
        str![[r#"
$ metactl context set 'a b' --as x
--- stderr
error: context name `a b` is not accepted; a name is letters, digits, `_`, `-` and `.`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev", "--endpoint", "ftp://x"]),
        str![[r#"
$ metactl context set dev --endpoint ftp://x
--- stderr
error: endpoint `ftp://x` is none that is known; accepted are `file:PATH`, `etcd://HOST:PORT[,HOST:PORT…][/PREFIX]`, `etcds://…`, `http://HOST[:PORT][,HOST…]`, `https://…`, `gce[://HOST]`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev", "--request-timeout", "soon"]),
        str![[r#"
$ metactl context set dev --request-timeout soon
--- stderr
error: duration `soon` is not one; accepted are seconds (`30`) and numbers with the units ms, s, m, h, d, w, as in `100ms`, `1h30m`, `7d`
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["context", "set", "dev", "--unset", "endpoind"]),
        str![[r#"
$ metactl context set dev --unset endpoind
--- stderr
error: invalid value 'endpoind' for '--unset <SETTING>'
  [possible values: endpoint, as, cluster, cluster-root, group, request-timeout, user, password, ca, cert, key, manage-url, manage-token-file]

  tip: a similar value exists: 'endpoint'

For more information, try '--help'.
--- exit 2

"#]],
    );
    let malformed = |command: &mut std::process::Command| {
        command.env("METACTL_ENDPOINT", "localhost:2379");
    };
    assert_transcript(
        home.run_with(["context", "show"], malformed),
        str![[r#"
$ metactl context show
--- stderr
error: endpoint `localhost:2379` is none that is known; accepted are `file:PATH`, `etcd://HOST:PORT[,HOST:PORT…][/PREFIX]`, `etcds://…`, `http://HOST[:PORT][,HOST…]`, `https://…`, `gce[://HOST]`
  cause: it is what METACTL_ENDPOINT says
hint: Type `etcd://localhost:2379` if it is an etcd
--- exit 2

"#]],
    );
    let unknown = |command: &mut std::process::Command| {
        command.env("METACTL_OUTPUT", "xml");
    };
    assert_transcript(
        home.run_with(["context", "show"], unknown),
        str![[r#"
$ metactl context show
--- stderr
error: variable `METACTL_OUTPUT` is `xml`; accepted are text, json, yaml, table, tree, env, value
--- exit 2

"#]],
    );
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_place() {
    let home = Home::new();
    let file = ".config/metactl/config.toml";
    home.file(file, "current = \"dev\"\n[contexts.dev]\nendpoint = 5\n");
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
--- stderr
error: `[HOME]/.config/metactl/config.toml`: `contexts.dev.endpoint` is not a text in quotes
--- exit 2

"#]],
    );
    home.file(file, "[contexts.dev]\nendpiont = \"file:x\"\n");
    assert_transcript(
        home.run(["context", "list"]),
        str![[r#"
$ metactl context list
--- stderr
error: `[HOME]/.config/metactl/config.toml`: unknown key `contexts.dev.endpiont`; known are endpoint, as, cluster, cluster-root, group, request-timeout, user, password, ca, cert, key, manage-url, manage-token-file
--- exit 2

"#]],
    );
    home.file(file, "current = dev\n");
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
--- stderr
error: reading `[HOME]/.config/metactl/config.toml`
  cause: TOML parse error at line 1, column 11
  |
1 | current = dev
  |           ^^^
string values must be quoted, expected literal string
--- exit 2

"#]],
    );
    home.file(file, "current = \"gone\"\n");
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
--- stderr
error: there is no context `gone`
hint: Make it with `metactl context set gone --endpoint ENDPOINT`
--- exit 3

"#]],
    );
    // What needs no settings works all the same.
    home.run(["version"]).ok();
}

#[test]
fn comments_of_the_file_are_kept() {
    let home = Home::new();
    let path = home.file(
        ".config/metactl/config.toml",
        "# mine\ncurrent = \"dev\" # for now\n\n[contexts.dev] # laptop\nendpoint = \"file:/x\"\n",
    );
    home.run(["context", "set", "dev", "--as", "i-1"]).ok();
    let text = std::fs::read_to_string(path).unwrap();
    snapbox::assert_data_eq!(
        text,
        str![[r##"
# mine
current = "dev" # for now

[contexts.dev] # laptop
endpoint = "file:/x"
as = "i-1"

"##]]
    );
}

#[test]
fn a_password_that_others_can_read_draws_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let set = ["context", "set", "dev", "--endpoint", "file:dev.db", "--password", "geheim"];
    home.run(set).ok();
    home.run(["context", "use", "dev"]).ok();
    let file = home.path().join(".config/metactl/config.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_transcript(
        home.run(["context", "show"]),
        str![[r#"
$ metactl context show
context	dev	configuration file
endpoint	file:[HOME]/dev.db	context dev
cluster-root	/	default
group	default	default
request-timeout	10s	default
password	***	context dev
--- stderr
warning: `[HOME]/.config/metactl/config.toml` holds a password and others may read it: type `chmod 600 [HOME]/.config/metactl/config.toml`

"#]],
    );
}
