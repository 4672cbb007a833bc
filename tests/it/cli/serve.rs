//! `metactl serve`: what is refused before anybody is served

use snapbox::str;

use crate::support::{Home, Serve, assert_transcript};

#[test]
fn mistakes_say_what_would_be_accepted() {
    let home = Home::new();
    for (words, transcript) in [
        (
            ["--listen", "127.0.0.1:99999"],
            str![[r#"
$ metactl serve --listen 127.0.0.1:99999
--- stderr
error: invalid value '127.0.0.1:99999' for '--listen <ADDR[:PORT]>': address `127.0.0.1:99999` is none; accepted are `IP`, `IP:PORT`, `NAME:PORT`, `:PORT`, `[IPV6]:PORT` and `unix:PATH`

For more information, try '--help'.
--- exit 2

"#]],
        ),
        (
            ["--trust-proxy", "10.0.0.0/99"],
            str![[r#"
$ metactl serve --trust-proxy 10.0.0.0/99
--- stderr
error: invalid value '10.0.0.0/99' for '--trust-proxy <CIDR>': `10.0.0.0/99` is no network; accepted are networks as `10.0.0.0/8` and `fd00::/8`, and addresses

For more information, try '--help'.
--- exit 2

"#]],
        ),
        (
            ["--threads", "0"],
            str![[r#"
$ metactl serve --threads 0
--- stderr
error: invalid value '0' for '--threads <N>': 0 is not in 1..=65535

For more information, try '--help'.
--- exit 2

"#]],
        ),
        (
            ["--poll-limit", "soon"],
            str![[r#"
$ metactl serve --poll-limit soon
--- stderr
error: invalid value 'soon' for '--poll-limit <DURATION>': duration `soon` is not one; accepted are seconds (`30`) and numbers with the units ms, s, m, h, d, w, as in `100ms`, `1h30m`, `7d`

For more information, try '--help'.
--- exit 2

"#]],
        ),
        (
            ["--tls-cert", "cert.pem"],
            str![[r#"
$ metactl serve --tls-cert cert.pem
--- stderr
error: the following required arguments were not provided:
  --tls-key <FILE>

Usage: metactl serve --tls-cert <FILE> --tls-key <FILE>

For more information, try '--help'.
--- exit 2

"#]],
        ),
        (
            ["--state-file", "missing/state"],
            str![[r#"
$ metactl serve --state-file missing/state
--- stderr
error: the state file `missing/state` cannot be written
  cause: No such file or directory (os error 2)
--- exit 1

"#]],
        ),
    ] {
        assert_transcript(home.run(["serve"].iter().chain(&words)), transcript);
    }
}

#[test]
fn the_management_api_is_not_open_to_everybody() {
    let home = Home::new();
    assert_transcript(
        home.run(["serve", "--listen", "127.0.0.1:0", "--manage", "0.0.0.0:0"]),
        str![[r#"
$ metactl serve --listen 127.0.0.1:0 --manage 0.0.0.0:0
--- stderr
error: the management API on `0.0.0.0:[..]` would let everybody change everything
hint: Choose `--manage 127.0.0.1:9611` or `--manage unix:/run/metactl.sock`
hint: Or ask for a token with `--manage-token-file FILE`
--- exit 2

"#]],
    );
}

#[test]
fn a_long_first_read_is_said() {
    // Nobody listens there, and the port of a closed listener is not given again at once.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("etcd://{nobody}");
    let serve =
        Serve::listening(&Home::new(), &["--endpoint", &endpoint, "--request-timeout", "1m"]);
    serve.running.says(&format!("reading {endpoint}"));
}
