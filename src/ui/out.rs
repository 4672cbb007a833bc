//! Standard output: buffered, and a reader that went away is not a failure.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};

use crate::error::{Error, Kind, Result};

/// Buffered standard output; what is left in the buffer is written by
/// [`Out::finish`], never by dropping.
pub struct Out(BufWriter<io::Stdout>);

impl Out {
    pub(super) fn new() -> Out {
        // `Stdout` has a line buffer of its own; large blocks pass through it.
        Out(BufWriter::with_capacity(64 * 1024, io::stdout()))
    }

    /// Writes `line` and a newline.
    pub fn line(&mut self, line: impl Display) -> Result<()> {
        written(writeln!(self.0, "{line}"))
    }

    /// Writes `bytes` as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        written(self.0.write_all(bytes))
    }

    /// Hands everything written so far to the reader.
    pub fn send(&mut self) -> Result<()> {
        written(self.flush())
    }

    /// Writes the rest.
    pub fn finish(mut self) -> Result<()> {
        self.send()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        self.0.get_mut().flush()
    }
}

/// The outcome of writing to standard output.
pub fn written<T>(outcome: io::Result<T>) -> Result<T> {
    outcome.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::ClosedPipe, "nobody reads the output"),
        _ => Error::new(Kind::Failed, "writing to standard output").because(error),
    })
}
