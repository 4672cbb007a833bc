//! Endpoints: where the data is, as people write it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::client::options::Place;
use crate::error::{Error, Kind, Result};

/// What is accepted, for messages.
const ACCEPTED: &str = "`file:PATH`, `etcd://HOST:PORT[,HOST:PORT…][/PREFIX]`, `etcds://…`, \
                        `http://HOST[:PORT][,HOST…]`, `https://…`, `gce[://HOST]`";

/// etcd's port for clients.
const ETCD_PORT: u16 = 2379;

/// The ports of a metadata service: of the metadata, and of its management API.
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;
const MANAGE_PORT: u16 = 9611;

/// Where instances find the metadata server of Google's protocol.
const GCE_HOST: &str = "metadata.google.internal";

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// One SQLite file.
    File(PathBuf),
    Etcd(Etcd),
    /// The servers of a metadata service.
    Http(Http),
    /// `host:port` of a metadata server of Google's protocol.
    Gce(String),
}

/// The servers of a metadata service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// `host:port`, at least one.
    pub hosts: Vec<String>,
    pub tls: bool,
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
            Some(("http", rest)) => Ok(Endpoint::Http(http(text, rest, false, HTTP_PORT)?)),
            Some(("https", rest)) => Ok(Endpoint::Http(http(text, rest, true, HTTPS_PORT)?)),
            Some(("gce", rest)) => Ok(Endpoint::Gce(gce(text, rest)?)),
            None if text == "gce" => Ok(Endpoint::Gce(gce(text, &format!("//{GCE_HOST}"))?)),
            _ => Err(unknown(text)),
        }
    }

    /// The file it is; none for servers.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Endpoint::File(path) => Some(path),
            Endpoint::Etcd(_) | Endpoint::Http(_) | Endpoint::Gce(_) => None,
        }
    }

    /// Whether callers may have to prove themselves by a token, for its management API.
    pub fn takes_token(&self) -> bool {
        matches!(self, Endpoint::Http(_))
    }

    /// Whether it knows users with passwords and certificates.
    pub fn takes_user(&self) -> bool {
        matches!(self, Endpoint::Etcd(_))
    }
}

impl Http {
    /// Where the management API is when nobody says: beside the metadata.
    pub fn manage(&self) -> Place {
        let bare = |host: &String| match host.rsplit_once(':') {
            Some((name, _)) => format!("{name}:{MANAGE_PORT}"),
            None => host.clone(),
        };
        Place::Hosts { hosts: self.hosts.iter().map(bare).collect(), tls: self.tls }
    }

    /// Where the metadata is.
    pub fn place(&self) -> Place {
        Place::Hosts { hosts: self.hosts.clone(), tls: self.tls }
    }
}

/// Reads where a management API is: `http://HOST[:PORT]`, `https://…` or `unix:PATH`.
pub fn manage(text: &str) -> Result<Place> {
    let read = match text.split_once(':') {
        Some(("unix", path)) if !path.is_empty() => {
            return Ok(Place::Unix(PathBuf::from(path.strip_prefix("//").unwrap_or(path))));
        }
        Some(("http", rest)) => http(text, rest, false, MANAGE_PORT),
        Some(("https", rest)) => http(text, rest, true, MANAGE_PORT),
        _ => Err(Error::new(Kind::Usage, "")),
    };
    read.map(|http| http.place()).map_err(|_| {
        Error::new(
            Kind::Usage,
            format!(
                "management API `{}` is none; accepted are `http://HOST[:PORT]`, `https://…` and \
                 `unix:PATH`",
                text.escape_debug()
            ),
        )
    })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::File(path) => write!(out, "file:{}", path.display()),
            Endpoint::Etcd(etcd) => {
                let scheme = if etcd.tls { "etcds" } else { "etcd" };
                write!(out, "{scheme}://{}{}", etcd.hosts.join(","), etcd.prefix)
            }
            Endpoint::Http(http) => http.place().fmt(out),
            Endpoint::Gce(host) => write!(out, "gce://{host}"),
        }
    }
}

/// None of all; a host with its port is most likely an etcd.
fn unknown(text: &str) -> Error {
    let error = refused(text, &format!("is none that is known; accepted are {ACCEPTED}"));
    let guess = format!("etcd://{text}");
    match etcd(&guess, guess.split_once(':').map_or("", |(_, rest)| rest), false) {
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
    let hosts = hosts
        .split(',')
        .map(|host| with_port(text, host.trim(), ETCD_PORT))
        .collect::<Result<_>>()?;
    let prefix = match crate::model::path::Path::parse(prefix) {
        _ if prefix.is_empty() => String::new(),
        Ok(path) if path.is_root() => String::new(),
        Ok(path) => path.as_str().to_owned(),
        Err(error) => return Err(refused(text, "has a prefix that is no path").because(error)),
    };
    Ok(Endpoint::Etcd(Etcd { hosts, tls, prefix }))
}

fn http(text: &str, rest: &str, tls: bool, port: u16) -> Result<Http> {
    let Some(hosts) = rest.strip_prefix("//") else {
        return Err(refused(text, "lacks `//`; accepted is `http://HOST[:PORT][,HOST…]`"));
    };
    if hosts.contains('@') {
        return Err(Error::new(Kind::Usage, "an endpoint does not hold a user or a password"));
    }
    // What browsers and confd's configuration have in front of every host.
    let bare = |host: &str| {
        let host = host.trim().trim_end_matches('/');
        host.strip_prefix("http://").or(host.strip_prefix("https://")).unwrap_or(host).to_owned()
    };
    let hosts = hosts.split(',').map(bare);
    if let Some(path) = hosts.clone().find(|host| host.contains(['/', '?', '#'])) {
        return Err(refused(text, &format!("has a path in `{path}`; paths are given to commands")));
    }
    let hosts = hosts.map(|host| with_port(text, &host, port)).collect::<Result<_>>()?;
    Ok(Http { hosts, tls })
}

fn gce(text: &str, rest: &str) -> Result<String> {
    let host = rest.strip_prefix("//").map(|host| host.strip_suffix('/').unwrap_or(host));
    match host.filter(|host| !host.contains(['/', '@', '?', '#', ','])) {
        Some(host) => with_port(text, host, HTTP_PORT),
        None => Err(refused(text, "names no server; accepted is `gce` or `gce://HOST[:PORT]`")),
    }
}

/// `host` with the port that it names, or the usual one.
fn with_port(text: &str, host: &str, usual: u16) -> Result<String> {
    let bad = || refused(text, &format!("has the host `{host}`; accepted is `HOST:PORT`"));
    let (name, port) = match host.rsplit_once(':') {
        _ if host.ends_with(']') => (host, Ok(usual)),
        // The colons of a bare IPv6 address separate no port.
        Some((name, _)) if name.contains(':') && !name.ends_with(']') => return Err(bad()),
        Some((name, port)) => (name, port.parse()),
        None => (host, Ok(usual)),
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
    fn a_service_has_hosts_and_a_management_api() {
        assert_eq!(parsed("http://metadata"), "http://metadata:80");
        assert_eq!(parsed("http://a,b:8080/"), "http://a:80,b:8080");
        assert_eq!(parsed("https://[::1]"), "https://[::1]:443");
        let Endpoint::Http(http) = Endpoint::parse("http://a:8080,[::1]", None).unwrap() else {
            panic!("a service");
        };
        assert_eq!(http.manage().to_string(), "http://a:9611,[::1]:9611");
        assert_eq!(manage("unix:/run/m.sock").unwrap().to_string(), "unix:/run/m.sock");
        assert_eq!(manage("https://a").unwrap().to_string(), "https://a:9611");
        for wrong in ["", "a", "unix:", "ftp://a", "http:a", "http://a/b"] {
            assert_eq!(manage(wrong).unwrap_err().kind(), Kind::Usage, "{wrong}");
        }
    }

    #[test]
    fn a_metadata_server_of_google_has_a_host() {
        assert_eq!(parsed("gce"), "gce://metadata.google.internal:80");
        assert_eq!(parsed("gce://127.0.0.1:8080/"), "gce://127.0.0.1:8080");
        assert_eq!(parsed("gce://[fd20:ce::254]"), "gce://[fd20:ce::254]:80");
    }

    #[test]
    fn others_are_refused_with_what_is_accepted() {
        for text in [
            "",
            "a",
            "http:a",
            "http://",
            "http://a/b",
            "http://a:x",
            "ftp://a",
            "etcd:a",
            "etcd://",
            "etcd://a:x",
            "etcd://::1",
            "etcd://a,,b",
            "file:",
            "file:/a/",
            "file://host/a",
            "gce:",
            "gce://",
            "gce://a/b",
            "gce://a:0",
            "gce://a,b",
            "gce://:80",
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
