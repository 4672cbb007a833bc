//! All sockets of the service, bound before anything is served.

use crate::error::{Error, Kind, Result};
use crate::serve::address::Address;
use crate::serve::listener::Listener;
use crate::serve::options::Options;
use crate::serve::systemd;

/// The ports where an address names none.
const METADATA_PORT: u16 = 80;
const MANAGE_PORT: u16 = 9611;

/// Sockets by what is spoken on them.
#[derive(Default)]
pub struct Listeners {
    pub metadata: Vec<Listener>,
    pub gce: Vec<Listener>,
    pub manage: Vec<Listener>,
}

impl Listeners {
    /// Takes what systemd hands over, and binds what is left.
    pub async fn bind(options: &Options) -> Result<Listeners> {
        let mut all = systemd::listeners()?;
        for (list, addresses, port, flag) in [
            (&mut all.metadata, &options.listen, METADATA_PORT, "--listen"),
            (&mut all.gce, &options.gce, METADATA_PORT, "--gce"),
            (&mut all.manage, &options.manage, MANAGE_PORT, "--manage"),
        ] {
            if list.is_empty() {
                *list = bound(addresses, port, flag).await?;
            }
        }
        let open = all.manage.iter().find(|listener| listener.is_open());
        match open.filter(|_| options.manage_token_file.is_none()) {
            Some(listener) => Err(unguarded(listener.place())),
            None => Ok(all),
        }
    }

    /// What is spoken where.
    pub fn places(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [("metadata", &self.metadata), ("gce", &self.gce), ("management", &self.manage)];
        all.into_iter()
            .flat_map(|(what, listeners)| listeners.iter().map(move |one| (what, one.place())))
    }
}

async fn bound(addresses: &[Address], port: u16, flag: &str) -> Result<Vec<Listener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        listeners.push(Listener::bind(address, port, flag).await?);
    }
    Ok(listeners)
}

fn unguarded(place: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("the management API on `{place}` would let everybody change everything"),
    )
    .hint("Choose `--manage 127.0.0.1:9611` or `--manage unix:/run/metactl.sock`")
    .hint("Or ask for a token with `--manage-token-file FILE`")
}
