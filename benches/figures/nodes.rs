//! Clusters of hosts with full records, and the mapping of their nodes.

use std::net::Ipv4Addr;

use metactl::model::path::Path;
use metactl::store::Changes;

use crate::Result;
use crate::stores::{Writer, told};

/// The cluster whose nodes ask.
pub const CLUSTER: &str = "cl-asked";
/// Hosts of a cluster.
pub const HOSTS: usize = 100;
/// Mappings of one commit.
const AT_ONCE: usize = 500;

/// The address of a node: all of them are this machine's.
pub fn address(number: usize) -> Ipv4Addr {
    let [.., high, low] = (number as u32 + 1).to_be_bytes();
    Ipv4Addr::new(127, 0, high, low)
}

/// Writes a cluster of [`HOSTS`] hosts; returns how many keys and how many bytes
/// of paths and values that is.
pub fn fill_cluster(writer: &Writer, cluster: &str, seed: usize) -> Result<(usize, usize)> {
    let mut changes = Changes::new();
    for number in 0..HOSTS {
        let top = format!("/{cluster}/hosts/worker/i-{:08}", seed * HOSTS + number);
        for (key, value) in record(seed * HOSTS + number) {
            changes.put(&Path::parse(&format!("{top}/{key}")).map_err(told)?, &value);
        }
    }
    changes.put(&Path::parse(&format!("/{cluster}/env/port")).map_err(told)?, "2181");
    let size = (changes.len(), changes.bytes());
    writer.commit(changes)?;
    Ok(size)
}

/// A host's record, as a platform writes it.
fn record(number: usize) -> [(&'static str, String); 22] {
    let (high, low) = (number / 250 % 250, number % 250 + 1);
    [
        ("cpu", "4".to_owned()),
        ("eip", String::new()),
        ("gid", (number % HOSTS + 1).to_string()),
        ("gpu", "0".to_owned()),
        ("gpu_class", "0".to_owned()),
        ("gsid", (100_000_000 + number).to_string()),
        ("hypervisor", "kvm".to_owned()),
        ("instance_class", "1".to_owned()),
        ("instance_id", format!("i-{number:08}")),
        ("ip", format!("192.168.{high}.{low}")),
        ("mac", format!("52:54:00:{high:02x}:{low:02x}:1f")),
        ("memory", "8192".to_owned()),
        ("node_id", format!("cln-{number:08}")),
        ("physical_machine", format!("machine-{:04}", number / 20)),
        ("pub_key", format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{number:035} root@node")),
        ("reserved_ips/vip/value", format!("192.168.{high}.250")),
        ("role", "worker".to_owned()),
        ("sid", (number % HOSTS + 1).to_string()),
        ("token", format!("{number:064x}")),
        ("volume_class", "3".to_owned()),
        ("volume_size", "100".to_owned()),
        ("zone", "pek3a".to_owned()),
    ]
}

/// Gives so many addresses a mapping to [`CLUSTER`].
pub fn map(writer: &Writer, count: usize) -> Result {
    let mut changes = Changes::new();
    for number in 0..count {
        let directory = format!("/_metad/mapping/default/{}", address(number));
        let host = format!("/{CLUSTER}/hosts/worker/i-{:08}", number % HOSTS);
        for (name, real) in [
            ("host", host),
            ("hosts", format!("/{CLUSTER}/hosts")),
            ("env", format!("/{CLUSTER}/env")),
            ("cluster", format!("/{CLUSTER}/cluster")),
        ] {
            changes.put(&Path::parse(&format!("{directory}/{name}")).map_err(told)?, &real);
        }
        if number % AT_ONCE == AT_ONCE - 1 {
            writer.commit(std::mem::take(&mut changes))?;
        }
    }
    writer.commit(changes)
}
