//! The service account of a token file: what somebody else has issued.

use super::node::{Directory, Leaf, Naming, Node};
use crate::error::{Error, Result};

/// A service account as its token's document tells it. Nothing is made up: what
/// the document does not say is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The document, as it is handed out.
    document: String,
    email: Option<String>,
    scopes: Vec<String>,
}

/// The name that stands for the one account of an instance.
const DEFAULT: &str = "default";

impl Account {
    /// Reads a token's document: a JSON object with `access_token`, as an
    /// authorization server answers it. `scope` (words) or `scopes` (a list) and
    /// `email` are told where they are given.
    pub fn read(document: &str) -> Result<Account> {
        let value: serde_json::Value = serde_json::from_str(document)
            .map_err(|error| Error::invalid("a token's document is no JSON").because(error))?;
        if value.get("access_token").and_then(|token| token.as_str()).is_none() {
            return Err(Error::invalid("a token's document has no text `access_token`"));
        }
        let text = |name: &str| value.get(name).and_then(|text| text.as_str());
        let listed = value.get("scopes").and_then(|scopes| scopes.as_array());
        let scopes = match listed {
            Some(scopes) => scopes.iter().filter_map(|scope| scope.as_str()).collect(),
            None => text("scope").unwrap_or_default().split_whitespace().collect::<Vec<_>>(),
        };
        Ok(Account {
            document: document.trim().to_owned(),
            email: text("email").filter(|email| is_name(email)).map(str::to_owned),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
        })
    }

    /// `service-accounts/`: the account as `default` and by its e-mail address.
    pub(super) fn directory(&self) -> Directory<'_> {
        let mut accounts = Directory::new(Naming::Own);
        for name in [Some(DEFAULT), self.email.as_deref()].into_iter().flatten() {
            accounts.put(name, Node::Directory(self.entry()));
        }
        accounts
    }

    fn entry(&self) -> Directory<'_> {
        let mut entry = Directory::new(Naming::Predefined);
        let lines = |items: Vec<_>| Node::Leaf(Leaf::List { items, json: false });
        entry.put("aliases", lines(vec![DEFAULT.into()]));
        if let Some(email) = &self.email {
            entry.put("email", Node::Leaf(Leaf::text(email.as_str())));
        }
        if !self.scopes.is_empty() {
            let scopes = self.scopes.iter().map(|scope| scope.as_str().into()).collect();
            entry.put("scopes", lines(scopes));
        }
        entry.put("token", Node::Leaf(Leaf::Token(self.document.as_str().into())));
        entry
    }
}

/// Whether a text can be one segment of a path.
fn is_name(text: &str) -> bool {
    crate::model::path::check_segment(text).is_ok() && text != DEFAULT
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::gce::render;

    fn json(account: &Account) -> String {
        render::json(&Node::Directory(account.directory()))
    }

    #[test]
    fn what_the_document_says_is_told() {
        let account = Account::read(
            r#"{"access_token": "t", "expires_in": 60, "scope": "a b", "email": "x-y@z"}"#,
        )
        .unwrap();
        assert_eq!(
            json(&account),
            r#"{"default":{"aliases":["default"],"email":"x-y@z","scopes":["a","b"]},"x-y@z":{"aliases":["default"],"email":"x-y@z","scopes":["a","b"]}}"#
        );
        let bare = Account::read(r#"{"access_token": "t"}"#).unwrap();
        assert_eq!(json(&bare), r#"{"default":{"aliases":["default"]}}"#);
        assert!(bare.directory().find("default/token").is_some());
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for document in ["", "[]", "{}", r#"{"access_token": 1}"#] {
            assert!(Account::read(document).is_err(), "{document}");
        }
    }
}
