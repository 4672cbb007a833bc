//! `metactl serve` in a process of its own, and the bare handler that it is
//! compared with.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use tokio::net::TcpSocket;
use tokio::sync::watch;

use crate::Result;
use crate::process::{Room, Running, rss};

/// A server that is measured.
pub struct Service {
    pub process: Running,
    pub address: SocketAddr,
}

impl Service {
    /// Starts `metactl serve` on the store at `endpoint`; it answers when this returns.
    pub fn start(room: &Room, endpoint: &str, more: &[&str]) -> Result<Service> {
        let words = ["serve", "--listen", "127.0.0.1:0", "--manage", "127.0.0.1:0"];
        let limits = ["--quiet-window", "0", "--client-rate", "0", "--client-connections", "0"];
        let mut command = room.metactl(endpoint, &[&words[..], &limits, more].concat());
        let mut process =
            Running::new(command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?);
        let mut lines = BufReader::new(process.0.stderr.take().ok_or("it says nothing")?);
        let (mut said, mut address) = (String::new(), None);
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Err(format!("the service has ended: {said}").into());
            }
            if let Some(place) = line.strip_prefix("metadata on ") {
                address = Some(place.trim().parse()?);
            }
            if line.starts_with("serving ") {
                break;
            }
            said.push_str(&line);
        }
        // Whatever it says later is not to stop it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(Service { process, address: address.ok_or("it listens nowhere")? })
    }

    /// Starts the bare handler, which answers every poll with `body`.
    pub fn start_bare(body: &str) -> Result<Service> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare-server", body]).env_clear().stdout(Stdio::piped());
        let mut process = Running::new(command.spawn()?);
        let mut line = String::new();
        let output = process.0.stdout.take().ok_or("it says nothing")?;
        BufReader::new(output.take(64)).read_line(&mut line)?;
        Ok(Service { process, address: line.trim().parse()? })
    }

    /// The memory that it holds now, in bytes.
    pub fn rss(&self) -> Result<u64> {
        rss(&self.process.0)
    }
}

/// What the bare handler keeps: the one thing that all of them wait for.
struct Bare {
    changes: watch::Sender<u64>,
    body: Arc<str>,
}

/// The role of the bare handler: axum, one route that waits, one that wakes.
pub fn bare_role(body: &str) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bare = Arc::new(Bare { changes: watch::Sender::new(0), body: body.into() });
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        // As the service has it: who comes with all others is not sent away.
        let listener = socket.listen(4096)?;
        println!("{}", listener.local_addr()?);
        let router = Router::new()
            .route("/self/env", get(wait))
            .route("/change", post(change))
            .with_state(bare);
        axum::serve(listener, router).await?;
        Ok(true)
    })
}

async fn wait(State(bare): State<Arc<Bare>>) -> String {
    let mut changes = bare.changes.subscribe();
    // The sender lives as long as the server.
    let _ = changes.changed().await;
    bare.body.as_ref().to_owned()
}

async fn change(State(bare): State<Arc<Bare>>) {
    bare.changes.send_modify(|number| *number += 1);
}
