//! Blocks of addresses and the lowest free ones in them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use crate::error::{Error, Result};

/// The block of a cluster that was given none.
pub const DEFAULT: Cidr = Cidr { base: u32::from_be_bytes([192, 168, 100, 0]), prefix: 24 };

/// The largest block that a full one is widened to.
const WIDEST: u8 = 8;

/// An IPv4 block, such as `192.168.100.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    prefix: u8,
}

impl Cidr {
    /// Reads `ADDRESS/LENGTH`; the length is from 8 to 30 and the address the
    /// first one of the block.
    pub fn parse(text: &str) -> Result<Cidr> {
        let wrong = |why: &str| {
            Err(Error::invalid(format!(
                "`{text}` {why}; a block such as `192.168.100.0/24` is accepted"
            )))
        };
        let Some((address, length)) = text.split_once('/') else { return wrong("has no length") };
        let Ok(address) = address.parse::<Ipv4Addr>() else {
            return wrong("has no IPv4 address in front");
        };
        let Some(prefix) = length.parse().ok().filter(|prefix| (WIDEST..=30).contains(prefix))
        else {
            return wrong("has no length from 8 to 30");
        };
        let cidr = Cidr { base: u32::from(address), prefix };
        if cidr.base & !cidr.mask() != 0 {
            let first = Cidr { base: cidr.base & cidr.mask(), prefix };
            return wrong(&format!("starts inside of the block `{first}`"));
        }
        Ok(cidr)
    }

    /// Whether all of `other` lies in it.
    pub fn contains(self, other: Cidr) -> bool {
        self.prefix <= other.prefix && other.base & self.mask() == self.base
    }

    /// The block of 256 addresses around one.
    pub fn around(ip: Ipv4Addr) -> Cidr {
        Cidr { base: u32::from(ip) & 0xffff_ff00, prefix: 24 }
    }

    /// How many addresses hosts can have: all but the first and the last.
    pub fn hosts(self) -> u64 {
        (1 << (32 - self.prefix)) - 2
    }

    /// The block of twice the size around it; none when that would be too large.
    fn widened(self) -> Option<Cidr> {
        let prefix = self.prefix.checked_sub(1).filter(|prefix| *prefix >= WIDEST)?;
        let wider = Cidr { base: self.base, prefix };
        Some(Cidr { base: self.base & wider.mask(), prefix })
    }

    /// The lowest addresses that are not taken, `count` of them, and the block
    /// they are in: this one, or where `widen` allows it a wider one.
    pub fn lowest_free(
        self,
        count: usize,
        taken: &BTreeSet<Ipv4Addr>,
        widen: bool,
    ) -> Result<(Cidr, Vec<Ipv4Addr>)> {
        let mut cidr = self;
        loop {
            let inside = Ipv4Addr::from(cidr.base)..=Ipv4Addr::from(cidr.base | !cidr.mask());
            let used = taken.range(inside).count() as u64;
            // The first and the last may be among the taken ones by mistake.
            if cidr.hosts() >= count as u64 + used.saturating_sub(2) {
                let free: Vec<Ipv4Addr> = cidr.free(taken).take(count).collect();
                if free.len() == count {
                    return Ok((cidr, free));
                }
            }
            match cidr.widened().filter(|_| widen) {
                Some(wider) => cidr = wider,
                None => {
                    let free = cidr.free(taken).count();
                    return Err(Error::conflict(format!(
                        "{count} addresses are needed, and `{cidr}` has {free} left"
                    )));
                }
            }
        }
    }

    fn free(self, taken: &BTreeSet<Ipv4Addr>) -> impl Iterator<Item = Ipv4Addr> {
        let last = self.base | !self.mask();
        (self.base + 1..last).map(Ipv4Addr::from).filter(|ip| !taken.contains(ip))
    }

    fn mask(self) -> u32 {
        u32::MAX << (32 - self.prefix)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> Ipv4Addr {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_are_read_and_written() {
        assert_eq!(Cidr::parse("192.168.100.0/24").unwrap(), DEFAULT);
        assert_eq!(Cidr::parse("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        for (text, part) in [
            ("10.0.0.0", "no length"),
            ("10.0.0/8", "no IPv4 address"),
            ("10.0.0.0/31", "from 8 to 30"),
            ("10.0.0.0/x", "from 8 to 30"),
            ("10.0.0.5/24", "`10.0.0.0/24`"),
        ] {
            let error = Cidr::parse(text).unwrap_err();
            assert!(error.message().contains(part), "{error}");
        }
    }

    #[test]
    fn a_full_block_is_widened_or_refused() {
        let block = Cidr::parse("192.168.101.0/30").unwrap();
        let taken = BTreeSet::from([ip("192.168.101.1"), ip("192.168.101.2")]);
        let (wider, free) = block.lowest_free(1, &taken, true).unwrap();
        assert_eq!(
            (wider.to_string().as_str(), free),
            ("192.168.101.0/29", vec![ip("192.168.101.3")])
        );
        let error = block.lowest_free(1, &taken, false).unwrap_err();
        assert!(error.message().contains("has 0 left"), "{error}");
        let (wider, _) = DEFAULT.lowest_free(300, &BTreeSet::new(), true).unwrap();
        assert_eq!(wider.to_string(), "192.168.100.0/23");
    }

    proptest! {
        #[test]
        fn addresses_are_free_lowest_and_once(
            taken in proptest::collection::btree_set(0u32..300, 0..200), count in 0usize..200,
        ) {
            let base = u32::from(ip("192.168.100.0"));
            let taken: BTreeSet<Ipv4Addr> = taken.iter().map(|low| Ipv4Addr::from(base + low)).collect();
            let (cidr, free) = DEFAULT.lowest_free(count, &taken, true).unwrap();
            prop_assert_eq!(free.len(), count);
            let drawn: BTreeSet<Ipv4Addr> = free.iter().copied().collect();
            prop_assert_eq!(drawn.len(), count);
            prop_assert!(drawn.is_disjoint(&taken));
            if let Some(highest) = drawn.last() {
                let below = (cidr.base + 1..u32::from(*highest)).map(Ipv4Addr::from);
                prop_assert!(below.into_iter().all(|ip| drawn.contains(&ip) || taken.contains(&ip)));
            }
        }
    }
}
