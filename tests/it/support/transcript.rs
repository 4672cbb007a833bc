//! Transcripts compared with what the test holds; `SNAPSHOTS=overwrite` refreshes them.

use snapbox::{Assert, IntoData, Redactions};

use super::Ran;

/// Compares a transcript; drawn ids read `[CLUSTER]`, `[INSTANCE]`, `[NODE]`. Ids
/// that a test chooses keep their text if they are not 8 characters long after the dash.
#[track_caller]
pub fn assert_transcript(ran: Ran, expected: impl IntoData) {
    assert_text(ran.to_string(), expected);
}

/// Compares a text like a transcript.
#[track_caller]
pub fn assert_text(actual: String, expected: impl IntoData) {
    assert().eq(actual.into_data(), expected.into_data());
}

fn assert() -> Assert {
    let mut redactions = Redactions::new();
    for (name, pattern) in [
        ("[CLUSTER]", r"\b(?<redacted>cl-[a-z0-9]{8})\b"),
        ("[INSTANCE]", r"\b(?<redacted>i-[a-z0-9]{8})\b"),
        ("[NODE]", r"\b(?<redacted>cln-[a-z0-9]{8})\b"),
    ] {
        redactions.insert(name, regex::Regex::new(pattern).unwrap()).unwrap();
    }
    // A backslash is a backslash here.
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).redact_with(redactions)
}
