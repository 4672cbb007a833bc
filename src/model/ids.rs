//! Ids as they are drawn, and those that are accepted.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

/// Draws ids; with a seed, the same ones at every run.
#[derive(Debug)]
pub struct Draw {
    random: fastrand::Rng,
    /// What has been drawn already, so that no id comes twice.
    drawn: BTreeSet<String>,
}

impl Draw {
    /// Draws that begin at `seed`, or at a random place.
    pub fn new(seed: Option<u64>) -> Draw {
        let random = seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Draw { random, drawn: BTreeSet::new() }
    }

    /// A cluster's id: `cl-` and 8 of `[a-z0-9]`.
    pub fn cluster(&mut self) -> String {
        self.id("cl-")
    }

    /// An instance's id, also its hostname.
    pub fn instance(&mut self) -> String {
        self.id("i-")
    }

    /// A node's id.
    pub fn node(&mut self) -> String {
        self.id("cln-")
    }

    /// A global server id: a number of 9 digits.
    pub fn gsid(&mut self) -> String {
        self.once(|random| random.u32(100_000_000..=999_999_999).to_string())
    }

    /// A MAC address of the range that virtual machines have.
    pub fn mac(&mut self) -> String {
        self.once(|random| {
            let [a, b, c, _] = random.u32(..).to_be_bytes();
            format!("52:54:00:{a:02x}:{b:02x}:{c:02x}")
        })
    }

    /// A uuid of version 4.
    pub fn uuid(&mut self) -> String {
        let drawn = self.random.u128(..);
        let bits = (drawn & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        let parts: Vec<&str> = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
            .into_iter()
            .filter_map(|(from, to)| hex.get(from..to))
            .collect();
        parts.join("-")
    }

    /// `prefix` and 8 of `[a-z0-9]`.
    pub fn id(&mut self, prefix: &str) -> String {
        self.once(|random| {
            let mut id = prefix.to_owned();
            id.extend(std::iter::repeat_with(|| letter(random)).take(8));
            id
        })
    }

    fn once(&mut self, draw: impl Fn(&mut fastrand::Rng) -> String) -> String {
        loop {
            let id = draw(&mut self.random);
            if self.drawn.insert(id.clone()) {
                return id;
            }
        }
    }
}

fn letter(random: &mut fastrand::Rng) -> char {
    char::from(match random.u8(0..36) {
        digit @ 0..=9 => b'0' + digit,
        other => b'a' + (other - 10),
    })
}

/// Checks a cluster's id that somebody has chosen: `cl-[a-z0-9][a-z0-9-]{0,62}`.
pub fn check_cluster(id: &str) -> Result<()> {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let rest = id.strip_prefix("cl-").unwrap_or_default();
    if rest.is_empty() || rest.len() > 63 || rest.starts_with('-') || !rest.chars().all(inside) {
        return Err(Error::invalid(format!(
            "`{id}` is no cluster id; `cl-` and up to 63 of `a-z`, `0-9` and `-` are accepted"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form_and_come_once() {
        let mut draw = Draw::new(Some(7));
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            for (id, prefix, length) in [
                (draw.cluster(), "cl-", 11),
                (draw.instance(), "i-", 10),
                (draw.node(), "cln-", 12),
            ] {
                assert!(id.starts_with(prefix) && id.len() == length, "{id}");
                assert!(seen.insert(id));
            }
            let gsid = draw.gsid();
            assert!(gsid.len() == 9 && !gsid.starts_with('0'), "{gsid}");
            assert!(seen.insert(gsid));
            assert!(seen.insert(draw.mac()));
        }
        check_cluster(&draw.cluster()).unwrap();
    }

    #[test]
    fn a_seed_draws_the_same_again() {
        let drawn = || {
            let mut draw = Draw::new(Some(1));
            (draw.cluster(), draw.uuid(), draw.mac(), draw.gsid())
        };
        assert_eq!(drawn(), drawn());
        assert_ne!(Draw::new(Some(1)).cluster(), Draw::new(Some(2)).cluster());
    }

    #[test]
    fn a_uuid_says_its_version() {
        for seed in 0..50 {
            let uuid = Draw::new(Some(seed)).uuid();
            let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
            assert_eq!(&uuid[14..15], "4");
            assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        }
    }

    #[test]
    fn chosen_cluster_ids_are_checked() {
        for id in ["cl-a", "cl-0-x", &format!("cl-{}", "a".repeat(63))] {
            check_cluster(id).unwrap();
        }
        for id in ["cl-", "x", "cl--a", "cl-A", "cl-a/b", &format!("cl-{}", "a".repeat(64))] {
            assert!(check_cluster(id).is_err(), "{id}");
        }
    }
}
