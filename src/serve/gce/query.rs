//! What stands behind the question mark.

use std::time::Duration;

/// The parameters that are known; others are ignored, as Google's server does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Everything below, not the names alone.
    pub(super) recursive: bool,
    pub(super) alt: Option<Alt>,
    pub(super) wait: Option<Wait>,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alt {
    Json,
    Text,
}

/// `wait_for_change=true`
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wait {
    /// The state that the caller has already; none waits for the next change.
    pub(super) last_etag: Option<String>,
    /// How long the caller wants to wait.
    pub(super) timeout: Option<Duration>,
}

impl Query {
    /// Reads the query of a request; an error is a sentence for who sent it.
    pub(super) fn read(text: &str) -> Result<Query, &'static str> {
        let mut query = Query::default();
        let (mut waits, mut wait) = (false, Wait::default());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match name.as_ref() {
                "recursive" => query.recursive = is_true(&value),
                "alt" => query.alt = Some(alt(&value)?),
                "wait_for_change" => waits = is_true(&value),
                "last_etag" => wait.last_etag = Some(value.into_owned()),
                "timeout_sec" => wait.timeout = Some(seconds(&value)?),
                _ => {}
            }
        }
        query.wait = waits.then_some(wait);
        Ok(query)
    }
}

fn alt(value: &str) -> Result<Alt, &'static str> {
    match value {
        "json" => Ok(Alt::Json),
        "text" => Ok(Alt::Text),
        _ => Err("The parameter alt is json or text."),
    }
}

fn seconds(value: &str) -> Result<Duration, &'static str> {
    let seconds = value.parse().map_err(|_| "The parameter timeout_sec is a number of seconds.")?;
    Ok(Duration::from_secs(seconds))
}

/// cloud-init writes `True`.
fn is_true(value: &str) -> bool {
    ["true", "on", "yes", "1"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guest_agent_sends_is_understood() {
        let query = Query::read(
            "alt=json&last_etag=NONE&recursive=true&timeout_sec=60&wait_for_change=true",
        );
        let wait =
            Wait { last_etag: Some("NONE".to_owned()), timeout: Some(Duration::from_secs(60)) };
        assert_eq!(query, Ok(Query { recursive: true, alt: Some(Alt::Json), wait: Some(wait) }));
    }

    #[test]
    fn without_waiting_its_parameters_say_nothing() {
        assert_eq!(Query::read("last_etag=1&timeout_sec=5&x=y"), Ok(Query::default()));
        assert_eq!(Query::read(""), Ok(Query::default()));
    }

    #[test]
    fn truth_has_several_spellings() {
        for text in ["true", "True", "TRUE", "1", "yes", "on"] {
            assert!(Query::read(&format!("recursive={text}")).unwrap().recursive, "{text}");
        }
        for text in ["false", "0", "", "x"] {
            assert!(!Query::read(&format!("recursive={text}")).unwrap().recursive, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["alt=xml", "timeout_sec=x", "timeout_sec=-1", "timeout_sec="] {
            assert!(Query::read(text).is_err(), "{text}");
        }
    }
}
