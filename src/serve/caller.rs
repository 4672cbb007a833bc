//! Who asks: the peer of the connection, or whom a trusted proxy names.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::HeaderName;
use ipnet::IpNet;

use crate::serve::exchange::Caller;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Headers by which proxies tell that they stand between.
const FORWARDING: [HeaderName; 4] = [
    FORWARDED_FOR,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("via"),
];

/// The networks whose proxies are believed.
#[derive(Debug, Clone, Default)]
pub struct Trust(Vec<IpNet>);

impl Trust {
    pub fn new(networks: Vec<IpNet>) -> Trust {
        Trust(networks)
    }

    /// Whether a proxy at that address is believed.
    pub fn has(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip))
    }

    /// Who asks on a connection from `peer`. `X-Forwarded-For` counts only if the
    /// peer is trusted: then it is the right-most hop that is not trusted itself,
    /// as everything to the left of it may be made up.
    pub fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> Caller {
        let forwarded = FORWARDING.iter().any(|name| headers.contains_key(name));
        if !forwarded || !self.has(peer) {
            return Caller { ip: peer, forwarded, doubtful: forwarded };
        }
        let believed = |ip| Caller { ip, forwarded, doubtful: false };
        let mut ip = peer;
        for value in headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>().into_iter().rev() {
            for hop in value.as_bytes().rsplit(|byte| *byte == b',') {
                // What is no address was not written by a proxy that is to be believed.
                let Some(hop) = address(hop) else { return believed(ip) };
                ip = hop;
                if !self.has(ip) {
                    return believed(ip);
                }
            }
        }
        believed(ip)
    }
}

/// The address of a hop, which some proxies write with its port.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(peer: &str, lines: &[&str]) -> String {
        let trust = Trust::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let caller = trust.caller(peer.parse().unwrap(), &headers);
        assert_eq!(caller.forwarded, !lines.is_empty());
        caller.ip.to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(asks("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(asks("192.0.2.1", &["192.0.2.9"]), "192.0.2.1");
        assert_eq!(asks("10.0.0.1", &["192.0.2.9"]), "192.0.2.9");
        assert_eq!(asks("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_right_most_hop_that_is_not_trusted_counts() {
        assert_eq!(asks("10.0.0.1", &["192.0.2.8, 192.0.2.9"]), "192.0.2.9");
        assert_eq!(asks("10.0.0.1", &["192.0.2.8, 192.0.2.9, 10.0.0.2"]), "192.0.2.9");
        assert_eq!(
            asks("10.0.0.1", &["192.0.2.8", "192.0.2.9, 10.0.0.2", "10.0.0.3"]),
            "192.0.2.9"
        );
        assert_eq!(asks("10.0.0.1", &["10.0.0.7, 10.0.0.2"]), "10.0.0.7");
    }

    #[test]
    fn hops_are_written_in_several_ways() {
        assert_eq!(asks("10.0.0.1", &["192.0.2.9:4711"]), "192.0.2.9");
        assert_eq!(asks("10.0.0.1", &["[2001:db8::1]:80"]), "2001:db8::1");
        assert_eq!(asks("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(asks("fd00::1", &["::ffff:192.0.2.9"]), "192.0.2.9");
    }

    #[test]
    fn what_is_no_address_ends_the_search() {
        assert_eq!(asks("10.0.0.1", &["192.0.2.9, unknown"]), "10.0.0.1");
        assert_eq!(asks("10.0.0.1", &["192.0.2.9, , 10.0.0.2"]), "10.0.0.2");
        assert_eq!(asks("10.0.0.1", &[""]), "10.0.0.1");
    }
}
