//! How the service ends, and what systemd hears of its life.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::http::Client;
use crate::support::{Home, Running, Serve, until};

#[test]
fn open_requests_are_answered() {
    let home = Home::new();
    let serve = Serve::start(&home, &[]);
    let mut idle = serve.node("127.0.0.7");
    assert_eq!(idle.get("/nothing").status, 404);
    let mut open = serve.node("127.0.0.7");
    open.write(b"POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1");
    taken(&serve);
    serve.running.signal(Signal::TERM);
    serve.running.says("ending");
    // Who has nothing open is let go at once; nobody new comes in.
    assert!(idle.is_ended());
    until("nobody listens", || std::net::TcpStream::connect(serve.metadata).is_err());
    open.write(b"2");
    let answer = open.answer();
    assert!(answer.status == 404 || answer.status == 405, "{answer:?}");
    assert!(open.is_ended());
    let (code, _, stderr) = serve.running.end();
    assert_eq!(code, 0, "{stderr:?}");
}

#[test]
fn who_does_not_end_is_cut_off() {
    let home = Home::new();
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let serve = Serve::start(&home, &["--drain-timeout", "100ms"]);
        let mut open = serve.node("127.0.0.7");
        open.write(b"POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1");
        taken(&serve);
        serve.running.signal(signal);
        assert_eq!(serve.running.end().0, code);
        assert!(open.is_ended());
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--drain-timeout", "1h"]);
    let mut open = serve.node("127.0.0.7");
    open.write(b"POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1");
    taken(&serve);
    serve.running.signal(Signal::TERM);
    serve.running.says("ending");
    serve.running.signal(Signal::INT);
    assert_eq!(serve.running.end().0, 130);
}

/// Waits until the service has let the connection of the node in.
fn taken(serve: &Serve) {
    let mut manager = serve.manager();
    until("the connection is counted", || {
        let metrics = manager.get("/metrics").text();
        !metrics.contains("metactl_connections 1\n") && !metrics.contains("metactl_connections 0\n")
    });
}

#[test]
fn systemd_hears_of_it() {
    let home = Home::new();
    let path = home.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut command = home.command(["serve", "--listen", "127.0.0.1:0", "--manage", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "30000");
    let running = Running::start(command);
    let hears = |what: &str| {
        let mut buffer = [0; 256];
        until(what, || {
            let length = socket.recv(&mut buffer).unwrap();
            std::str::from_utf8(&buffer[..length]).unwrap().trim_end() == what
        });
    };
    hears("READY=1");
    hears("WATCHDOG=1");
    hears("WATCHDOG=1");
    running.signal(Signal::TERM);
    hears("STOPPING=1");
    assert_eq!(running.end().0, 0);
}

#[test]
fn sockets_of_systemd_take_the_place_of_its_own() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut command = Command::new("/bin/sh");
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$@\"";
    let own = home.command(["serve", "--manage", "127.0.0.1:0"]);
    command.args(["-c", script, "sh"]).arg(own.get_program()).args(own.get_args());
    command.env_clear().current_dir(home.path()).env("HOME", home.path());
    command.stdin(OwnedFd::from(listener));
    let running = Running::start(command);
    running.says(&format!("metadata on {address}"));
    running.says("serving ");
    assert_eq!(Client::new(address).get("/nothing").status, 404);
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, 0);
}

#[test]
fn who_waits_is_answered_with_what_there_is() {
    let home = Home::new();
    home.run(["put", "/cl-1/env/port", "8080"]).ok();
    home.run(["mapping", "set", "127.0.0.7", "env=/cl-1/env"]).ok();
    let serve = Serve::start(&home, &[]);
    let mut polls: Vec<_> = (0..10)
        .map(|_| {
            let mut node = serve.node("127.0.0.7");
            node.send("GET", "/self/env/port?wait=true", &[], b"");
            node
        })
        .collect();
    let mut manager = serve.manager();
    until("all of them wait", || manager.get("/metrics").text().contains("metactl_waiters 10\n"));
    serve.running.signal(Signal::TERM);
    for node in &mut polls {
        let answer = node.answer();
        assert_eq!((answer.status, answer.text().as_str()), (200, "8080"));
        assert!(node.is_ended());
    }
    assert_eq!(serve.running.end().0, 0);
}
