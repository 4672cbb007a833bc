//! Custom metadata of instances and projects: its limits, and how it is merged.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};

/// Keys and values of one instance or project.
pub type Attributes = BTreeMap<String, String>;

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 128;
/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 262_144;
/// All keys and values of one instance or project together, in bytes.
pub const MAX_TOTAL_BYTES: usize = 524_288;

/// `Invalid` unless `key` is 1 to [`MAX_KEY_BYTES`] bytes of `[A-Za-z0-9_-]`.
pub fn check_key(key: &str) -> Result<()> {
    let accepted = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.len() <= MAX_KEY_BYTES && key.chars().all(accepted) {
        return Ok(());
    }
    let shown: String = key.chars().take(40).collect();
    let shown = shown.escape_debug();
    Err(Error::invalid(format!(
        "metadata key `{shown}`{} is not 1 to {MAX_KEY_BYTES} characters of A-Z a-z 0-9 _ -",
        if key.len() > 40 { format!("… ({} bytes)", key.len()) } else { String::new() }
    )))
}

/// `TooLarge` when the value of `key` is longer than [`MAX_VALUE_BYTES`].
pub fn check_value(key: &str, value: &str) -> Result<()> {
    if value.len() <= MAX_VALUE_BYTES {
        return Ok(());
    }
    Err(Error::new(
        Kind::TooLarge,
        format!(
            "the value of metadata key `{key}` is {} bytes long; at most {MAX_VALUE_BYTES} are accepted",
            value.len()
        ),
    ))
}

/// `TooLarge` when keys and values of `owner` are together more than [`MAX_TOTAL_BYTES`].
pub fn check_total(owner: &str, attributes: &Attributes) -> Result<()> {
    let total: usize = attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    if total <= MAX_TOTAL_BYTES {
        return Ok(());
    }
    let largest = attributes.iter().max_by_key(|(_, value)| value.len());
    Err(Error::new(
        Kind::TooLarge,
        format!(
            "the metadata of {owner} would be {total} bytes in all (the largest value is `{}`); \
             at most {MAX_TOTAL_BYTES} are accepted",
            largest.map_or("", |(key, _)| key.as_str())
        ),
    ))
}

/// What an instance sees: its own attributes before its project's.
pub fn effective(project: &Attributes, instance: &Attributes) -> Attributes {
    let mut merged = project.clone();
    merged.extend(instance.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_their_limits() {
        assert!(check_key("ssh-keys_2").is_ok());
        assert!(check_key(&"k".repeat(128)).is_ok());
        for key in ["", "bad key!", "a.b", "é", "a/b", &"k".repeat(129)] {
            assert_eq!(check_key(key).unwrap_err().kind(), Kind::Invalid, "{key}");
        }
        assert!(check_value("k", &"v".repeat(MAX_VALUE_BYTES)).is_ok());
        let error = check_value("k", &"v".repeat(MAX_VALUE_BYTES + 1)).unwrap_err();
        assert!(error.message().contains("`k`") && error.message().contains("262145"), "{error}");
    }

    #[test]
    fn all_of_one_owner_has_a_limit() {
        let half = "v".repeat(MAX_TOTAL_BYTES / 2 - 1);
        let mut all: Attributes = [("a".to_owned(), half.clone()), ("b".to_owned(), half)].into();
        assert!(check_total("`i-1`", &all).is_ok());
        all.insert("c".to_owned(), String::new());
        assert!(check_total("`i-1`", &all).unwrap_err().message().contains("524289"));
    }

    #[test]
    fn an_instance_comes_before_its_project() {
        let of = |text: &str| -> Attributes {
            text.split(' ').map(|key| (key[..1].to_owned(), key[1..].to_owned())).collect()
        };
        assert_eq!(effective(&of("a1 b1"), &of("b2 c2")), of("a1 b2 c2"));
    }
}
