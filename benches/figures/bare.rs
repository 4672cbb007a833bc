//! The loop over SQLite that `import` is compared with: the embedded store's
//! tables and settings, rows out of memory, one transaction, nothing else.

use rusqlite::{Connection, params};

use crate::{Result, tree};

/// The role of the process that is measured: `keys` rows into a new database,
/// with their history if that is asked for.
pub fn role(file: &str, keys: &str, history: bool) -> Result<bool> {
    write(file, keys.parse()?, history)?;
    Ok(true)
}

fn write(file: &str, keys: usize, history: bool) -> Result {
    let mut connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         CREATE TABLE current (
             path TEXT PRIMARY KEY, value TEXT NOT NULL,
             created INTEGER NOT NULL, modified INTEGER NOT NULL, lease INTEGER
         ) WITHOUT ROWID;
         CREATE TABLE history (
             path TEXT, revision INTEGER, value TEXT, created INTEGER, lease INTEGER,
             PRIMARY KEY (path, revision)
         ) WITHOUT ROWID;",
    )?;
    let transaction = connection.transaction()?;
    {
        let mut current =
            transaction.prepare("INSERT INTO current VALUES (?1, ?2, ?3, ?3, NULL)")?;
        let mut past = transaction.prepare("INSERT INTO history VALUES (?1, ?2, ?3, ?2, NULL)")?;
        tree::each_key(keys, |path, value| {
            current.execute(params![path, value, 1])?;
            if history {
                past.execute(params![path, 1, value])?;
            }
            Ok(())
        })?;
    }
    transaction.commit()?;
    Ok(())
}
