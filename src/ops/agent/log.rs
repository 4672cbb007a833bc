//! The agent's own log: what it has run, and all that it has printed, in files
//! that take one another's place.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};
use crate::ops::command::records;

/// How many earlier files are kept: `FILE.1` is the newest of them.
const KEPT: u32 = 3;

/// A file that is put aside when it has reached its size.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
    /// Whether the last line has its end.
    ended: bool,
}

impl Log {
    /// Opens the file to go on at its end; made with its directory where it is
    /// not there, for its owner alone. `limit` in bytes.
    pub(super) fn open(path: &Path, limit: u64) -> Result<Log> {
        let failed = |error: io::Error| {
            let message = format!("opening the log `{}`", path.display());
            Error::new(Kind::Failed, message).because(error).hint("Name another file: `--log FILE`")
        };
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
        {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        let file = opened(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Ok(Log { path: path.to_owned(), file, size, limit, ended: true })
    }

    /// A line with the time in front.
    pub(super) fn line(&mut self, text: &str) {
        let start = if self.ended { "" } else { "\n" };
        self.bytes(format!("{start}[{}] {text}\n", records::now()).as_bytes());
    }

    /// What a command has printed, as it is. A log that cannot be written does
    /// not keep the agent from its work.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        if self.size > 0 && self.size + bytes.len() as u64 > self.limit {
            self.rotate();
        }
        if self.file.write_all(bytes).is_ok() {
            self.size += bytes.len() as u64;
            self.ended = *last == b'\n';
        }
    }

    fn rotate(&mut self) {
        let aside = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..KEPT).rev() {
            // Those before the first rotations are not there.
            let _ = std::fs::rename(aside(number), aside(number + 1));
        }
        if std::fs::rename(&self.path, aside(1)).is_ok()
            && let Ok(file) = opened(&self.path)
        {
            (self.file, self.size) = (file, 0);
        }
    }
}

fn opened(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_take_one_anothers_place() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("logs/agent.log");
        let mut log = Log::open(&path, 100).unwrap();
        for number in 0..10 {
            log.bytes(format!("{number}{}\n", "x".repeat(58)).as_bytes());
        }
        let first = |name: &str| {
            let text = std::fs::read_to_string(path.with_file_name(name)).unwrap();
            assert!(text.len() <= 100);
            text.chars().next().unwrap()
        };
        assert_eq!(first("agent.log"), '9');
        assert_eq!(first("agent.log.3"), '6');
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 4);
    }

    #[test]
    fn lines_begin_at_the_start_of_one() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("log");
        let mut log = Log::open(&path, 1000).unwrap();
        log.bytes(b"no end");
        log.line("next");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("no end\n[") && text.ends_with("] next\n"), "{text}");
    }
}
