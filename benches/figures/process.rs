//! Processes that are measured: how long, how much memory, how much of a core.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use rustix::process::{Pid, Signal, kill_process};

use crate::Result;
use crate::report::{Bound, Report};

const METACTL: &str = env!("CARGO_BIN_EXE_metactl");

/// A directory of one measurement, gone when it is over.
pub struct Room(PathBuf);

impl Room {
    pub fn new(name: &str) -> Result<Room> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{name}"));
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(Room(path))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// `metactl` that knows nothing of this machine's settings.
    pub fn metactl(&self, endpoint: &str, words: &[&str]) -> Command {
        let mut command = Command::new(METACTL);
        command.env_clear().env("HOME", &self.0);
        command.env("METACTL_ENDPOINT", endpoint).args(words);
        command
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // What is left is below target/, and the next run removes it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Compiles the program that does nothing: what starting a process costs.
pub fn empty_program(room: &Room) -> Result<PathBuf> {
    let (source, program) = (room.path("empty.rs"), room.path("empty"));
    std::fs::write(&source, "fn main() {}\n")?;
    let mut rustc = Command::new("rustc");
    rustc.args(["-O", "-C", "strip=symbols", "-o"]).arg(&program).arg(&source);
    succeed(&mut rustc)?;
    Ok(program)
}

/// Runs `command` to its end, which has to be a good one; its output is not kept.
pub fn succeed(command: &mut Command) -> Result {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}").into()) }
}

/// How long `command` takes, from before it is started until it is gone.
pub fn time(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    succeed(command)?;
    Ok(start.elapsed())
}

/// The most memory that `command` has ever held, in bytes.
pub fn peak(command: &Command) -> Result<u64> {
    // The system counts what the parent held before the program started, so
    // that a small process of its own has to be the parent.
    let mut measured = Command::new(std::env::current_exe()?);
    measured.arg("peak").arg(command.get_program()).args(command.get_args()).env_clear();
    measured.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = measured.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// The role of the small parent: runs the program, prints the bytes.
pub fn peak_role(program: &str, arguments: &[&str]) -> Result<bool> {
    succeed(Command::new(program).args(arguments))?;
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() * 1024);
    Ok(true)
}

/// The time that all threads of a running process have spent on a core.
pub fn cpu_time(child: &Child) -> Result<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{}/task", child.id()))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The memory that a running process holds, in bytes.
pub fn rss(child: &Child) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(number.parse::<u64>()? * 1024)
}

/// Lets this process, and those it starts, open as many files as may be.
pub fn raise_file_limit() -> Result {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most, most)?)
}

/// A running program that ends with its value.
pub struct Running(pub Child, bool);

impl Running {
    /// A program that is killed.
    pub fn new(child: Child) -> Running {
        Running(child, false)
    }

    /// A program that is asked to end, as it has others to end first.
    pub fn asked_to_end(child: Child) -> Running {
        Running(child, true)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = match Pid::from_raw(self.0.id().cast_signed()).filter(|_| self.1) {
            Some(id) => kill_process(id, Signal::TERM).map_err(std::io::Error::from),
            None => self.0.kill(),
        };
        let _ = self.0.wait();
    }
}

/// The size of the release binary, which its profile strips.
pub fn binary_size(report: &mut Report) -> Result {
    let bytes = std::fs::metadata(METACTL)?.len();
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    let measured = format!("{bytes} bytes");
    report.add("stripped release binary", &measured, mebibytes, "MiB", Bound::AtMost(16.0));
    Ok(())
}
