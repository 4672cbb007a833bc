//! The access log: lines are collected in memory, and written by one thread.
//!
//! No request ever waits for a disk: where writing cannot keep up, lines are
//! given up and counted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use hyper::{Method, Uri};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::serve::metrics::Class;

/// How long lines are collected.
const PAUSE: Duration = Duration::from_millis(100);
/// More than this is not collected.
const MOST: usize = 16 << 20;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Json,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    StandardOutput,
    File(PathBuf),
}

/// One request that has ended.
pub struct Line<'a> {
    pub caller: Option<IpAddr>,
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub status: u16,
    pub bytes: u64,
    pub took: Duration,
    pub class: Class,
    /// The number that the answer carries.
    pub id: &'a str,
}

/// The log; its lines are all written when it is dropped.
pub struct AccessLog {
    form: Form,
    lines: Arc<Mutex<Vec<u8>>>,
    writer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl AccessLog {
    /// Opens the file, for more lines at its end.
    pub fn open(place: Place, form: Form) -> Result<AccessLog> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let output = match place {
            Place::StandardOutput => Output::StandardOutput,
            Place::File(path) => match append(&path) {
                Ok(file) => Output::File(path, file),
                Err(error) => {
                    let what = format!("opening the access log `{}`", path.display());
                    return Err(Error::new(Kind::Failed, what).because(error));
                }
            },
        };
        let (end, ended) = channel();
        let taken = Arc::clone(&lines);
        let thread = std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write(&taken, output, &ended))
            .map_err(|error| Error::new(Kind::Failed, "starting the access log").because(error))?;
        Ok(AccessLog { form, lines, writer: Some((end, thread)) })
    }

    /// Adds a line; false when there are too many already.
    pub fn add(&self, line: &Line<'_>) -> bool {
        let now = now();
        let mut lines = taken(&self.lines);
        if lines.len() > MOST {
            return false;
        }
        // Writing to memory does not fail.
        let _ = match self.form {
            Form::Text => line.text(now, &mut *lines),
            Form::Json => line.json(now, &mut *lines),
        };
        true
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.writer.take() {
            drop(end);
            // It has nothing to say but that it has ended.
            let _ = thread.join();
        }
    }
}

fn taken(lines: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Now, to the millisecond.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since.as_millis()).unwrap_or_default();
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

impl Line<'_> {
    fn text(&self, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{now:.3} ")?;
        match self.caller {
            Some(ip) => write!(out, "{ip}")?,
            None => out.write_all(b"-")?,
        }
        let (class, took) = (self.class.name(), self.took.as_micros());
        let Line { method, uri, status, bytes, id, .. } = self;
        let id = if id.is_empty() { "-" } else { id };
        writeln!(out, " {method} {uri} {status} {bytes} {took}us {id} {class}")
    }

    fn json(&self, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Object<'a> {
            time: String,
            caller: Option<IpAddr>,
            method: &'a str,
            path: String,
            status: u16,
            bytes: u64,
            duration_us: u64,
            request_id: &'a str,
            class: &'static str,
        }
        let object = Object {
            time: format!("{now:.3}"),
            caller: self.caller,
            method: self.method.as_str(),
            path: self.uri.to_string(),
            status: self.status,
            bytes: self.bytes,
            duration_us: u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX),
            request_id: self.id,
            class: self.class.name(),
        };
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")
    }
}

enum Output {
    StandardOutput,
    File(PathBuf, File),
}

impl Output {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Output::StandardOutput => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()
            }
            Output::File(path, file) => {
                // Who rotates logs has moved the file away: a new one is begun.
                if has_moved(path, file) {
                    *file = append(path)?;
                }
                file.write_all(lines)
            }
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn has_moved(path: &Path, file: &File) -> bool {
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (std::fs::metadata(path).map(id), file.metadata().map(id)) {
        (Ok(there), Ok(ours)) => there != ours,
        (there, _) => there.is_err(),
    }
}

/// Writes what has come, again and again, until the log ends.
fn write(lines: &Mutex<Vec<u8>>, mut output: Output, ended: &Receiver<()>) {
    let mut buffer = Vec::new();
    loop {
        let last = !matches!(ended.recv_timeout(PAUSE), Err(RecvTimeoutError::Timeout));
        std::mem::swap(&mut *taken(lines), &mut buffer);
        if !buffer.is_empty() {
            // A full disk takes no line now, and may take the next one.
            let _ = output.write(&buffer);
            buffer.clear();
        }
        if last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(of: impl Fn(&Line<'_>, &mut Vec<u8>)) -> String {
        let (method, uri) = (Method::GET, Uri::from_static("/self/host?wait=true"));
        let mut out = Vec::new();
        let line = Line {
            caller: Some(IpAddr::from([192, 0, 2, 9])),
            method: &method,
            uri: &uri,
            status: 200,
            bytes: 12,
            took: Duration::from_micros(1500),
            class: Class::Poll,
            id: "REQ-7",
        };
        of(&line, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_tells_who_what_and_how() {
        let time = Timestamp::from_millisecond(1_700_000_000_040).unwrap();
        assert_eq!(
            line(|line, out| line.text(time, out).unwrap()),
            "2023-11-14T22:13:20.040Z 192.0.2.9 GET /self/host?wait=true 200 12 1500us REQ-7 poll\n"
        );
        assert_eq!(
            line(|line, out| line.json(time, out).unwrap()),
            "{\"time\":\"2023-11-14T22:13:20.040Z\",\"caller\":\"192.0.2.9\",\"method\":\"GET\",\
             \"path\":\"/self/host?wait=true\",\"status\":200,\"bytes\":12,\"duration_us\":1500,\
             \"request_id\":\"REQ-7\",\"class\":\"poll\"}\n"
        );
    }

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("access.log");
        let mut output = Output::File(path.clone(), append(&path).unwrap());
        output.write(b"one\n").unwrap();
        std::fs::rename(&path, directory.path().join("access.log.1")).unwrap();
        output.write(b"two\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two\n");
    }
}
