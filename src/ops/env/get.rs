//! Showing parameters.

use serde::Serialize;
use serde::ser::Serializer;

use super::ground::Ground;
use crate::error::{Error, Result};
use crate::model::app::{near, problem};
use crate::model::nested::Nested;
use crate::model::tree::{Leaves, Order};
use crate::ops::cluster::secrets::{MASK, Secrets};
use crate::ops::view::View;

/// Parameters of a cluster, as the nodes of a role see them.
#[derive(Debug, Clone)]
pub struct Shown {
    pub cluster: String,
    /// Sorted by key.
    pub parameters: Vec<Parameter>,
    /// Whether one leaf was asked for, and nothing else.
    pub single: bool,
    /// Whether a secret is masked.
    pub masked: bool,
}

/// One leaf of the parameters.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// With `/` for what lies inside of a directory.
    pub key: String,
    pub value: String,
    /// The role that has it for itself; none: it is that of all nodes.
    pub role: Option<String>,
    /// What would be accepted, where the app says so.
    pub accepted: Option<String>,
}

/// What to show.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub cluster: &'a str,
    /// All when empty.
    pub keys: &'a [String],
    /// Those of this role in place of, and beside, those of all nodes.
    pub role: Option<&'a str>,
    /// Whether secrets are shown as they are.
    pub reveal: bool,
}

/// Shows parameters. `NotFound` for a cluster, a role or keys that are not
/// there, with what is near.
pub async fn get(view: &View, request: &Request<'_>) -> Result<Shown> {
    let ground = Ground::survey(view, request.cluster, request.role).await?;
    let all = ground.merged();
    let mut lines = Vec::new();
    for key in request.keys {
        if !all.iter().any(|one| one.is(key)) {
            let known: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
            lines.push(format!("`{key}`: {}", near::instead(key, &known, "parameters")));
        }
    }
    if !lines.is_empty() {
        return Err(missing(request.cluster, lines));
    }
    let wanted =
        |one: &Parameter| request.keys.is_empty() || request.keys.iter().any(|key| one.is(key));
    let mut shown = Shown {
        cluster: request.cluster.to_owned(),
        parameters: all.into_iter().filter(wanted).collect(),
        single: false,
        masked: false,
    };
    shown.single = match (request.keys, shown.parameters.as_slice()) {
        ([key], [only]) => only.key == *key,
        _ => false,
    };
    if !request.reveal {
        let secrets = Secrets(ground.app.as_ref());
        for one in &mut shown.parameters {
            let value = std::mem::take(&mut one.value);
            one.value = secrets.masked(one.role.as_deref(), &one.key, value);
            shown.masked |= one.value == MASK;
        }
    }
    Ok(shown)
}

/// The error for parameters that are not there, one line for each.
pub(super) fn missing(cluster: &str, lines: Vec<String>) -> Error {
    match lines.as_slice() {
        [only] => {
            Error::not_found(format!("cluster `{cluster}` does not have the parameter {only}"))
        }
        _ => {
            let sentence =
                format!("cluster `{cluster}` does not have {} of the parameters", lines.len());
            problem::with_causes(Error::not_found(sentence), lines)
        }
    }
}

impl Parameter {
    /// Whether it is, or lies in, what `key` names.
    fn is(&self, key: &str) -> bool {
        let rest = self.key.strip_prefix(key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Ground {
    /// The role's own parameters, and those of all nodes that it does not have.
    fn merged(&self) -> Vec<Parameter> {
        let top = |key: &str| key.split('/').next().unwrap_or_default().to_owned();
        let own: Vec<String> = self.own.keys().map(|key| top(key)).collect();
        let shared = self.shared.iter().filter(|(key, _)| !own.contains(&top(key)));
        let shared = shared.map(|(key, value)| self.parameter(None, key, value));
        let own = self.own.iter();
        let own = own.map(|(key, value)| self.parameter(self.role.as_deref(), key, value));
        let mut all: Vec<Parameter> = own.chain(shared).collect();
        all.sort_by(|left, right| left.key.cmp(&right.key));
        all
    }

    fn parameter(&self, role: Option<&str>, key: &str, value: &str) -> Parameter {
        let property = self.app.as_ref().and_then(|app| app.parameter(role, key));
        let accepted = property.map(|property| {
            if property.changeable { property.accepted() } else { "nothing else".to_owned() }
        });
        Parameter {
            key: key.to_owned(),
            value: value.to_owned(),
            role: role.map(str::to_owned),
            accepted,
        }
    }
}

/// The bare data: a text for one leaf that was asked for alone, else nested keys.
impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let (true, [only]) = (self.single, self.parameters.as_slice()) {
            return serializer.serialize_str(&only.value);
        }
        let mut leaves = Leaves::new();
        self.parameters.iter().for_each(|one| leaves.push(&format!("/{}", one.key), &one.value));
        leaves.settle(Order::Nested);
        Nested::of(&leaves).serialize(serializer)
    }
}
