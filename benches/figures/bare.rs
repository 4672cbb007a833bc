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
         CREATE TABLE current(
           path TEXT PRIMARY KEY, value TEXT NOT NULL, create_rev INTEGER NOT NULL,
           mod_rev INTEGER NOT NULL, lease INTEGER) STRICT, WITHOUT ROWID;
         CREATE INDEX current_lease ON current(lease) WHERE lease IS NOT NULL;
         CREATE TABLE history(
           path TEXT NOT NULL, rev INTEGER NOT NULL, value TEXT, create_rev INTEGER NOT NULL,
           lease INTEGER, PRIMARY KEY(path, rev)) STRICT, WITHOUT ROWID;",
    )?;
    let transaction = connection.transaction()?;
    {
        let mut current =
            transaction.prepare("INSERT INTO current VALUES(?1, ?2, ?3, ?4, NULL)")?;
        let mut past = transaction.prepare("INSERT INTO history VALUES(?1, ?2, ?3, ?4, NULL)")?;
        tree::each_key(keys, |path, value| {
            current.execute(params![path, value, 2, 2])?;
            if history {
                past.execute(params![path, 2, value, 2])?;
            }
            Ok(())
        })?;
    }
    transaction.commit()?;
    Ok(())
}
