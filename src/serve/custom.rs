//! What a caller writes as metadata of its own, held against the limits of Google's.

use crate::engine::Snapshot;
use crate::error::{Error, Result};
use crate::model::attributes::{self, Attributes};
use crate::model::path::Path;

/// The text to store as `name` (`KEY`, or `NAMESPACE/KEY`) below `all`, which holds
/// what `owner` has. `Invalid` if it is no text, `TooLarge` if it, or all of them
/// together, would be too long.
pub(super) fn value<'a>(
    snapshot: &Snapshot,
    (owner, all): (&str, &Path),
    name: &str,
    body: &'a [u8],
) -> Result<&'a str> {
    let value = std::str::from_utf8(body)
        .map_err(|_| Error::invalid(format!("the value of metadata key `{name}` is not text")))?;
    attributes::check_value(name, value)?;
    let mut after = Attributes::new();
    snapshot.each_leaf(all, |name, value| {
        after.insert(name.trim_start_matches('/').to_owned(), value.to_owned());
    });
    after.insert(name.to_owned(), value.to_owned());
    attributes::check_total(owner, &after)?;
    Ok(value)
}
