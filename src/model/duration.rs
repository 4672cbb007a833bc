//! Lengths of time as people type them: `30`, `100ms`, `5s`, `2m`, `1h30m`, `7d`.

use std::time::Duration;

use crate::error::{Error, Result};

/// The units, longest first, each in milliseconds.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a length of time; a bare number is seconds, parts add up (`1h30m`).
///
/// Refused, naming the text and what is accepted: anything else, fractions and
/// negative numbers among it, and what does not fit 64 bits of milliseconds.
pub fn parse(text: &str) -> Result<Duration> {
    let refused = || {
        Error::invalid(format!(
            "duration `{}` is not one; accepted are seconds (`30`) and numbers with the units \
             ms, s, m, h, d, w, as in `100ms`, `1h30m`, `7d`",
            text.escape_debug()
        ))
    };
    milliseconds(text.trim()).map(Duration::from_millis).ok_or_else(refused)
}

fn milliseconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000).filter(|_| !text.starts_with('+'));
    }
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

/// The shortest spelling that [`parse`] reads back as the same length, in whole
/// milliseconds.
pub fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (name, factor) in UNITS {
        if rest >= factor {
            text.push_str(&format!("{}{name}", rest / factor));
            rest %= factor;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bare_numbers_are_seconds_and_units_add_up() {
        let millis = |text: &str| parse(text).unwrap().as_millis();
        assert_eq!(millis("30"), 30_000);
        assert_eq!(millis("0"), 0);
        assert_eq!(millis("100ms"), 100);
        assert_eq!(millis("5s"), 5_000);
        assert_eq!(millis("2m"), 120_000);
        assert_eq!(millis("1h30m"), 5_400_000);
        assert_eq!(millis("7d"), 7 * 86_400_000);
    }

    #[test]
    fn what_is_no_duration_is_refused_with_what_is_accepted() {
        for text in ["", "-5", "+5", "1.5s", "s", "5 s", "5x", "5sm", "99999999999999999999", "5é"]
        {
            let error = parse(text).unwrap_err();
            assert!(error.message().contains(text), "{error}");
            assert!(error.message().contains("`1h30m`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_duration_reads_back(millis in 0u64..10_000_000_000) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&format(duration)).unwrap(), duration);
        }
    }
}
