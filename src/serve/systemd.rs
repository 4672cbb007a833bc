//! What systemd is told, and the sockets it hands over.
//!
//! The two crates read the variables of systemd's protocol themselves
//! (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `LISTEN_FDS`): they are no settings of ours,
//! and without them nothing here does anything.

use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::error::{Error, Kind, Result};
use crate::serve::listener::{Handed, Listener};
use crate::serve::listeners::Listeners;

/// Takes the sockets that were handed over: those called `gce` and `manage` in
/// `FileDescriptorName=` are for that, another one is for the metadata, or for
/// the management API if it is a Unix socket.
pub fn listeners() -> Result<Listeners> {
    let failed = |error| Error::new(Kind::Failed, "taking the sockets of systemd").because(error);
    let mut listeners = Listeners::default();
    let names: Vec<_> = match sd_notify::listen_fds_with_names() {
        Ok(named) => named.map(|(_, name)| name).collect(),
        Err(error) => return Err(failed(error)),
    };
    let mut handed = ListenFd::from_env();
    for (index, name) in names.iter().enumerate() {
        let unix = handed.take_unix_listener(index).ok().flatten().map(Handed::Unix);
        let socket = match unix {
            Some(unix) => Some(unix),
            None => handed.take_tcp_listener(index).map_err(failed)?.map(Handed::Tcp),
        };
        let Some(socket) = socket else { continue };
        let list = match (name.as_str(), &socket) {
            ("gce", _) => &mut listeners.gce,
            ("manage", _) | (_, Handed::Unix(_)) => &mut listeners.manage,
            _ => &mut listeners.metadata,
        };
        list.push(Listener::handed(socket).map_err(failed)?);
    }
    Ok(listeners)
}

/// Says that requests are answered from here on.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Says that the service is about to end.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Shows again and again that the service is alive, if systemd watches over it.
pub async fn watchdog() {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    loop {
        tell(NotifyState::Watchdog);
        tokio::time::sleep((limit / 3).max(Duration::from_millis(10))).await;
    }
}

fn tell(state: NotifyState<'_>) {
    // Who cannot be told has ended, or does not want to know.
    let _ = sd_notify::notify(&[state]);
}
