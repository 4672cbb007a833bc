//! Endpoints: where the data is, as people write it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// What is accepted, for messages.
const ACCEPTED: &str = "`file:PATH`, `etcd://HOST:PORT[,HOST:PORT…][/PREFIX]`, `etcds://…`";

/// etcd's port for clients.
const ETCD_PORT: u16 = 2379;

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// One SQLite file.
    File(PathBuf),
    Etcd(Etcd),
}

/// The servers of an etcd, and where in it the tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etcd {
    /// `host:port`, at least one.
    pub hosts: Vec<String>,
    pub tls: bool,
    /// Empty, or a path without a slash at the end.
    pub prefix: String,
}

impl Endpoint {
    /// Reads an endpoint; `home` stands for `~`. A text with a slash at its
    /// start, or `./` or `../`, is a file.
    pub fn parse(text: &str, home: Option<&Path>) -> Result<Endpoint> {
        if text.starts_with(['/', '~']) || text.starts_with("./") || text.starts_with("../") {
            return file(text, text, home);
        }
        match text.split_once(':') {
            Some(("file", path)) => file(text, path, home),
            Some(("etcd", rest)) => etcd(text, rest, false),
            Some(("etcds", rest)) => etcd(text, rest, true),
            _ => Err(unknown(text)),
        }
    }

    /// The file it is; none for servers.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Endpoint::File(path) => Some(path),
            Endpoint::Etcd(_) => None,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::File(path) => write!(out, "file:{}", path.display()),
            Endpoint::Etcd(etcd) => {
                let scheme = if etcd.tls { "etcds" } else { "etcd" };
                write!(out, "{scheme}://{}{}", etcd.hosts.join(","), etcd.prefix)
            }
        }
    }
}

/// Neither a file nor an etcd; what is left of a web address is most likely an etcd.
fn unknown(text: &str) -> Error {
    let error = refused(text, &format!("is none that is known; accepted are {ACCEPTED}"));
    let hosts = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let tls = if text.starts_with("https://") { "s" } else { "" };
    let guess = format!("etcd{tls}://{}", hosts.unwrap_or(text));
    match etcd(&guess, guess.split_once(':').map_or("", |(_, rest)| rest), !tls.is_empty()) {
        Ok(_) if text.contains(':') => error.hint(format!("Type `{guess}` if it is an etcd")),
        _ => error,
    }
}

fn refused(text: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("endpoint `{}` {why}", text.escape_debug()))
}

fn file(text: &str, path: &str, home: Option<&Path>) -> Result<Endpoint> {
    let path = match path.strip_prefix("//") {
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) => return Err(refused(text, "names a host; a file is written `file:/path`")),
        None => path,
    };
    if path.is_empty() || path.ends_with('/') {
        return Err(refused(text, "names no file; accepted is `file:/path/to/metadata.db`"));
    }
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Ok(Endpoint::File(home.join(rest))),
        _ => Ok(Endpoint::File(PathBuf::from(path))),
    }
}

fn etcd(text: &str, rest: &str, tls: bool) -> Result<Endpoint> {
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(refused(
            text,
            "lacks `//`; accepted is `etcd://HOST:PORT[,HOST:PORT…][/PREFIX]`",
        ));
    };
    let (hosts, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if hosts.contains('@') {
        let secretless = Error::new(Kind::Usage, "an endpoint does not hold a user or a password");
        return Err(secretless.hint("Give them as `--user NAME` and `METACTL_PASSWORD`"));
    }
    let hosts = hosts.split(',').map(|host| with_port(text, host.trim())).collect::<Result<_>>()?;
    let prefix = match crate::model::path::Path::parse(prefix) {
        _ if prefix.is_empty() => String::new(),
        Ok(path) if path.is_root() => String::new(),
        Ok(path) => path.as_str().to_owned(),
        Err(error) => return Err(refused(text, "has a prefix that is no path").because(error)),
    };
    Ok(Endpoint::Etcd(Etcd { hosts, tls, prefix }))
}

/// `host` with the port that it names, or etcd's own.
fn with_port(text: &str, host: &str) -> Result<String> {
    let bad = || refused(text, &format!("has the host `{host}`; accepted is `HOST:PORT`"));
    let (name, port) = match host.rsplit_once(':') {
        _ if host.ends_with(']') => (host, Ok(ETCD_PORT)),
        // The colons of a bare IPv6 address separate no port.
        Some((name, _)) if name.contains(':') && !name.ends_with(']') => return Err(bad()),
        Some((name, port)) => (name, port.parse()),
        None => (host, Ok(ETCD_PORT)),
    };
    match port {
        Ok(port) if port > 0 && !name.is_empty() && !name.contains(char::is_whitespace) => {
            Ok(format!("{name}:{port}"))
        }
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        Endpoint::parse(text, Some(Path::new("/home/u"))).unwrap().to_string()
    }

    #[test]
    fn files_are_written_in_several_ways() {
        assert_eq!(parsed("file:/a/b.db"), "file:/a/b.db");
        assert_eq!(parsed("file:///a/b.db"), "file:/a/b.db");
        assert_eq!(parsed("file:b.db"), "file:b.db");
        assert_eq!(parsed("/a/b.db"), "file:/a/b.db");
        assert_eq!(parsed("./b.db"), "file:./b.db");
        assert_eq!(parsed("file:~/b.db"), "file:/home/u/b.db");
    }

    #[test]
    fn an_etcd_has_hosts_and_a_prefix() {
        assert_eq!(parsed("etcd://a"), "etcd://a:2379");
        assert_eq!(parsed("etcd://a:1,b:2/p//q/"), "etcd://a:1,b:2/p/q");
        assert_eq!(parsed("etcds://[::1]:1"), "etcds://[::1]:1");
        assert_eq!(parsed("etcds://[::1]/"), "etcds://[::1]:2379");
    }

    #[test]
    fn others_are_refused_with_what_is_accepted() {
        for text in [
            "",
            "a",
            "http://a",
            "etcd:a",
            "etcd://",
            "etcd://a:x",
            "etcd://::1",
            "etcd://a,,b",
            "file:",
            "file:/a/",
            "file://host/a",
            "gce",
            "a:2379",
            "etcd://a/../b",
        ] {
            let error = Endpoint::parse(text, None).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().contains(&format!("`{text}`")), "{error}");
        }
        let secret = Endpoint::parse("etcd://u:geheim@a", None).unwrap_err();
        assert!(!secret.message().contains("geheim"));
    }
}
