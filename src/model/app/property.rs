//! One thing that a user may set, and what it accepts.

use super::json::Json;
use super::near;

/// A property of `config.json`: a leaf of its tree.
#[derive(Debug, Clone)]
pub struct Property {
    /// The dotted path by which it is set and which variables name.
    pub path: String,
    pub kind: Type,
    /// What it is when nobody sets it.
    pub default: Option<Json>,
    pub required: bool,
    /// The values accepted; none when all are.
    pub range: Vec<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Accepted are `min` and whole steps above it.
    pub step: Option<f64>,
    pub pattern: Option<Pattern>,
    /// Whether it may be changed once the cluster is there.
    pub changeable: bool,
    /// Whether several values of the range, joined by the separator, are accepted.
    pub multichoice: bool,
    pub separator: String,
    /// The values it takes with each of the app's resource groups.
    pub resource_group: Vec<Json>,
    /// The apps whose clusters a service may be; any when there is none.
    pub limits: Vec<String>,
    /// The line of `config.json` where it is defined.
    pub line: usize,
}

/// The type of a property. Types that are not known take every value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Integer,
    Number,
    Boolean,
    Text,
    Password,
    List,
    /// A cluster that this one depends on, by its id.
    Service,
    LoadBalancer,
    /// A pair of keys, `access_key_id` and `secret_access_key`.
    AccessKey,
    Other(String),
}

/// A regular expression, as an app writes it.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub source: String,
    pub(super) compiled: fancy_regex::Regex,
}

impl Type {
    /// The type of that name in `config.json`.
    pub fn named(name: &str) -> Type {
        match name {
            "integer" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "string" => Type::Text,
            "password" => Type::Password,
            "array" => Type::List,
            "service" => Type::Service,
            "loadbalancer" => Type::LoadBalancer,
            "accesskey" => Type::AccessKey,
            other => Type::Other(other.to_owned()),
        }
    }

    /// What is accepted, with its article.
    fn wanted(&self) -> &'static str {
        match self {
            Type::Integer => "an integer",
            Type::Number => "a number",
            Type::Boolean => "`true` or `false`",
            Type::Text | Type::Password => "a string",
            Type::Service => "the id of a cluster",
            Type::List | Type::LoadBalancer => "a list",
            Type::AccessKey => "an object with `access_key_id` and `secret_access_key`",
            Type::Other(_) => "a value",
        }
    }

    fn accepts(&self, value: &Json) -> bool {
        match self {
            Type::Integer => value.integer().is_some(),
            Type::Number => value.number().is_some(),
            Type::Boolean => matches!(value, Json::Bool(_)),
            Type::Text | Type::Password => value.text().is_some(),
            // Newer platforms let one service name several clusters.
            Type::Service => matches!(value, Json::Text(_) | Json::Array(_)),
            Type::List | Type::LoadBalancer => matches!(value, Json::Array(_)) || value.is_empty(),
            Type::AccessKey => matches!(value, Json::Text(_) | Json::Object(_)),
            Type::Other(_) => true,
        }
    }
}

impl Property {
    /// Whether its value is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Type::Password | Type::AccessKey)
    }

    /// Reads a value as it is typed on a command line: an integer property takes
    /// digits, a list takes JSON. The error is the end of a sentence.
    pub fn read(&self, text: &str) -> Result<Json, String> {
        let json = || super::json::parse(text).ok().map(|node| node.value);
        let value = match &self.kind {
            Type::Text | Type::Password | Type::Service => Json::Text(text.to_owned()),
            Type::Other(_) | Type::AccessKey => {
                let structured = |value: &Json| !matches!(value, Json::Null | Json::Text(_));
                json().filter(structured).unwrap_or_else(|| Json::Text(text.to_owned()))
            }
            _ => json().unwrap_or_else(|| Json::Text(text.to_owned())),
        };
        if self.kind.accepts(&value) { Ok(value) } else { Err(self.wrong_type(text)) }
    }

    /// Checks a value against everything the property says. The error is a
    /// sentence without subject: what is wrong, and what would be accepted.
    pub fn check(&self, value: &Json) -> Result<(), String> {
        if matches!(value, Json::Null) || (value.is_empty() && !self.takes_empty(value)) {
            return if self.required {
                Err(format!("is required, and has no value; {} is accepted", self.accepted()))
            } else {
                Ok(())
            };
        }
        if !self.kind.accepts(value) {
            return Err(self.wrong_type(&value.to_string()));
        }
        self.check_range(value)?;
        self.check_size(value)?;
        self.check_pattern(value)
    }

    /// Whether an empty value is one like others: when the range has it.
    fn takes_empty(&self, value: &Json) -> bool {
        self.range.iter().any(|allowed| allowed.same(value))
            || (self.required && matches!(self.kind, Type::List | Type::LoadBalancer))
    }

    fn wrong_type(&self, value: &str) -> String {
        format!(
            "{} is not {}; {} is accepted",
            self.shown(value),
            self.kind.wanted(),
            self.accepted()
        )
    }

    /// The value in a message; a secret never is.
    fn shown(&self, value: &str) -> String {
        if self.is_secret() { "the value".to_owned() } else { format!("`{}`", short(value)) }
    }

    fn check_range(&self, value: &Json) -> Result<(), String> {
        if self.range.is_empty() {
            return Ok(());
        }
        let allowed = |one: &Json| {
            // A multiple choice is text, whatever the type of what is chosen from.
            self.range
                .iter()
                .any(|other| other.same(one) || (self.multichoice && other.leaf() == one.leaf()))
        };
        let wrong = match value {
            _ if !self.multichoice => (!allowed(value)).then(|| value.leaf()),
            Json::Array(elements) => elements
                .iter()
                .find(|element| !allowed(&element.value))
                .map(|element| element.value.leaf()),
            _ => value
                .leaf()
                .split(self.separator.as_str())
                .map(str::trim)
                .find(|part| !allowed(&Json::Text((*part).to_owned())))
                .map(str::to_owned),
        };
        match wrong {
            Some(wrong) => {
                Err(format!("{} is not accepted; {} is", self.shown(&wrong), self.accepted()))
            }
            None => Ok(()),
        }
    }

    fn check_size(&self, value: &Json) -> Result<(), String> {
        let (Some(number), Type::Integer | Type::Number) = (value.number(), &self.kind) else {
            return Ok(());
        };
        let off_step = self.step.filter(|step| *step > 0.0).is_some_and(|step| {
            let steps = (number - self.min.unwrap_or(0.0)) / step;
            (steps - steps.round()).abs() > 1e-9
        });
        let wrong = if self.min.is_some_and(|min| number < min) {
            "is too small"
        } else if self.max.is_some_and(|max| number > max) {
            "is too large"
        } else if off_step {
            "is between two steps"
        } else {
            return Ok(());
        };
        Err(format!("`{value}` {wrong}; {} is accepted", self.accepted()))
    }

    fn check_pattern(&self, value: &Json) -> Result<(), String> {
        let (Some(pattern), Some(text)) = (&self.pattern, value.text()) else { return Ok(()) };
        let shown = self.shown(text);
        match pattern.compiled.is_match(text) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{shown} does not match the pattern `{}`", pattern.source)),
            Err(error) => {
                Err(format!("{shown} cannot be matched with `{}`: {error}", pattern.source))
            }
        }
    }

    /// What would be accepted, as a part of a sentence.
    pub fn accepted(&self) -> String {
        if !self.range.is_empty() {
            let values: Vec<String> = self.range.iter().map(Json::leaf).collect();
            let listed = near::listed(values.iter().map(String::as_str));
            return match (self.multichoice, self.range.len()) {
                (true, _) => format!("any of {listed}, joined by `{}`,", self.separator),
                (false, 1) => listed,
                (false, _) => format!("one of {listed}"),
            };
        }
        let mut text = self.kind.wanted().to_owned();
        match (self.min, self.max) {
            (Some(min), Some(max)) => text += &format!(" from {min} to {max}"),
            (Some(min), None) => text += &format!(" of at least {min}"),
            (None, Some(max)) => text += &format!(" of at most {max}"),
            (None, None) => {}
        }
        if let Some(step) = self.step {
            text += &format!(" in steps of {step}");
        }
        if let Some(pattern) = &self.pattern {
            text += &format!(" that matches `{}`", pattern.source);
        }
        text
    }
}

/// The start of a value, enough to know it again, on one line.
fn short(value: &str) -> String {
    let (start, rest) = value.split_at(value.floor_char_boundary(60));
    let mut shown = String::new();
    for c in start.chars() {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    if rest.is_empty() { shown } else { shown + "…" }
}
