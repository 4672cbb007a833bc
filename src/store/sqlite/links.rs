//! Connections to the file: opened when needed, used again.

use std::fs;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path as File, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::failure::{Result, Trouble};
use super::format::{self, Found};
use crate::error::{Error, Kind};

/// A write-ahead log that a large commit has grown is cut back to this size.
const LOG_BYTES: i64 = 8 << 20;

/// The connections of one store.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) file: PathBuf,
    /// How long a lock is waited for.
    pub(super) timeout: Duration,
    /// The largest file, in pages; for those who test a full disk.
    max_pages: Option<u32>,
    idle: Mutex<Vec<Connection>>,
}

/// A connection in use; goes back when it is dropped.
#[derive(Debug)]
pub(super) struct Link<'a> {
    links: &'a Links,
    connection: Option<Connection>,
}

impl Links {
    pub(super) fn new(file: PathBuf, timeout: Duration, max_pages: Option<u32>) -> Self {
        Links { file, timeout, max_pages, idle: Mutex::default() }
    }

    /// A connection to read with; none while nothing has ever been written.
    pub(super) fn reader(&self) -> Result<Option<Link<'_>>> {
        if let Some(link) = self.used() {
            return Ok(Some(link));
        }
        Ok(self.open()?.map(|connection| self.lend(connection)))
    }

    /// A connection of its own to write with; the store is made if it is not there.
    pub(super) fn writer(&self) -> Result<Connection> {
        let deadline = Instant::now() + self.timeout;
        loop {
            if let Some(connection) = self.open()? {
                prepare_to_write(&connection)?;
                return Ok(connection);
            }
            match self.create() {
                // Another process is at it.
                Err(trouble) if trouble.is_busy() && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(fastrand::u64(1..5)));
                }
                created => created?,
            }
        }
    }

    /// A connection of its own to an existing store.
    pub(super) fn open(&self) -> Result<Option<Connection>> {
        let Some(connection) = self.connect()? else { return Ok(None) };
        let found = format::look(&connection, &self.file)?;
        Ok((found == Found::Store).then_some(connection))
    }

    fn create(&self) -> Result<()> {
        let parent = self.file.parent().unwrap_or(File::new("."));
        fs::create_dir_all(parent).map_err(|error| denied(parent, error))?;
        if !self.file.exists() {
            return self.create_aside(parent);
        }
        let opened = self.connect()?;
        opened.map_or(Ok(()), |mut connection| format::create(&mut connection, &self.file))
    }

    /// Makes the store under another name and gives it its own when it is
    /// whole: who opens a file that others are turning into a store may be told
    /// by SQLite that it cannot be opened or written.
    fn create_aside(&self, parent: &File) -> Result<()> {
        let named = |error| denied(&self.file, error);
        let aside = tempfile::Builder::new()
            .prefix(".metactl-")
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(parent)
            .map_err(named)?;
        let mut connection = Connection::open(aside.path())?;
        format::create(&mut connection, &self.file)?;
        connection.close().map_err(|(_, error)| error)?;
        match aside.persist_noclobber(&self.file) {
            Ok(_) => {
                fs::File::open(parent).and_then(|directory| directory.sync_all()).map_err(named)
            }
            // Another process was faster.
            Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(lost) => Err(named(lost.error)),
        }
    }

    fn connect(&self) -> Result<Option<Connection>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || Connection::open_with_flags(&self.file, flags);
        let connection = match open() {
            // SQLite tries to write first and then to read alone: where another process
            // has made the file between the two, it can be written by now.
            Ok(connection) if connection.is_readonly("main")? => open()?,
            Ok(connection) => connection,
            Err(_) => match fs::metadata(&self.file) {
                Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                    return Ok(None);
                }
                Err(cause) => return Err(denied(&self.file, cause)),
                Ok(there) if there.is_dir() => {
                    let file = self.file.display();
                    return Err(Error::invalid(format!("`{file}` is a directory, no store")).into());
                }
                // Another process may have made it in this moment.
                Ok(_) => open()?,
            },
        };
        connection.busy_timeout(self.timeout)?;
        connection.set_prepared_statement_cache_capacity(40);
        if let Some(pages) = self.max_pages {
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        Ok(Some(connection))
    }

    fn used(&self) -> Option<Link<'_>> {
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(self.lend(connection))
    }

    fn lend(&self, connection: Connection) -> Link<'_> {
        Link { links: self, connection: Some(connection) }
    }
}

fn denied(file: &File, cause: io::Error) -> Trouble {
    let kind = match cause.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Kind::Denied,
        _ => Kind::Failed,
    };
    Error::new(kind, format!("opening `{}`", file.display())).because(cause).into()
}

/// Settles how much a writer's connection leaves behind and how sure it is.
fn prepare_to_write(connection: &Connection) -> Result<()> {
    // Its turn is waited for elsewhere.
    connection.busy_timeout(Duration::ZERO)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(connection.pragma_update(None, "synchronous", "full")?)
}

impl Deref for Link<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // Only dropping takes it out.
        #[allow(clippy::expect_used)]
        self.connection.as_ref().expect("a link holds its connection until it is dropped")
    }
}

impl Drop for Link<'_> {
    fn drop(&mut self) {
        // One that is left inside a transaction would hold its lock.
        if let Some(connection) = self.connection.take().filter(|c| c.is_autocommit()) {
            self.links.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
