//! Connections: one type for all kinds, and an end for those that take nothing.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

/// A connection of any kind.
pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// Boxed, as it is many times larger than the others.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that belongs to no thread yet.
pub enum Detached {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Stream {
    /// Takes it from the thread it is on.
    ///
    /// # Errors
    ///
    /// When the system refuses, and for TLS, which is begun where it is served.
    pub fn detach(self) -> io::Result<Detached> {
        match self {
            Stream::Tcp(tcp) => Ok(Detached::Tcp(tcp.into_std()?)),
            Stream::Unix(unix) => Ok(Detached::Unix(unix.into_std()?)),
            Stream::Tls(_) => Err(ErrorKind::Unsupported.into()),
        }
    }
}

impl Detached {
    /// Gives it to the thread that runs this.
    pub fn attach(self) -> io::Result<Stream> {
        match self {
            Detached::Tcp(tcp) => Ok(Stream::Tcp(TcpStream::from_std(tcp)?)),
            Detached::Unix(unix) => Ok(Stream::Unix(UnixStream::from_std(unix)?)),
        }
    }
}

/// A connection that fails when its peer takes nothing for too long. The time
/// is counted only while something waits to be written, and so costs nothing
/// where it doesn't.
pub struct Connection {
    stream: Stream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    pub fn new(stream: Stream, patience: Duration) -> Connection {
        Connection { stream, patience, stalled: None }
    }

    /// Passes on what came of a write, with the end of the patience.
    fn watched<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

/// The same call on whichever kind it is.
macro_rules! each {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($inner) => $call,
            Stream::Unix($inner) => $call,
            Stream::Tls($inner) => $call,
        }
    };
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(&mut self.stream, inner => Pin::new(inner).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = each!(&mut self.stream, inner => Pin::new(inner).poll_write(cx, bytes));
        self.watched(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = each!(&mut self.stream, inner => Pin::new(inner).poll_write_vectored(cx, parts));
        self.watched(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        each!(&self.stream, inner => inner.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = each!(&mut self.stream, inner => Pin::new(inner).poll_flush(cx));
        self.watched(cx, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = each!(&mut self.stream, inner => Pin::new(inner).poll_shutdown(cx));
        self.watched(cx, poll)
    }
}
