//! Which process an agent is, and whether another one's process is still there.

use rustix::process::getpid;

use crate::model::command::Runner;

/// This process.
pub(super) fn own() -> Runner {
    let pid = getpid().as_raw_nonzero().get().unsigned_abs();
    Runner {
        token: std::iter::repeat_with(fastrand::alphanumeric).take(12).collect(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        pid,
        start: stat(pid).map(|(_, start)| start).unwrap_or_default(),
        boot: boot(),
    }
}

/// Whether the process of `other` is there; none when that cannot be seen from
/// here, on another machine or in another container.
pub(super) fn is_alive(own: &Runner, other: &Runner) -> Option<bool> {
    if other.host != own.host || own.boot.is_empty() || other.start.is_empty() {
        return None;
    }
    if other.boot != own.boot {
        let machine = |boot: &str| boot.split(' ').next().unwrap_or_default().to_owned();
        // After another start of the machine nothing is left of it.
        return (machine(&other.boot) != machine(&own.boot)).then_some(false);
    }
    let there = stat(other.pid).is_some_and(|(state, start)| {
        // What has ended may wait for its parent to take notice.
        !matches!(state.as_str(), "Z" | "X") && start == other.start
    });
    Some(there)
}

/// Its state and when it began, as the system counts.
fn stat(pid: u32) -> Option<(String, String)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.to_owned();
    Some((state, fields.nth(18)?.to_owned()))
}

/// This start of the machine and the space that process ids count in.
fn boot() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let boot = boot.trim();
    if boot.is_empty() { String::new() } else { format!("{boot} {}", space.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_more_than_its_number() {
        let own = own();
        assert_eq!(is_alive(&own, &own), Some(true));
        let other = |change: fn(&mut Runner)| {
            let mut other = own.clone();
            change(&mut other);
            is_alive(&own, &other)
        };
        assert_eq!(other(|other| other.start = "1".to_owned()), Some(false));
        assert_eq!(other(|other| other.boot = "earlier x".to_owned()), Some(false));
        assert_eq!(other(|other| other.host = "elsewhere".to_owned()), None);
    }
}
