//! Which representation a client takes, by its `Accept` header.

use hyper::HeaderMap;
use hyper::header::ACCEPT;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Text,
    Json,
    Pretty,
    Yaml,
}

impl Form {
    /// Its media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Form::Text => "text/plain; charset=utf-8",
            Form::Json | Form::Pretty => "application/json",
            Form::Yaml => "application/yaml",
        }
    }
}

/// What there is, in the order in which it is given to who takes all of it alike.
const OFFERS: [(&str, &str, Form); 6] = [
    ("text", "plain", Form::Text),
    ("application", "json", Form::Json),
    ("application", "yaml", Form::Yaml),
    ("application", "x-yaml", Form::Yaml),
    ("text", "yaml", Form::Yaml),
    ("text", "x-yaml", Form::Yaml),
];

/// The form that suits best. Of those a client likes alike it is the one that it
/// names most exactly; who takes none of them gets text, as from metad.
pub(super) fn negotiate(headers: &HeaderMap) -> Form {
    let mut values = headers.get_all(ACCEPT).iter();
    let first = match (values.next(), values.next()) {
        (None, _) => return Form::Text,
        (Some(only), None) => only.as_bytes(),
        (Some(_), Some(_)) => b"",
    };
    // What nearly all clients send, told apart fast.
    match first {
        b"*/*" | b"text/plain" => return Form::Text,
        b"application/json" => return Form::Json,
        _ => {}
    }
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range<'_>> =
        texts.flat_map(|text| text.split(',')).filter_map(Range::parse).collect();
    let mut best = (Form::Text, (0, 0));
    for (kind, subtype, form) in OFFERS {
        let fits = ranges.iter().filter_map(|range| Some((range.exactness(kind, subtype)?, range)));
        // The most exact range that covers a type says how much it is liked.
        let Some((exactness, range)) = fits.max_by_key(|(exactness, _)| *exactness) else {
            continue;
        };
        let rank = (range.quality, exactness);
        if range.quality > 0 && rank > best.1 {
            best = (form, rank);
        }
    }
    best.0
}

/// One entry of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Range<'a>> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .map_or(Some(1.0), |(_, value)| value.trim().parse::<f32>().ok())?;
        if !(0.0..=1.0).contains(&quality) {
            return None;
        }
        Some(Range { kind, subtype, quality: (quality * 1000.0).round() as u16 })
    }

    /// How exactly it names a type; none where it does not cover it.
    fn exactness(&self, kind: &str, subtype: &str) -> Option<u8> {
        match (self.kind, self.subtype) {
            ("*", "*") => Some(1),
            (own, _) if !own.eq_ignore_ascii_case(kind) => None,
            (_, "*") => Some(2),
            (_, own) => own.eq_ignore_ascii_case(subtype).then_some(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn form(accept: &[&str]) -> Form {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_str(value).unwrap());
        }
        negotiate(&headers)
    }

    #[test]
    fn each_type_has_its_form() {
        for (accept, wanted) in [
            ("text/plain", Form::Text),
            ("application/json", Form::Json),
            ("Application/JSON; charset=utf-8", Form::Json),
            ("application/yaml", Form::Yaml),
            ("application/x-yaml", Form::Yaml),
            ("text/yaml", Form::Yaml),
            ("text/x-yaml", Form::Yaml),
        ] {
            assert_eq!(form(&[accept]), wanted, "{accept}");
        }
    }

    #[test]
    fn nothing_everything_and_the_unknown_are_text() {
        assert_eq!(form(&[]), Form::Text);
        for accept in ["*/*", "text/*", "image/png", "", "nonsense", "application/json;q=0"] {
            assert_eq!(form(&[accept]), Form::Text, "{accept}");
        }
    }

    #[test]
    fn the_best_liked_one_wins_then_the_most_exact() {
        for (accept, wanted) in [
            ("application/json, */*", Form::Json),
            ("*/*, application/yaml", Form::Yaml),
            ("application/json;q=0.5, text/yaml;q=0.8", Form::Yaml),
            ("text/plain;q=0.2, application/*", Form::Json),
            ("application/json;q=0.1, */*;q=0.9", Form::Text),
            ("text/plain;q=0, */*", Form::Json),
            ("application/json;q=2, text/yaml;q=0.1", Form::Yaml),
            ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", Form::Text),
        ] {
            assert_eq!(form(&[accept]), wanted, "{accept}");
        }
        assert_eq!(form(&["text/plain;q=0.3", "application/json;q=0.4"]), Form::Json);
    }
}
