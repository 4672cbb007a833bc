//! What has to be known to reach a service.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::tls::TlsFiles;

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `host:port` of each server, and whether TLS is spoken there.
    Hosts { hosts: Vec<String>, tls: bool },
    /// A socket on this machine.
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Unix(path) => write!(out, "unix:{}", path.display()),
            Place::Hosts { hosts, tls } => {
                write!(out, "http{}://{}", if *tls { "s" } else { "" }, hosts.join(","))
            }
        }
    }
}

/// How to reach a service and what to prove there.
#[derive(Clone)]
pub struct LinkOptions {
    pub place: Place,
    pub tls: TlsFiles,
    /// The secret word that the service asks for.
    pub token: Option<String>,
    /// How long one call may take, with all its attempts.
    pub timeout: Duration,
}

/// Without the token.
impl fmt::Debug for LinkOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LinkOptions")
            .field("place", &self.place)
            .field("tls", &self.tls)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
