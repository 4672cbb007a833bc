//! Addresses to listen on, as people write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::{Error, Kind, Result};

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host and, unless the listener's own is meant, a port.
    Tcp(String, Option<u16>),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The address and port; none for a Unix socket. A name can have several.
    pub async fn resolve(&self, port: u16) -> Result<Vec<SocketAddr>> {
        let Address::Tcp(host, own) = self else { return Ok(Vec::new()) };
        let found = tokio::net::lookup_host((host.as_str(), own.unwrap_or(port))).await;
        found.map(Iterator::collect).map_err(|error| {
            Error::new(Kind::Failed, format!("finding the address of `{host}`")).because(error)
        })
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Address> {
        let refused = || {
            Error::new(
                Kind::Usage,
                format!(
                    "address `{}` is none; accepted are `IP`, `IP:PORT`, `NAME:PORT`, `:PORT`, \
                     `[IPV6]:PORT` and `unix:PATH`",
                    text.escape_debug()
                ),
            )
        };
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(refused()) } else { Ok(Address::Unix(path.into())) };
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Address::Tcp(address.ip().to_string(), Some(address.port())));
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Address::Tcp(ip.to_string(), None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| refused())?)),
            None => (text, None),
        };
        let name = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        match host {
            "" if port.is_some() => Ok(Address::Tcp("0.0.0.0".to_owned(), port)),
            _ if !host.is_empty() && host.chars().all(name) => {
                Ok(Address::Tcp(host.to_owned(), port))
            }
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(out, "unix:{}", path.display()),
            Address::Tcp(host, port) => {
                let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
                write!(out, "{open}{host}{close}")?;
                port.map_or(Ok(()), |port| write!(out, ":{port}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_several_ways() {
        for (text, shown) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("127.0.0.1", "127.0.0.1"),
            (":80", "0.0.0.0:80"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
            ("[::]:80", "[::]:80"),
            ("localhost:0", "localhost:0"),
            ("unix:/run/metactl.sock", "unix:/run/metactl.sock"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn others_are_refused() {
        for text in ["", ":", "a:b", "unix:", "http://a:1", "a:70000", "[::1", "a b:1", ":x"] {
            assert_eq!(text.parse::<Address>().unwrap_err().kind(), Kind::Usage, "{text}");
        }
    }
}
