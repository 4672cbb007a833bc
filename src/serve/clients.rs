//! What one client may have open, and how often it may ask.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::engine::Shards;

/// Limits for each address that asks; 0 is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Requests that are open at a time, those that wait among them.
    pub polls: u32,
    /// Requests in a second; as many may come at once.
    pub rate: u32,
    /// Connections that are open at a time.
    pub connections: u32,
}

/// From how many clients on a part is searched for those that are gone.
const SWEEP: usize = 256;
/// What may come at once, in nanoseconds of the rate.
const BURST: u64 = 1_000_000_000;

/// A client has as many connections as it may have.
#[derive(Debug)]
pub struct TooMany;

/// Who is there, and what they have.
pub struct Clients {
    limits: Limits,
    began: Instant,
    shards: Shards<Shard>,
}

#[derive(Default)]
struct Shard {
    clients: HashMap<IpAddr, Client>,
    sweep_at: usize,
}

#[derive(Default)]
struct Client {
    requests: u32,
    connections: u32,
    /// When its requests so far are paid for, in nanoseconds since the beginning.
    paid: u64,
}

impl Client {
    fn is_gone(&self, now: u64) -> bool {
        self.requests == 0 && self.connections == 0 && self.paid <= now
    }
}

/// Something that a client has open; given back when it is dropped.
pub struct Held<'a> {
    clients: &'a Clients,
    ip: IpAddr,
    what: fn(&mut Client) -> &mut u32,
}

impl Clients {
    pub fn new(limits: Limits) -> Clients {
        Clients { limits, began: Instant::now(), shards: Shards::default() }
    }

    /// A request of that client; else after how long it may try again.
    pub fn request(&self, ip: IpAddr) -> Result<Option<Held<'_>>, Duration> {
        let Limits { polls, rate, .. } = self.limits;
        if polls == 0 && rate == 0 {
            return Ok(None);
        }
        let now = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut shard = self.shards.of(ip);
        shard.sweep(now);
        let client = shard.clients.entry(ip).or_default();
        if polls > 0 && client.requests >= polls {
            return Err(Duration::from_secs(1));
        }
        if rate > 0 {
            let paid = client.paid.max(now) + BURST / u64::from(rate);
            if paid - now > BURST {
                return Err(Duration::from_nanos(paid - now - BURST));
            }
            client.paid = paid;
        }
        client.requests += 1;
        Ok(Some(Held { clients: self, ip, what: |client| &mut client.requests }))
    }

    /// A connection from that address.
    pub fn connection(&self, ip: IpAddr) -> Result<Option<Held<'_>>, TooMany> {
        if self.limits.connections == 0 {
            return Ok(None);
        }
        let mut shard = self.shards.of(ip);
        let client = shard.clients.entry(ip).or_default();
        if client.connections >= self.limits.connections {
            return Err(TooMany);
        }
        client.connections += 1;
        Ok(Some(Held { clients: self, ip, what: |client| &mut client.connections }))
    }
}

impl Shard {
    /// Forgets who is gone, when there are many more than at the last time.
    fn sweep(&mut self, now: u64) {
        if self.clients.len() >= self.sweep_at.max(SWEEP) {
            self.clients.retain(|_, client| !client.is_gone(now));
            self.sweep_at = self.clients.len() * 2;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.clients.shards.of(self.ip).clients.get_mut(&self.ip) {
            *(self.what)(client) -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn what_is_open_is_counted_for_each_client() {
        let clients = Clients::new(Limits { polls: 2, ..Limits::default() });
        let one = clients.request(ip(1)).unwrap();
        let two = clients.request(ip(1)).unwrap();
        assert!(clients.request(ip(1)).is_err());
        assert!(clients.request(ip(2)).is_ok());
        drop(one);
        let three = clients.request(ip(1)).unwrap();
        assert!(clients.request(ip(1)).is_err());
        drop((two, three));
        assert!(clients.request(ip(1)).is_ok());
    }

    #[test]
    fn connections_are_counted_by_themselves() {
        let clients = Clients::new(Limits { connections: 1, polls: 1, rate: 0 });
        let connection = clients.connection(ip(1)).unwrap();
        assert!(clients.connection(ip(1)).is_err());
        assert!(clients.request(ip(1)).is_ok());
        drop(connection);
        assert!(clients.connection(ip(1)).is_ok());
    }

    #[test]
    fn a_rate_lets_as_many_come_at_once() {
        let clients = Clients::new(Limits { rate: 1, ..Limits::default() });
        assert!(clients.request(ip(1)).is_ok());
        let again = clients.request(ip(1)).err().unwrap();
        assert!(again > Duration::ZERO && again <= Duration::from_secs(1));
        assert!(clients.request(ip(2)).is_ok());
    }

    #[test]
    fn who_is_gone_is_forgotten() {
        let clients = Clients::new(Limits { polls: 1, ..Limits::default() });
        for number in 0..100_000u32 {
            drop(clients.request(IpAddr::from(number.to_be_bytes())).unwrap());
        }
        let known: Vec<usize> = clients.shards.all().map(|shard| shard.clients.len()).collect();
        assert!(known.iter().all(|known| *known <= SWEEP), "{known:?}");
    }
}
