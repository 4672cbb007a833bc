//! The children of a directory, found by seeking from one to the next.

use rusqlite::{OptionalExtension, Row};

use super::failure::Result;
use super::meta::number;
use super::read::below;
use super::snapshot::{Snapshot, When};
use crate::store::{LeaseId, Name};

/// The next path, and whether there is a value at it.
type Next = (String, bool);

/// The first text behind `path`: NUL is the lowest character, and in no path.
fn behind(mut path: String) -> String {
    path.push('\0');
    path
}

impl Snapshot<'_> {
    /// The children of `directory`, sorted by name.
    pub(super) fn names(&self, directory: &str) -> Result<Vec<Name>> {
        let (mut from, end) = below(directory);
        let start = from.len();
        let mut names = Vec::new();
        while let Some((path, there)) = self.next(&from, &end)? {
            if !there {
                from = behind(path);
                continue;
            }
            let name = path.get(start..).unwrap_or_default();
            match name.split_once('/') {
                Some((name, _)) => {
                    let child = path.get(..start + name.len()).unwrap_or_default();
                    from = below(child).1;
                    names.push(Name { name: name.to_owned(), directory: true });
                }
                None => {
                    names.push(Name { name: name.to_owned(), directory: false });
                    from = behind(path);
                }
            }
        }
        // `a-b` sorts before `a/c` as a path, but behind `a` as a name.
        names.sort();
        Ok(names)
    }

    fn next(&self, from: &str, end: &str) -> Result<Option<Next>> {
        match &self.when {
            When::Now { expired } => {
                let mut statement = self.connection.prepare_cached(
                    "SELECT path, lease FROM current
                     WHERE path >= ?1 AND path < ?2 ORDER BY path LIMIT 1",
                )?;
                let gone = |lease: Option<LeaseId>| lease.is_some_and(|id| expired.contains(&id));
                let next = |row: &Row<'_>| Ok((row.get(0)?, !gone(row.get(1)?)));
                Ok(statement.query_row((from, end), next).optional()?)
            }
            When::Then => {
                let mut statement = self.connection.prepare_cached(
                    "SELECT path, (SELECT value IS NOT NULL FROM history AS newest
                       WHERE newest.path = history.path AND newest.rev <= ?3
                       ORDER BY newest.rev DESC LIMIT 1)
                     FROM history WHERE path >= ?1 AND path < ?2 ORDER BY path LIMIT 1",
                )?;
                // None: only later commits know the path.
                let next = |row: &Row<'_>| {
                    let there: Option<bool> = row.get(1)?;
                    Ok((row.get(0)?, there.unwrap_or(false)))
                };
                Ok(statement.query_row((from, end, number(self.revision)), next).optional()?)
            }
        }
    }
}
