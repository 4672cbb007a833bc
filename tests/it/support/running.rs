//! A program that goes on running: its lines are taken as they come.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long to wait for what has to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A started program, killed with the test.
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    #[track_caller]
    pub fn start(mut command: Command) -> Running {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Running { child, stdout, stderr }
    }

    /// The next line on standard output, without its end.
    #[track_caller]
    pub fn line(&self) -> String {
        match self.stdout.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => {
                let said: Vec<_> = self.stderr.try_iter().collect();
                panic!("no line came: {error}; on standard error: {said:?}");
            }
        }
    }

    /// The next line on standard output; none when it has ended before.
    pub fn try_line(&self) -> Option<String> {
        self.stdout.recv_timeout(PATIENCE).ok()
    }

    /// As many lines.
    #[track_caller]
    pub fn take(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.line()).collect()
    }

    /// The first line on standard error that holds `part`.
    #[track_caller]
    pub fn says(&self, part: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.stderr.recv_timeout(left) {
                Ok(line) if line.contains(part) => return line,
                Ok(_) => {}
                Err(error) => panic!("`{part}` was not said: {error}"),
            }
        }
    }

    /// Whether nothing comes on standard output for that long.
    pub fn is_silent_for(&self, time: Duration) -> bool {
        matches!(self.stdout.recv_timeout(time), Err(RecvTimeoutError::Timeout))
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits until it ends by itself: exit code (minus the signal that killed
    /// it), the rest of standard output and of standard error.
    #[track_caller]
    pub fn end(mut self) -> (i32, Vec<String>, Vec<String>) {
        use std::os::unix::process::ExitStatusExt;
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > deadline => panic!("it has not ended"),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        let code = status.code().unwrap_or_else(|| -status.signal().unwrap());
        // A process it has left behind may hold the streams open.
        let rest = |lines: &Receiver<String>| {
            std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(1)).ok()).collect()
        };
        (code, rest(&self.stdout), rest(&self.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if line.is_err() || send.send(line.unwrap_or_default()).is_err() {
                return;
            }
        }
    });
    receive
}
