//! What a request asks for: the path, and what its query says about the answer.

use std::borrow::Cow;

use hyper::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::model::path::Path;

/// What a path of a URI may hold as it is; everything else is encoded in a redirect.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'@')
    .remove(b':')
    .remove(b'=')
    .remove(b'+')
    .remove(b',');

/// The path that a URI names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Path(Path),
    /// It is written in a roundabout way; here is the straight one, query included.
    Elsewhere(String),
    /// No path of any tree: other bytes than text, control characters, too long.
    Nowhere,
    /// Not a path of a URI.
    Broken,
}

impl Target {
    /// Reads the path of `uri`. Empty segments, `.` and `..` lead to the cleaned
    /// path, as with metad, however they are encoded; none leads above the root.
    pub(super) fn of(uri: &Uri) -> Target {
        let raw = uri.path();
        if !raw.starts_with('/') || !is_encoded_well(raw) {
            return Target::Broken;
        }
        let Ok(text) = percent_decode_str(raw).decode_utf8() else { return Target::Nowhere };
        if is_roundabout(&text) {
            let mut straight = utf8_percent_encode(&cleaned(&text), KEPT).to_string();
            if let Some(query) = uri.query() {
                straight.push('?');
                straight.push_str(query);
            }
            return Target::Elsewhere(straight);
        }
        Path::parse(&text).map_or(Target::Nowhere, Target::Path)
    }
}

fn is_encoded_well(raw: &str) -> bool {
    let mut pieces = raw.split('%');
    pieces.next();
    pieces.all(|piece| piece.len() >= 2 && piece.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

fn is_roundabout(text: &str) -> bool {
    text.contains("//") || text.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// The straight spelling of a path; a slash at its end stays.
fn cleaned(text: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let end = if text.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// What the query of a request says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) pretty: bool,
    pub(super) wait: bool,
    /// The version that the client has, as it wrote it.
    pub(super) version: Option<String>,
}

impl Wishes {
    /// Reads a query; what is not known in it plays no part, as with metad.
    pub(super) fn of(query: Option<&str>) -> Wishes {
        let mut wishes = Wishes::default();
        let Some(query) = query else { return wishes };
        let first = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == wanted).map(|(_, value)| value)
        };
        let is_true = |value: Option<Cow<'_, str>>| {
            value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        wishes.pretty =
            first("pretty").is_some_and(|value| !matches!(value.as_ref(), "" | "false"));
        wishes.wait = is_true(first("wait"));
        // metad reads the first spelling and documents the second.
        let version = first("prev_version").or_else(|| first("pre_version"));
        wishes.version = version.map(Cow::into_owned);
        wishes
    }

    /// The version after which a change counts; none waits for the next change.
    /// `Err` for what is no number.
    pub(super) fn since(&self) -> Result<Option<u64>, ()> {
        match self.version.as_deref() {
            None | Some("") => Ok(None),
            Some(text) => match text.parse::<i64>() {
                Ok(number) => Ok(u64::try_from(number).ok().filter(|number| *number > 0)),
                Err(_) => text.parse().map(Some).map_err(|_| ()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target::of(&text.parse().unwrap())
    }

    fn path(text: &str) -> Target {
        Target::Path(Path::parse(text).unwrap())
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(target("/"), path("/"));
        assert_eq!(target("/self/host/"), path("/self/host"));
        assert_eq!(target("/self%2Fhost/a%20b?x=1"), path("/self/host/a b"));
        assert_eq!(target("/caf%C3%A9"), path("/café"));
        assert_eq!(target("/a%252e"), path("/a%2e"));
        assert_eq!(target("http://elsewhere/self"), path("/self"));
        assert_eq!(target("/..."), path("/..."));
    }

    #[test]
    fn a_roundabout_path_is_sent_to_the_straight_one() {
        for (asked, straight) in [
            ("//self", "/self"),
            ("/self//host", "/self/host"),
            ("/self/host//", "/self/host/"),
            ("/self/./host", "/self/host"),
            ("/self/../cl-1", "/cl-1"),
            ("/self/%2e%2E/cl-1", "/cl-1"),
            ("/self%2f..%2f_metad", "/_metad"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("/..", "/"),
            ("/.", "/"),
            ("/a/..", "/"),
            ("/%2F%2Fevil.example/a", "/evil.example/a"),
            ("//%5Cevil.example", "/%5Cevil.example"),
            ("//self?wait=true&prev_version=1", "/self?wait=true&prev_version=1"),
            ("//caf%C3%A9%0D%0Ax", "/caf%C3%A9%0D%0Ax"),
        ] {
            assert_eq!(target(asked), Target::Elsewhere(straight.to_owned()), "{asked}");
        }
    }

    #[test]
    fn what_is_no_path_is_told_apart() {
        for broken in ["/%", "/%2", "/a%zz", "/%%20"] {
            assert_eq!(target(broken), Target::Broken, "{broken}");
        }
        for nowhere in ["/%ff", "/a%00b", "/a%0Ab", "/%c0%ae%c0%ae/x"] {
            assert_eq!(target(nowhere), Target::Nowhere, "{nowhere}");
        }
        assert_eq!(target(&format!("/{}", "x".repeat(5_000))), Target::Nowhere);
        assert_eq!(Target::of(&Uri::from_static("*")), Target::Broken);
    }

    #[test]
    fn the_query_is_read_as_metad_reads_it() {
        let wishes = |query| Wishes::of(Some(query));
        assert_eq!(Wishes::of(None), Wishes::default());
        assert!(wishes("pretty=true").pretty && wishes("x=1&pretty=1").pretty);
        assert!(!wishes("pretty=false").pretty && !wishes("pretty").pretty);
        let both = wishes("wait=true&prev_version=7&pre_version=8&change=true");
        assert_eq!((both.wait, both.since()), (true, Ok(Some(7))));
        assert_eq!(wishes("pre_version=8").since(), Ok(Some(8)));
        for next in ["wait=true", "prev_version=", "prev_version=0", "prev_version=-3"] {
            assert_eq!(wishes(next).since(), Ok(None), "{next}");
        }
        assert_eq!(wishes("prev_version=18446744073709551615").since(), Ok(Some(u64::MAX)));
        for bad in ["prev_version=x", "prev_version=1.5", "prev_version=99999999999999999999"] {
            assert!(wishes(bad).since().is_err(), "{bad}");
        }
    }
}
