//! Advice: where a failure of a store or a file becomes the CLI's, and what to type next.

use crate::config::{Origin, Settings, Target};
use crate::error::{Error, Kind};

/// The most hints that an error carries.
const MOST: usize = 2;

/// Adds what helps to the error of a command that has asked for its store, if it
/// comes with fewer than two hints.
pub fn advise(error: Error, settings: &Settings) -> Error {
    // A setting that is malformed has said so itself.
    let Ok(target) = settings.target() else { return error };
    let advice = match error.kind() {
        Kind::Unavailable => unavailable(&error, target),
        // A command that tells of somebody else's rights has its own advice.
        Kind::Denied if error.hints().is_empty() => vec![denied(target)],
        Kind::NotFound => missing_file(target).into_iter().collect(),
        _ => Vec::new(),
    };
    let room = MOST.saturating_sub(error.hints().len());
    advice.into_iter().take(room).fold(error, Error::hint)
}

fn unavailable(error: &Error, target: &Target) -> Vec<String> {
    let mut advice = Vec::new();
    let told = [vec![error.message().to_owned()], error.causes()].concat().join(" ");
    if told.contains("within") || told.contains("timed out") || told.contains("locked") {
        advice.push("Give it more time: `--request-timeout 1m`".to_owned());
    }
    if is_remote(target) {
        advice.push("See which endpoint is in force: `metactl context show`".to_owned());
    }
    advice
}

fn denied(target: &Target) -> String {
    let (endpoint, access) = (&target.endpoint.value, &target.access);
    if endpoint.takes_token() {
        return "Name the file with the token of the management API: `--manage-token-file FILE`"
            .to_owned();
    }
    if !is_remote(target) {
        return "Run it as the owner of the file, or choose another: `--endpoint file:PATH`"
            .to_owned();
    }
    if endpoint.takes_user() && access.user.is_none() && access.cert.is_none() {
        return "Say who you are: `--user NAME`, with the password in `METACTL_PASSWORD`"
            .to_owned();
    }
    "See where and as whom you ask: `metactl context show`".to_owned()
}

/// A mistyped file looks like an empty store: say that there is none. Of the
/// default one nobody has mistyped the name.
fn missing_file(target: &Target) -> Option<String> {
    let file = target.endpoint.value.file()?;
    let named = target.endpoint.origin != Origin::Default;
    let absent = std::fs::symlink_metadata(file).is_err();
    (named && absent)
        .then(|| format!("Check the endpoint, there is no file yet: `{}`", file.display()))
}

fn is_remote(target: &Target) -> bool {
    target.endpoint.value.file().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::GlobalArgs;
    use crate::config::Environment;

    fn hints(kind: Kind, message: &str, endpoint: &str) -> Vec<String> {
        let global = GlobalArgs { endpoint: Some(endpoint.to_owned()), ..GlobalArgs::default() };
        let settings = Settings::new(global, Environment::of([]));
        advise(Error::new(kind, message), &settings).hints().to_vec()
    }

    #[test]
    fn advice_fits_the_kind_and_the_endpoint() {
        assert!(
            hints(Kind::Unavailable, "no answer within 10s", "etcd://a")[0]
                .contains("--request-timeout")
        );
        assert!(hints(Kind::Unavailable, "refused", "etcd://a")[0].contains("context show"));
        assert!(
            hints(Kind::Unavailable, "database is locked", "/x")[0].contains("--request-timeout")
        );
        assert!(hints(Kind::Denied, "no", "etcd://a")[0].contains("--user"));
        assert!(hints(Kind::Denied, "no", "/x")[0].contains("owner"));
        assert!(hints(Kind::Denied, "no", "http://a")[0].contains("--manage-token-file"));
        assert!(hints(Kind::Denied, "no", "gce://a")[0].contains("context show"));
        assert!(hints(Kind::NotFound, "no", "/nowhere/x.db")[0].contains("/nowhere/x.db"));
        assert!(hints(Kind::NotFound, "no", "etcd://a").is_empty());
        assert!(hints(Kind::Failed, "no", "etcd://a").is_empty());
    }

    #[test]
    fn no_error_carries_more_than_two_hints() {
        let settings =
            Settings::new(GlobalArgs::default(), Environment::of([("HOME", "/nowhere")]));
        let error = Error::not_found("x").hint("a").hint("b");
        assert_eq!(advise(error, &settings).hints(), ["a", "b"]);
    }
}
