//! What a failed call means: look elsewhere, ask differently, or tell the caller.

use std::error::Error as _;

use tonic::{Code, Status};

use crate::error::{Error, Kind};

/// Why a call to one server did not do.
#[derive(Debug)]
pub(super) enum Fault {
    /// Not reached, or lost on the way: it may or may not have been done, and
    /// another server, or the same one later, may answer.
    Away(String),
    /// The token is too old; a new one helps.
    Token,
    /// More operations than one transaction may have.
    TooManyOps,
    /// More bytes than one request may have: the limit in bytes, where the refusal tells it.
    TooLarge(Option<usize>),
    /// The revision is no longer kept.
    Compacted,
    /// The revision has not happened yet.
    Future,
    /// There is no such lease.
    NoLease,
    /// Trying again does not help.
    Told(Error),
    /// Who takes the items of a read wants no more of them.
    Sink(Error),
}

impl From<etcd_client::Error> for Fault {
    fn from(error: etcd_client::Error) -> Fault {
        match error {
            etcd_client::Error::GRpcStatus(status) => of_status(&status),
            etcd_client::Error::TransportError(error) => transport(root_cause(&error)),
            etcd_client::Error::IoError(error) => Fault::Away(error.to_string()),
            // What the client says of a stream that ended.
            etcd_client::Error::WatchError(text) => Fault::Away(text),
            etcd_client::Error::LeaseKeepAliveError(_) => Fault::NoLease,
            other => Fault::Told(
                Error::new(Kind::Failed, "etcd's answer is not understood").because(other),
            ),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Told(error)
    }
}

/// What etcd says of itself begins so; everything else is the connection's.
const OF_ETCD: &str = "etcdserver: ";

fn of_status(status: &Status) -> Fault {
    let Some(said) = status.message().strip_prefix(OF_ETCD) else { return of_connection(status) };
    match said {
        "too many operations in txn request" => return Fault::TooManyOps,
        "request is too large" => return Fault::TooLarge(None),
        "mvcc: required revision has been compacted" => return Fault::Compacted,
        "mvcc: required revision is a future revision" => return Fault::Future,
        "requested lease not found" => return Fault::NoLease,
        "invalid auth token" | "revision of auth store is old" => return Fault::Token,
        "too many requests" => return Fault::Away(said.to_owned()),
        "permission denied" => return denied("etcd denies this to the user"),
        "user name is empty" => return denied("etcd asks for a user and a password"),
        "authentication failed, invalid user ID or password" => {
            return denied("etcd does not accept this user with this password");
        }
        "mvcc: database space exceeded" => {
            return Fault::Told(Error::new(
                Kind::Failed,
                "etcd takes no more data: its database has reached `--quota-backend-bytes`",
            ));
        }
        _ => {}
    }
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
            Fault::Away(said.to_owned())
        }
        Code::PermissionDenied => denied("etcd denies this to the user"),
        Code::Unauthenticated => Fault::Token,
        _ => Fault::Told(Error::new(Kind::Failed, format!("etcd refuses: {said}"))),
    }
}

fn denied(message: &str) -> Fault {
    Fault::Told(Error::new(Kind::Denied, message))
}

/// A failure below etcd: of gRPC, HTTP/2, TLS or TCP.
fn of_connection(status: &Status) -> Fault {
    let said = status.message();
    match status.code() {
        Code::ResourceExhausted if said.contains("larger than max") => {
            Fault::TooLarge(message_limit(said))
        }
        Code::OutOfRange if said.contains("larger than max") || said.contains("too large") => {
            Fault::Told(Error::new(Kind::TooLarge, "etcd's answer is larger than is accepted"))
        }
        Code::PermissionDenied => denied("etcd denies this to the user"),
        Code::Unimplemented => Fault::Told(Error::new(
            Kind::Unsupported,
            "the server does not speak etcd's protocol as 3.4 and later do",
        )),
        _ => transport(status.source().map_or_else(|| said.to_owned(), root_cause)),
    }
}

/// A broken connection can be made again, a certificate that is not accepted cannot.
fn transport(cause: String) -> Fault {
    let of_trust = ["certificate", "CertificateRequired", "UnknownCA", "HandshakeFailure"];
    if of_trust.iter().any(|word| cause.contains(word)) {
        return Fault::Told(
            Error::new(Kind::Denied, "the TLS handshake with etcd fails").because(cause),
        );
    }
    Fault::Away(cause)
}

/// The innermost cause, which is the one that names what happened.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// gRPC's limit in `received message larger than max (… vs. LIMIT)`, less what
/// etcd adds to `--max-request-bytes` for the message around the request.
fn message_limit(said: &str) -> Option<usize> {
    const AROUND: usize = 512 * 1024;
    let (_, limit) = said.rsplit_once("vs. ")?;
    limit.trim_end_matches(')').parse::<usize>().ok()?.checked_sub(AROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_from_the_refusal() {
        let said = "grpc: received message larger than max (3000000 vs. 2097152)";
        let fault = of_status(&Status::resource_exhausted(said));
        assert!(matches!(fault, Fault::TooLarge(Some(1_572_864))), "{fault:?}");
    }

    #[test]
    fn what_etcd_refuses_is_not_tried_again() {
        let fault = of_status(&Status::permission_denied("etcdserver: permission denied"));
        assert!(matches!(fault, Fault::Told(error) if error.kind() == Kind::Denied));
        let fault = of_status(&Status::unavailable("etcdserver: no leader"));
        assert!(matches!(fault, Fault::Away(_)));
        let fault = of_status(&Status::unknown("h2 protocol error"));
        assert!(matches!(fault, Fault::Away(_)));
    }
}
