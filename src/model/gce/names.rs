//! The two spellings of predefined keys: kebab-case in URLs, camelCase in JSON.

use std::borrow::Cow;

/// `network-interfaces` as it is spelt in JSON: `networkInterfaces`.
pub fn camel(kebab: &str) -> Cow<'_, str> {
    if !kebab.contains('-') {
        return Cow::Borrowed(kebab);
    }
    let mut words = kebab.split('-');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    Cow::Owned(camel)
}

/// `networkInterfaces` as it is spelt in URLs: `network-interfaces`.
pub fn kebab(camel: &str) -> Cow<'_, str> {
    if !camel.contains(|letter: char| letter.is_ascii_uppercase()) {
        return Cow::Borrowed(camel);
    }
    let mut kebab = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    Cow::Owned(kebab)
}

/// Whether the children of the directory at `path` (`instance/attributes`) are
/// named by users: such names are never converted.
pub fn are_users_own(path: &str) -> bool {
    let own = |top: &str| {
        path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    own("instance/attributes")
        || own("instance/guest-attributes")
        || own("project/attributes")
        || path == "instance/service-accounts"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_again() {
        for (one, other) in [
            ("device-name", "deviceName"),
            ("numeric-project-id", "numericProjectId"),
            ("network-interfaces", "networkInterfaces"),
            ("access-configs", "accessConfigs"),
            ("external-ip", "externalIp"),
            ("machine-type", "machineType"),
            ("service-accounts", "serviceAccounts"),
            ("id", "id"),
        ] {
            assert_eq!(camel(one), other);
            assert_eq!(kebab(other), one);
        }
    }

    #[test]
    fn names_of_users_are_known_by_their_place() {
        for path in [
            "instance/attributes",
            "project/attributes",
            "instance/guest-attributes/hostkeys",
            "instance/service-accounts",
        ] {
            assert!(are_users_own(path), "{path}");
        }
        for path in ["instance", "", "instance/attributes-x", "instance/service-accounts/default"] {
            assert!(!are_users_own(path), "{path}");
        }
    }
}
