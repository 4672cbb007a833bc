//! Every answer of the protocol, with the headers that Google's server sends.

use hyper::header::{
    ALLOW, CONNECTION, ETAG, HeaderName, LOCATION, RETRY_AFTER, SERVER, X_FRAME_OPTIONS,
    X_XSS_PROTECTION,
};
use hyper::{HeaderMap, StatusCode};

use super::query::Alt;
use crate::serve::exchange::Reply;

/// The header that tells requests of clients from those of misled browsers, and
/// by which clients know the server.
pub(super) const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
/// Its older form.
const OLD_FLAVOR: HeaderName = HeaderName::from_static("x-google-metadata-request");

const TEXT: &str = "application/text";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=UTF-8";

/// Whether a request shows that its sender means this protocol.
pub(super) fn shows_flavor(headers: &HeaderMap) -> bool {
    let is = |name: &HeaderName, word: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(word.as_bytes()))
    };
    is(&FLAVOR, "google") || is(&OLD_FLAVOR, "true")
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<bytes::Bytes>) -> Reply {
    Reply::new(status, kind, body)
        .with(FLAVOR, "Google")
        .with(SERVER, "Metadata Server for VM")
        .with(X_XSS_PROTECTION, "0")
        .with(X_FRAME_OPTIONS, "SAMEORIGIN")
}

/// A value, a listing or a tree in its form.
pub(super) fn content(form: Alt, body: String, etag: Option<&str>) -> Reply {
    let kind = match form {
        Alt::Json => JSON,
        Alt::Text => TEXT,
    };
    let reply = reply(StatusCode::OK, kind, body);
    match etag {
        Some(etag) => reply.with(ETAG, etag),
        None => reply,
    }
}

/// A directory is asked for with a slash at its end; the query stays.
pub(super) fn moved(host: Option<&str>, path: &str, query: Option<&str>) -> Reply {
    let scheme = host.map(|host| format!("http://{host}")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    reply(StatusCode::MOVED_PERMANENTLY, "text/html", format!("{path}/\n"))
        .with(LOCATION, format!("{scheme}{path}/{query}"))
}

/// Something in the request cannot be answered; `why` is a sentence.
pub(super) fn bad_request(why: &str) -> Reply {
    error(StatusCode::BAD_REQUEST, "Bad Request", why)
}

/// The header that shows what the sender means is not there.
pub(super) fn flavor_is_missing() -> Reply {
    let why = "Your client does not have permission to get this URL from this server. \
               Missing Metadata-Flavor:Google header.";
    error(StatusCode::FORBIDDEN, "Forbidden", why).with(CONNECTION, "close")
}

/// Somebody else's request, handed on.
pub(super) fn forwarded() -> Reply {
    let why = "Your client does not have permission to get this URL from this server. \
               Requests that were forwarded are refused.";
    error(StatusCode::FORBIDDEN, "Forbidden", why)
}

/// The text that clients know this state by.
pub(super) fn no_guest_attributes() -> Reply {
    let why = "Guest attributes endpoint access is disabled.";
    reply(StatusCode::FORBIDDEN, TEXT, why)
}

pub(super) fn not_found() -> Reply {
    error(StatusCode::NOT_FOUND, "Not Found", "The requested URL was not found on this server.")
}

pub(super) fn wrong_method(allowed: &'static str) -> Reply {
    let why = "The request method is inappropriate for the URL.";
    error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", why).with(ALLOW, allowed)
}

/// Something that the sender has written was refused.
pub(super) fn refused(status: StatusCode, why: &str) -> Reply {
    error(status, status.canonical_reason().unwrap_or("Error"), why)
}

/// Nothing was written, and nothing has to be said.
pub(super) fn done() -> Reply {
    reply(StatusCode::OK, TEXT, "")
}

/// Not yet: clients try again.
pub(super) fn unavailable() -> Reply {
    let why = "The metadata is not available yet. Please try again in a second.";
    error(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", why).with(RETRY_AFTER, "1")
}

/// The page by which people and clients know an error.
fn error(status: StatusCode, name: &str, why: &str) -> Reply {
    let code = status.as_str();
    let why = why.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  \
         <title>Error {code} ({name})!!1</title>\n  \
         <p><b>{code}.</b> <ins>That’s an error.</ins>\n  <p>{why}\n</html>\n"
    );
    reply(status, HTML, page)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn both_headers_show_what_is_meant() {
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            shows_flavor(&headers)
        };
        assert!(with("metadata-flavor", "Google"));
        assert!(with("x-google-metadata-request", "True"));
        assert!(!with("metadata-flavor", "Amazon"));
        assert!(!with("x-other", "Google"));
    }

    #[test]
    fn the_slash_comes_before_the_query() {
        let reply = moved(Some("metadata"), "/computeMetadata/v1", Some("recursive=true"));
        assert_eq!(
            reply.headers.get(LOCATION).unwrap(),
            "http://metadata/computeMetadata/v1/?recursive=true"
        );
        assert_eq!(reply.body, "/computeMetadata/v1/\n");
    }

    #[test]
    fn a_page_shows_no_markup_of_others() {
        let reply = bad_request("<script>&");
        assert!(std::str::from_utf8(&reply.body).unwrap().contains("&lt;script&gt;&amp;"));
    }
}
