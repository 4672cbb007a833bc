//! What can go wrong with the file, told with its path and the right kind.

use std::path::Path as File;

use rusqlite::ErrorCode;

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
