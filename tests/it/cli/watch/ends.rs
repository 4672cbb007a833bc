//! How a watch ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Home, Running};

#[test]
fn signals_have_their_exit_codes() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    for (signal, expected) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        for exec in [&[][..], &["--exec", "echo started"]] {
            let args = ["watch", "--initial", "/a"].iter().chain(exec);
            let watch = Running::start(home.command(args));
            watch.line();
            watch.signal(signal);
            let (code, ..) = watch.end();
            assert_eq!(code, expected, "{exec:?}");
        }
    }
}

#[test]
fn it_ends_when_its_reader_does_though_nothing_changes() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    let mut child =
        home.command(["watch", "--initial", "/a"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let closed = Instant::now();
    drop(stdout);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(closed.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_handler_ends_with_its_watch() {
    let home = Home::new();
    home.run(["put", "/a", "1"]).ok();
    let handler = "trap 'echo told; exit 1' TERM; echo running; sleep 600 & wait";
    let watch = Running::start(home.command(["watch", "--initial", "/a", "--exec", handler]));
    assert_eq!(watch.line(), "running");
    watch.signal(Signal::TERM);
    let (code, rest, _) = watch.end();
    assert_eq!((code, rest), (143, vec!["told".to_owned()]));
}
