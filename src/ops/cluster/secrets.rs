//! Which parameters are secrets: by the app's types where its package is kept,
//! else by their names.

use crate::model::app::known::App;
use crate::model::app::property::Type;
use crate::model::schema;

/// What a secret is shown as.
pub const MASK: &str = "********";

/// What an app says of its parameters; nothing is known without one.
#[derive(Clone, Copy)]
pub struct Secrets<'a>(pub Option<&'a App>);

impl Secrets<'_> {
    /// The value of a parameter as it may be shown: `role` none for those of all
    /// nodes, `key` with `/` for what lies inside of a directory.
    pub fn masked(&self, role: Option<&str>, key: &str, value: String) -> String {
        if !value.is_empty() && self.hides(role, key) { MASK.to_owned() } else { value }
    }

    /// Whether the parameter is a secret.
    pub fn hides(&self, role: Option<&str>, key: &str) -> bool {
        let (name, rest) = key.split_once('/').unwrap_or((key, ""));
        let Some(app) = self.0 else { return schema::sounds_secret(key) };
        match app.parameter(role, key).or_else(|| app.parameter(role, name)) {
            Some(property) if property.kind == Type::AccessKey => rest != "access_key_id",
            Some(property) => property.is_secret(),
            // What somebody has put beside the app's own.
            None => !app.fixes(role, key) && schema::sounds_secret(key),
        }
    }
}
