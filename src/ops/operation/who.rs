//! Who holds an operation: a process on a machine.

use rustix::process::{Pid, test_kill_process};
use rustix::system::uname;

use crate::model::operation::Operation;

/// The name of this machine.
pub fn host() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

/// A token for the owner of an operation.
pub(super) fn token() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(16).collect()
}

/// Makes this process the owner.
pub(super) fn take(operation: &mut Operation) {
    operation.owner = token();
    operation.host = host();
    operation.pid = std::process::id();
}

/// Whether the process that holds the operation still runs; none when it is on
/// another machine. A process of another kind may have got its number since.
pub fn is_alive(operation: &Operation) -> Option<bool> {
    if operation.host != host() {
        return None;
    }
    let pid = Pid::from_raw(i32::try_from(operation.pid).ok()?)?;
    // No right to send it a signal means that it is there.
    Some(!matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)))
}
