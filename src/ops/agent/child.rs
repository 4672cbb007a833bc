//! Runs one command in a process group of its own, and ends the whole group
//! when its time is over.

use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::Command;
use tokio::time::{Instant, sleep_until, timeout};

use super::log::Log;
use super::tail::Tail;
use crate::ops::group::{Group, exit_code};

/// How long a group may take to end after SIGTERM.
const KILL_AFTER: Duration = Duration::from_secs(5);
/// How long it is waited for what a command that has ended has still printed.
const QUIET: Duration = Duration::from_millis(100);
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Where output goes, shared with whatever goes on printing afterwards.
pub(super) type SharedLog = Arc<Mutex<Log>>;

/// Why a command was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    TimedOut,
    Cancelled,
    /// Its agent is told to stop.
    Agent,
}

/// How it went.
pub(super) struct Ended {
    /// None where it ended by itself.
    pub(super) stop: Option<Stop>,
    /// The exit code; 128 and the number of the signal that ended it.
    pub(super) exit: Option<i32>,
    pub(super) tail: Tail,
}

/// Runs the command to its end, at most until `limit` has passed or `stop`
/// comes. Fails only where it cannot be started.
pub(super) async fn run(
    mut command: Command,
    limit: Duration,
    stop: impl Future<Output = Stop>,
    log: &SharedLog,
) -> io::Result<Ended> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let mut child = command.spawn()?;
    // The writing ends of this process go with it.
    drop(command);
    let mut output = Output::new(reader.into(), log)?;
    let group = Group::of(&child);
    let deadline = Instant::now() + limit;
    tokio::pin!(stop);
    let stopped = loop {
        tokio::select! {
            status = child.wait() => {
                output.last_words().await;
                return Ok(output.ended(None, status.ok()));
            }
            () = output.read() => {}
            () = sleep_until(deadline) => break Stop::TimedOut,
            why = &mut stop => break why,
        }
    };
    let status = tokio::select! {
        status = group.end(&mut child, KILL_AFTER) => status,
        () = output.forever() => None,
    };
    output.last_words().await;
    Ok(output.ended(Some(stopped), status))
}

/// What comes out of the pipe.
struct Output<'a> {
    /// None at its end.
    pipe: Option<Receiver>,
    buffer: Vec<u8>,
    tail: Tail,
    log: &'a SharedLog,
}

impl<'a> Output<'a> {
    fn new(pipe: OwnedFd, log: &'a SharedLog) -> io::Result<Output<'a>> {
        let pipe = Some(Receiver::from_owned_fd(pipe)?);
        Ok(Output { pipe, buffer: vec![0; 64 * 1024], tail: Tail::default(), log })
    }

    /// Takes what is there; never comes back from the end.
    async fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return std::future::pending().await };
        match pipe.read(&mut self.buffer).await {
            Ok(count @ 1..) => {
                let bytes = self.buffer.get(..count).unwrap_or_default();
                self.tail.push(bytes);
                written(self.log, bytes);
            }
            _ => self.pipe = None,
        }
    }

    async fn forever(&mut self) {
        loop {
            self.read().await;
        }
    }

    /// What was printed before the end; what still holds the pipe may go on.
    async fn last_words(&mut self) {
        let deadline = Instant::now() + LAST_WORDS;
        while self.pipe.is_some() && Instant::now() < deadline {
            if timeout(QUIET, self.read()).await.is_err() {
                break;
            }
        }
    }

    fn ended(self, stop: Option<Stop>, status: Option<ExitStatus>) -> Ended {
        if let Some(pipe) = self.pipe {
            // A daemon that the command has started must not die of its output.
            tokio::spawn(go_on(pipe, Arc::clone(self.log)));
        }
        Ended { stop, exit: status.and_then(exit_code), tail: self.tail }
    }
}

/// Brings to the log what is printed by those that the command leaves behind.
async fn go_on(mut pipe: Receiver, log: SharedLog) {
    let mut buffer = vec![0; 4 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        written(&log, buffer.get(..count).unwrap_or_default());
    }
}

fn written(log: &SharedLog, bytes: &[u8]) {
    log.lock().unwrap_or_else(PoisonError::into_inner).bytes(bytes);
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;

    async fn shell(script: &str, limit: Duration, stop: impl Future<Output = Stop>) -> Ended {
        let directory = tempfile::TempDir::new().unwrap();
        let log = Log::open(&directory.path().join("log"), 1 << 20).unwrap();
        let log = Arc::new(Mutex::new(log));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(command, limit, stop, &log).await.unwrap()
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn it_tells_how_it_ended() {
        let ended = shell("echo out; echo err >&2; exit 3", LONG, pending()).await;
        assert_eq!((ended.stop, ended.exit), (None, Some(3)));
        assert_eq!(ended.tail.text(), "out\nerr\n");
        assert_eq!(shell("kill -9 $$", LONG, pending()).await.exit, Some(137));
        let stop = async {
            sleep(Duration::from_millis(50)).await;
            Stop::Cancelled
        };
        let ended = shell("sleep 60", LONG, stop).await;
        assert_eq!((ended.stop, ended.exit), (Some(Stop::Cancelled), Some(143)));
    }

    #[tokio::test]
    async fn the_whole_group_ends_with_its_time() {
        // A grandchild that ignores SIGTERM, while the command itself heeds it.
        let script = "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 1; done) & \
                      wait";
        let ended = shell(script, Duration::from_millis(300), pending()).await;
        assert_eq!(ended.stop, Some(Stop::TimedOut));
        let pid: i32 = ended.tail.text().trim().parse().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }

    #[tokio::test]
    async fn what_it_leaves_behind_does_not_keep_it() {
        let started = Instant::now();
        let ended = shell("sleep 30 & echo started", LONG, pending()).await;
        assert_eq!((ended.stop, ended.exit), (None, Some(0)));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
