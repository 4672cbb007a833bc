//! The program on a terminal: what a person would see on the screen.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::{Home, Ran};

/// How long a program may take to ask, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

impl Home {
    /// Runs the program on a terminal of 100 columns. `typed` is answered to its
    /// question, once that ends with `asked`. The screen is `stdout` of the
    /// result, without colours and movements of the cursor.
    pub fn run_on_terminal<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        asked: &str,
        typed: &str,
    ) -> Ran {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let far = ioctl_tiocgptpeer(&near, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        let size = Winsize { ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&near, size).unwrap();
        let copy = |fd: &OwnedFd| fd.try_clone().unwrap();
        let mut command = self.command(&args);
        command.env("TERM", "xterm-256color");
        command.stdin(copy(&far)).stdout(copy(&far)).stderr(far);
        let mut child = command.spawn().unwrap();
        // The command holds the far end too; the near one is closed by the last.
        drop(command);
        let screen = read_screen(File::from(near), asked, typed).unwrap_or_else(|screen| {
            child.kill().unwrap();
            panic!("it has neither asked nor ended; the screen:\n{screen}")
        });
        let status = child.wait().unwrap();
        self.ran(&args, without_echo(&plain(&screen), typed).as_bytes(), b"", status)
    }
}

/// The screen without what the terminal itself echoes: how many lines that makes
/// depends on whether the answer is typed before the program waits for keys.
fn without_echo(screen: &str, typed: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() {
        return screen.to_owned();
    }
    let said = screen.lines().filter(|line| !matches!(line.trim(), "") && line.trim() != typed);
    said.map(|line| format!("{line}\n")).collect()
}

/// Everything that is written until the program ends; answers when it is asked.
/// What was written so far, when the program takes too long.
fn read_screen(mut near: File, asked: &str, typed: &str) -> Result<String, String> {
    let pieces = pieces(near.try_clone().unwrap());
    let mut screen = String::new();
    let mut answered = asked.is_empty();
    loop {
        match pieces.recv_timeout(PATIENCE) {
            Ok(piece) => screen.push_str(&piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(screen),
            Err(RecvTimeoutError::Timeout) => return Err(plain(&screen)),
        }
        if !answered && plain(&screen).trim_end().ends_with(asked) {
            near.write_all(typed.as_bytes()).unwrap();
            answered = true;
        }
    }
}

/// What is written, as it comes; Linux ends the last reading with an error.
fn pieces(mut near: File) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = near.read(&mut buffer) {
            let piece = String::from_utf8_lossy(&buffer[..count]).into_owned();
            if send.send(piece).is_err() {
                break;
            }
        }
    });
    receive
}

/// A screen without colours and movements of the cursor.
fn plain(screen: &str) -> String {
    let mut out = String::new();
    let mut rest = screen;
    while let Some(start) = rest.find('\u{1b}') {
        out.push_str(&rest[..start]);
        let sequence = &rest[start..];
        let last = |c: char| c.is_ascii_alphabetic();
        rest = sequence.find(last).map_or("", |end| &sequence[end + 1..]);
    }
    out.push_str(rest);
    out.replace("\r\n", "\n").replace('\r', "\n")
}
