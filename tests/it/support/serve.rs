//! The service as a process of its own: on free ports, ready when it says so, gone with the test.

use std::net::SocketAddr;

use super::http::Client;
use super::{Home, Running};

/// A running `metactl serve`.
pub struct Serve {
    pub running: Running,
    /// Where the metadata is served.
    pub metadata: SocketAddr,
    /// Where the management API is.
    pub manage: SocketAddr,
    /// Where Google's protocol is served alone, if `--gce` was given.
    pub gce: Option<SocketAddr>,
}

impl Serve {
    /// Starts it with these arguments, and waits until it answers. It listens
    /// where the system chooses; `--gce` is to be given as `127.0.0.1:0`.
    #[track_caller]
    pub fn start(home: &Home, args: &[&str]) -> Serve {
        let serve = Serve::listening(home, args);
        serve.running.says("serving ");
        serve
    }

    /// The same without waiting for more than its listeners: a store that is
    /// away keeps it from being ready.
    #[track_caller]
    pub fn listening(home: &Home, args: &[&str]) -> Serve {
        let own = ["serve", "--listen", "127.0.0.1:0", "--manage", "127.0.0.1:0"];
        let running = Running::start(home.command(own.iter().chain(args)));
        let metadata = place(&running, "metadata on ");
        let gce = args.contains(&"--gce").then(|| place(&running, "gce on "));
        let manage = place(&running, "management on ");
        Serve { running, metadata, manage, gce }
    }

    /// A connection to the metadata from that address of this machine, as in `127.0.0.7`.
    #[track_caller]
    pub fn node(&self, ip: &str) -> Client {
        Client::from(ip, self.metadata)
    }

    /// A connection to the management API.
    #[track_caller]
    pub fn manager(&self) -> Client {
        Client::new(self.manage)
    }
}

#[track_caller]
fn place(running: &Running, what: &str) -> SocketAddr {
    let line = running.says(what);
    line.split_once(what).unwrap().1.parse().unwrap()
}
