//! An nginx of our own that serves files, and the wrk that asks.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::etcd::{free_port, program};
use crate::process::{Room, Running};

pub struct Nginx {
    pub address: SocketAddr,
    _server: Running,
}

impl Nginx {
    /// Starts one that serves the files in `files`; it answers when this returns.
    pub fn start(room: &Room, files: &Path, workers: usize) -> Result<Nginx> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let home = room.path(&format!("nginx-{workers}"));
        std::fs::create_dir_all(&home)?;
        let settings = home.join("nginx.conf");
        std::fs::write(&settings, text(&home, files, workers, address))?;
        let mut command = Command::new(program("nginx"));
        command.arg("-p").arg(&home).arg("-c").arg(&settings).arg("-e").arg(home.join("error"));
        // In the foreground it ends its workers when it is told to end, and not when killed.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let nginx = Nginx { address, _server: Running::asked_to_end(command.spawn()?) };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                let said = std::fs::read_to_string(home.join("error")).unwrap_or_default();
                return Err(format!("nginx does not answer: {said}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }
}

/// Its settings: what makes it fast, and nothing outside `home`.
fn text(home: &Path, files: &Path, workers: usize, address: SocketAddr) -> String {
    let (home, files) = (home.display(), files.display());
    // Started by root, it would serve as somebody who may not read the files.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {home}/{name};\n"))
        .concat();
    format!(
        "daemon off;\n{user}\nworker_processes {workers};\npid {home}/pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n{places}    access_log off;\n    sendfile on;\n    tcp_nopush on;\n\
         \x20   keepalive_requests 1000000;\n    default_type text/plain;\n\
         \x20   open_file_cache max=100 inactive=1h;\n    open_file_cache_valid 1h;\n\
         \x20   server {{ listen {address}; root {files}; }}\n}}\n"
    )
}

/// Requests in a second that the server answers, over 32 connections.
pub fn wrk(address: SocketAddr, path: &str, accept: &str, time: Duration) -> Result<f64> {
    let mut command = Command::new(program("wrk"));
    command.args(["-t1", "-c32", &format!("-d{}s", time.as_secs().max(1))]);
    command.args(["-H", &format!("Accept: {accept}"), &format!("http://{address}{path}")]);
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(format!("wrk: {text}").into());
    }
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(rate.ok_or_else(|| format!("wrk: {text}"))?.trim().parse()?)
}
