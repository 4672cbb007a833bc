//! A shell that is typed into, and one command that runs beside it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::Home;

/// Longer than any command of the page takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the shell prints after each command.
const END: u8 = 1;

/// An `sh` in a home; variables and the current folder last from command to command.
pub struct Shell {
    child: Child,
    stdin: ChildStdin,
    outputs: Receiver<String>,
    step: std::path::PathBuf,
}

impl Shell {
    pub fn start(home: &Home) -> Shell {
        let mut command = sealed(home);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "exec 2>&1").unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, outputs) = channel();
        std::thread::spawn(move || {
            let mut output = Vec::new();
            while stdout.read_until(END, &mut output).is_ok_and(|length| length > 0) {
                output.pop();
                if sender.send(String::from_utf8_lossy(&output).into_owned()).is_err() {
                    break;
                }
                output.clear();
            }
        });
        Shell { child, stdin, outputs, step: home.path().join(".step") }
    }

    /// Types a command and gives what it prints, both streams as they come.
    pub fn run(&mut self, command: &str) -> String {
        // From a file, so that the command's standard input is not the script.
        std::fs::write(&self.step, command).unwrap();
        writeln!(self.stdin, ". {} </dev/null; printf '\\001'", self.step.display()).unwrap();
        match self.outputs.recv_timeout(PATIENCE) {
            Ok(output) => output,
            Err(error) => panic!("`{command}` does not end: {error}"),
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A command that goes on by itself until it has printed enough.
pub struct Background {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Background {
    /// Starts it and waits for its first line: then it is watching.
    pub fn start(home: &Home, command: &str) -> Background {
        let mut shell = sealed(home);
        shell.args(["-c", &format!("exec {command}")]).stdin(Stdio::null());
        let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let mut background = Background { child, lines, seen: Vec::new() };
        background.wait_for(1, Instant::now() + PATIENCE);
        assert!(!background.seen.is_empty(), "`{command}` prints nothing");
        background
    }

    /// Its output once it has `count` lines, or when no more come.
    pub fn lines(&mut self, count: usize) -> String {
        let patience = if count == 0 { Duration::from_secs(2) } else { PATIENCE };
        self.wait_for(count.max(1_000 * usize::from(count == 0)), Instant::now() + patience);
        self.seen.concat()
    }

    fn wait_for(&mut self, count: usize, deadline: Instant) {
        while self.seen.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.seen.push(line + "\n"),
                Err(_) => break,
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A shell that finds `metactl` and the tools that tests fetch.
fn sealed(home: &Home) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_metactl")).parent().unwrap();
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/bin");
    let mut command = Command::new("sh");
    command
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("USER", "ada")
        .env("METACTL_ACTOR", "ada@laptop")
        .env("PATH", format!("{}:{tools}:/usr/bin:/bin", program.display()));
    command
}
