//! The tables, and how a file of ours is told from any other.

use std::path::Path as File;

use rusqlite::{Connection, TransactionBehavior};

use super::failure::Result;
use crate::error::{Error, Kind};

/// `mtac` in the file's header.
const APPLICATION: i32 = 0x6d74_6163;
/// Raised by every change of the tables.
const VERSION: i32 = 1;

/// `current` is the tree, `history` every version of every key; `changed` lists the
/// keys of each revision, in parts, and `commits` its note. `meta` is one row.
const TABLES: &str = "
CREATE TABLE meta(
  one INTEGER PRIMARY KEY, revision INTEGER NOT NULL, compacted INTEGER NOT NULL,
  keys INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES(1, 1, 0, 0);
CREATE TABLE current(
  path TEXT PRIMARY KEY, value TEXT NOT NULL, create_rev INTEGER NOT NULL,
  mod_rev INTEGER NOT NULL, lease INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX current_lease ON current(lease) WHERE lease IS NOT NULL;
CREATE TABLE history(
  path TEXT NOT NULL, rev INTEGER NOT NULL, value TEXT, create_rev INTEGER NOT NULL,
  lease INTEGER, PRIMARY KEY(path, rev)) STRICT, WITHOUT ROWID;
CREATE TABLE changed(
  rev INTEGER NOT NULL, part INTEGER NOT NULL, paths TEXT NOT NULL,
  PRIMARY KEY(rev, part)) STRICT, WITHOUT ROWID;
CREATE TABLE commits(
  rev INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE units(
  unit TEXT PRIMARY KEY, create_rev INTEGER NOT NULL, mod_rev INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE leases(
  id INTEGER PRIMARY KEY, ttl_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL) STRICT;
";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Store,
    /// Nothing has been written yet.
    Empty,
}

/// Looks at the header, and writes nothing: a file of something else and one of
/// a newer version are errors.
pub(super) fn look(connection: &Connection, file: &File) -> Result<Found> {
    if marks(connection)? == (APPLICATION, VERSION) {
        return Ok(Found::Store);
    }
    // Another process may be making it a store: all that follows is of one moment.
    let moment = connection.is_autocommit().then(|| connection.unchecked_transaction());
    let _moment = moment.transpose()?;
    let (application, version) = marks(connection)?;
    if (application, version) == (APPLICATION, VERSION) {
        return Ok(Found::Store);
    }
    let file = file.display();
    if application == APPLICATION {
        let message = format!(
            "`{file}` is of format {version}, written by a newer metactl; this one knows {VERSION}"
        );
        return Err(Error::new(Kind::Unsupported, message).into());
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(Found::Empty);
    }
    Err(Error::invalid(format!("`{file}` is an SQLite database of something else")).into())
}

/// Whose file it is, and of which format.
fn marks(connection: &Connection) -> Result<(i32, i32)> {
    let application = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok((application, version))
}

/// Makes an empty file a store. Of several processes that try, one does it; the
/// others find it done, or are told that the file is busy and look again.
pub(super) fn create(connection: &mut Connection, file: &File) -> Result<()> {
    // Cannot be changed inside a transaction; a crash in between leaves an empty file.
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if look(&transaction, file)? == Found::Empty {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}
