//! What can go wrong with the file, told with its path and the right kind.

use std::path::Path as File;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_WRITE;

use crate::error::{Error, Kind};

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// A failure on the way: of SQLite, which still has to be told with the file's
/// name, or a finished sentence.
#[derive(Debug)]
pub(super) enum Trouble {
    Sql(rusqlite::Error),
    Told(Error),
}

impl Trouble {
    /// Somebody else holds a lock that is soon free again.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Trouble::Sql(error) if matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        ))
    }

    /// The sentence: what was being done (`reading`) to which file.
    pub(super) fn tell(self, doing: &str, file: &File) -> Error {
        let error = match self {
            Trouble::Told(error) => return error,
            Trouble::Sql(error) => error,
        };
        let (kind, why) = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (Kind::Unavailable, ": other processes kept it locked for too long")
            }
            Some(ErrorCode::FileLockingProtocolFailed) => {
                (Kind::Unavailable, ": its locks are in disorder")
            }
            Some(ErrorCode::DiskFull) => (Kind::Failed, ": the disk is full; nothing was changed"),
            // A limit on the size of files, a quota: not told as a full disk.
            _ if error.sqlite_extended_error_code() == Some(SQLITE_IOERR_WRITE) => {
                (Kind::Failed, ": the system does not take it; nothing was changed")
            }
            Some(ErrorCode::ReadOnly) => (Kind::Denied, ": it cannot be written"),
            Some(ErrorCode::PermissionDenied) => (Kind::Denied, ": permission denied"),
            Some(ErrorCode::NotADatabase) => (Kind::Invalid, ": it is no metactl store"),
            Some(ErrorCode::DatabaseCorrupt) => (Kind::Invalid, ": it is damaged"),
            Some(ErrorCode::TooBig) => (Kind::TooLarge, ": a value is larger than SQLite takes"),
            Some(ErrorCode::CannotOpen) => {
                (Kind::Denied, ": it or its directory is not accessible")
            }
            _ => (Kind::Failed, ""),
        };
        Error::new(kind, format!("{doing} `{}`{why}", file.display())).because(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Trouble::Sql(error)
    }
}

impl From<rusqlite::types::FromSqlError> for Trouble {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Trouble::Sql(error.into())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Told(error)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OpenFlags};

    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_is_denied() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("x.db");
        Connection::open(&file).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
        let reader = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let trouble = Trouble::from(reader.execute_batch("INSERT INTO t VALUES(1)").unwrap_err());
        let error = trouble.tell("writing", &file);
        assert_eq!(error.kind(), Kind::Denied);
        assert_eq!(error.message(), format!("writing `{}`: it cannot be written", file.display()));
    }

    #[test]
    fn a_finished_sentence_stays_as_it_is() {
        let trouble = Trouble::from(Error::conflict("`/a` is there"));
        assert_eq!(trouble.tell("writing", File::new("x")).message(), "`/a` is there");
    }
}
