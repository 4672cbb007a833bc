//! An etcd of our own, on ports the system gives, gone with its value.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::process::{Room, Running};

const BIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin");

pub struct Etcd {
    port: u16,
    _server: Running,
}

impl Etcd {
    /// Starts a server whose data are in `room`; it answers when this returns.
    pub fn start(room: &Room) -> Result<Etcd> {
        let (port, peer_port) = (free_port()?, free_port()?);
        let (client, peer) =
            (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer_port}"));
        let mut command = Command::new(program("etcd"));
        command.arg("--data-dir").arg(room.path("etcd"));
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--initial-cluster", &format!("default={peer}")]);
        command.args(["--quota-backend-bytes", "8000000000", "--log-level", "error"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let etcd = Etcd { port, _server: Running::new(command.spawn()?) };
        etcd.wait_until_it_answers()?;
        Ok(etcd)
    }

    fn wait_until_it_answers(&self) -> Result {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let mut health = self.etcdctl(&["endpoint", "health"]);
            if health.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("etcd does not answer after 30 s".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn endpoint(&self) -> String {
        format!("etcd://127.0.0.1:{}", self.port)
    }

    /// How many requests the server has answered since it started.
    pub fn requests(&self) -> Result<u64> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let counted = text.lines().filter(|line| line.starts_with("grpc_server_handled_total"));
        let numbers = counted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(numbers.sum::<f64>() as u64)
    }

    pub fn etcdctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program("etcdctl"));
        command.env_clear().env("ETCDCTL_API", "3");
        command.arg(format!("--endpoints=127.0.0.1:{}", self.port)).args(words);
        command
    }
}

/// The one that `benches/run.sh` has unpacked, else the one on the PATH.
pub fn program(name: &str) -> PathBuf {
    let unpacked = Path::new(BIN).join(name);
    if unpacked.exists() { unpacked } else { PathBuf::from(name) }
}

pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
