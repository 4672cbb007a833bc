//! Sockets that listen, and the connections that come from them.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, UnixListener};

use crate::error::{Error, Kind, Result};
use crate::serve::address::Address;
use crate::serve::connection::Stream;

/// Connections that may wait to be accepted: many nodes come at once after a
/// restart of the service.
const BACKLOG: u32 = 4096;

/// A socket that listens.
pub struct Listener {
    socket: Socket,
    place: String,
    _file: Option<SocketFile>,
}

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The file of a Unix socket, removed with its listener.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A socket that somebody else has opened for us.
pub enum Handed {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

impl Listener {
    /// Takes a socket over; a Unix socket's file stays its owner's.
    pub fn handed(socket: Handed) -> io::Result<Listener> {
        let (socket, place) = match socket {
            Handed::Tcp(tcp) => {
                tcp.set_nonblocking(true)?;
                let place = tcp.local_addr()?.to_string();
                (Socket::Tcp(TcpListener::from_std(tcp)?), place)
            }
            Handed::Unix(unix) => {
                unix.set_nonblocking(true)?;
                let address = unix.local_addr()?;
                let path = address.as_pathname().map(|path| path.display().to_string());
                let place = format!("unix:{}", path.unwrap_or_default());
                (Socket::Unix(UnixListener::from_std(unix)?), place)
            }
        };
        Ok(Listener { socket, place, _file: None })
    }

    /// Whether others than those on this machine may reach it.
    pub fn is_open(&self) -> bool {
        match &self.socket {
            Socket::Tcp(tcp) => {
                tcp.local_addr().is_ok_and(|own| !own.ip().to_canonical().is_loopback())
            }
            Socket::Unix(_) => false,
        }
    }

    /// Listens on an address; `port` is meant where it names none, `flag` is
    /// what is typed to choose another one.
    pub async fn bind(address: &Address, port: u16, flag: &str) -> Result<Listener> {
        if let Address::Unix(path) = address {
            return unix(path).map_err(|error| refused(&address.to_string(), flag, &error));
        }
        let mut last = None;
        for address in address.resolve(port).await? {
            match tcp(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = Some(refused(&address.to_string(), flag, &error)),
            }
        }
        Err(last.unwrap_or_else(|| {
            Error::new(Kind::Failed, format!("`{address}` has no address to listen on"))
        }))
    }

    /// Where it listens: `127.0.0.1:8080`, `unix:/run/metactl.sock`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The next connection and where it comes from; none for Unix sockets.
    pub async fn accept(&self) -> (Stream, Option<SocketAddr>) {
        loop {
            let accepted = match &self.socket {
                Socket::Tcp(tcp) => tcp.accept().await.map(|(stream, from)| {
                    // Small answers must not wait for more; without it they only come later.
                    let _ = stream.set_nodelay(true);
                    (Stream::Tcp(stream), Some(from))
                }),
                Socket::Unix(unix) => {
                    unix.accept().await.map(|(stream, _)| (Stream::Unix(stream), None))
                }
            };
            match accepted {
                Ok(accepted) => return accepted,
                // The one that came has gone again: the next one.
                Err(error) if of_one_connection(&error) => {}
                // No descriptors or no memory: others have to go first.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

fn of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

fn tcp(address: SocketAddr) -> io::Result<Listener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of an earlier run that are not forgotten yet are no hindrance.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let place = listener.local_addr()?.to_string();
    Ok(Listener { socket: Socket::Tcp(listener), place, _file: None })
}

fn unix(path: &Path) -> io::Result<Listener> {
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_behind(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    // Who may write to it may do everything: its owner alone.
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600))?;
    let place = format!("unix:{}", path.display());
    let file = SocketFile(path.to_owned());
    Ok(Listener { socket: Socket::Unix(listener), place, _file: Some(file) })
}

/// Whether it is a socket that nobody listens on.
fn is_left_behind(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path)
            .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn refused(place: &str, flag: &str, cause: &io::Error) -> Error {
    let kind = match cause.kind() {
        ErrorKind::PermissionDenied => Kind::Denied,
        _ => Kind::Failed,
    };
    let error = Error::new(kind, format!("listening on `{place}`")).because(cause.to_string());
    match cause.kind() {
        ErrorKind::PermissionDenied if !place.starts_with("unix:") => {
            error.hint(format!("Choose a port from 1024 on, as in `{flag} 127.0.0.1:8080`"))
        }
        ErrorKind::AddrInUse => error.hint(format!("Choose another address with `{flag}`")),
        _ => error,
    }
}
