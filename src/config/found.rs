//! Endpoints that a machine tells of by itself, when nobody has chosen one.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::{Origin, Setting, Settings};
use crate::endpoint::Endpoint;

/// The configuration of confd, and of the names that need no server.
const CONFD: &str = "/etc/confd/confd.toml";
const HOSTS: &str = "/etc/hosts";
/// What nodes call their metadata service.
const NAME: &str = "metadata";
/// A cloud's own service under that name speaks other protocols.
const OF_CLOUDS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// The metadata service that confd is pointed to, else the host `metadata`.
///
/// That name is looked up in `/etc/hosts` alone: asking a name server could keep
/// every command waiting, and in some clouds answers with something else. What
/// cannot be read tells nothing.
pub(super) fn endpoint(settings: &Settings) -> Option<Setting<Endpoint>> {
    let confd = settings.environment.get("METACTL_CONFD_FILE");
    let confd = PathBuf::from(confd.as_deref().unwrap_or(CONFD));
    let of_confd = std::fs::read_to_string(&confd).ok().and_then(|text| of_confd(&text));
    let found =
        |value, file: &Path| Setting { value, origin: Origin::Machine(file.display().to_string()) };
    if let Some(endpoint) = of_confd {
        return Some(found(endpoint, &confd));
    }
    let hosts = std::fs::read_to_string(HOSTS).ok()?;
    let endpoint = Endpoint::parse(&format!("http://{NAME}"), None).ok()?;
    is_named(&hosts).then(|| found(endpoint, Path::new(HOSTS)))
}

/// The nodes of a configuration with the backend metad.
fn of_confd(text: &str) -> Option<Endpoint> {
    let document: DocumentMut = text.parse().ok()?;
    let text_of = |key: &str| document.get(key).and_then(|item| item.as_str());
    if text_of("backend") != Some("metad") {
        return None;
    }
    let nodes: Vec<&str> =
        document.get("nodes")?.as_array()?.iter().filter_map(|node| node.as_str()).collect();
    let scheme = if text_of("scheme") == Some("https") { "https" } else { "http" };
    Endpoint::parse(&format!("{scheme}://{}", nodes.join(",")), None).ok()
}

/// Whether a file of hosts names the service.
fn is_named(hosts: &str) -> bool {
    hosts.lines().any(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let ip: Option<IpAddr> = words.next().and_then(|word| word.parse().ok());
        ip.is_some_and(|ip| ip != OF_CLOUDS) && words.any(|name| name == NAME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confd_is_asked_for_metad_alone() {
        let nodes = |text: &str| of_confd(text).map(|endpoint| endpoint.to_string());
        let one = "backend = \"metad\"\nnodes = [\"10.0.0.5\", \"m2:8080\"]\nprefix = \"/self\"\n";
        assert_eq!(nodes(one).as_deref(), Some("http://10.0.0.5:80,m2:8080"));
        let web = "backend = \"metad\"\nnodes = [\"http://m1/\"]\n";
        assert_eq!(nodes(web).as_deref(), Some("http://m1:80"));
        for other in ["", "not toml", "backend = \"etcd\"\nnodes = [\"a\"]", "backend = \"metad\""]
        {
            assert_eq!(nodes(other), None, "{other}");
        }
    }

    #[test]
    fn the_name_counts_where_it_is_a_nodes_own_service() {
        assert!(is_named("127.0.0.1 localhost\n10.0.0.2\tmd metadata # ours\n"));
        assert!(!is_named("127.0.0.1 localhost\n# 10.0.0.2 metadata\n10.0.0.2 metadata.x\n"));
        assert!(!is_named("169.254.169.254 metadata.google.internal metadata\n"));
    }
}
