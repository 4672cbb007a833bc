//! What every protocol of the service is given, and what it gives back.

use std::net::IpAddr;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode, Uri};

/// A request, its body read whole (and bounded) before anybody is asked.
#[derive(Debug)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub caller: Caller,
    pub body: Bytes,
}

/// Who asks: the address of the connection, or what a trusted proxy says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// IPv4-mapped IPv6 addresses are IPv4 here.
    pub ip: IpAddr,
    /// Whether the request has a header by which proxies tell that they stand between.
    pub forwarded: bool,
    /// Whether that header comes from somebody who is not believed about it.
    pub doubtful: bool,
}

/// An answer. Listeners add what concerns all of them (date, length, log).
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// An answer with a body of that type.
    pub fn new(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Reply {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Reply { status, headers, body: body.into() }
    }

    /// A sentence as plain text, on a line of its own.
    pub fn text(status: StatusCode, sentence: &str) -> Reply {
        Reply::new(status, "text/plain; charset=utf-8", format!("{sentence}\n"))
    }

    /// With one more header; a value that no header can hold is left out.
    pub fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Reply {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }
}
