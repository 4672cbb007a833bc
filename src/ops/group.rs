//! The process group of a command: all that it has started, signalled and ended
//! as a whole.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::time::{Instant, sleep};

/// How long it is waited for what SIGKILL has ended.
const GONE: Duration = Duration::from_secs(5);

/// The group that a child leads.
#[derive(Debug, Clone, Copy)]
pub struct Group(Option<Pid>);

impl Group {
    /// Of a child that was started with `process_group(0)`.
    pub fn of(child: &Child) -> Group {
        Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Sends a signal to all of it.
    pub fn signal(self, signal: Signal) {
        if let Some(group) = self.0 {
            // It may have ended in this moment.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Ends it: SIGTERM, and for what does not heed it within `grace`, SIGKILL.
    /// How its leader, `child`, has ended.
    pub async fn end(self, child: &mut Child, grace: Duration) -> Option<ExitStatus> {
        let Some(group) = self.0 else { return child.wait().await.ok() };
        let mut status = None;
        for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, GONE)] {
            self.signal(signal);
            let deadline = Instant::now() + patience;
            loop {
                if status.is_none() {
                    status = child.try_wait().ok().flatten();
                }
                if status.is_some() && test_kill_process_group(group).is_err() {
                    return status;
                }
                if Instant::now() >= deadline {
                    break;
                }
                sleep(Duration::from_millis(10)).await;
            }
        }
        status
    }
}

/// The exit code; 128 and the number of the signal that ended it.
pub fn exit_code(status: ExitStatus) -> Option<i32> {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal))
}
