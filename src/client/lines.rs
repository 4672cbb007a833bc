//! The lines of an answer, taken as they come.

use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

use super::link::{Fault, Link};

/// An answer whose end need not come.
pub struct Lines {
    response: Response,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where there is no end of a line.
    searched: usize,
    ended: bool,
}

impl Lines {
    pub fn new(response: Response) -> Lines {
        Lines { response, buffer: Vec::new(), start: 0, searched: 0, ended: false }
    }

    /// Reads until `bytes` are there or the answer has ended, which it tells. Longer
    /// than `idle` the service may not be silent.
    pub async fn fill(&mut self, link: &Link, bytes: usize, idle: Duration) -> Result<bool, Fault> {
        while !self.ended && self.buffer.len() - self.start < bytes {
            match timeout(idle, self.response.chunk()).await {
                Ok(Ok(Some(chunk))) => self.buffer.extend_from_slice(&chunk),
                Ok(Ok(None)) => self.ended = true,
                Ok(Err(error)) => return Err(link.lost(&error)),
                Err(_) => return Err(link.late()),
            }
        }
        Ok(self.ended)
    }

    /// What is there and was not taken yet.
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// The next line, without its end; none when the answer has ended. What
    /// follows the last end of a line was cut off and is no line.
    pub async fn next(&mut self, link: &Link, idle: Duration) -> Result<Option<&[u8]>, Fault> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(length) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = self.searched + length;
                let line = self.start..end;
                (self.start, self.searched) = (end + 1, end + 1);
                return Ok(self.buffer.get(line));
            }
            self.buffer.drain(..self.start);
            (self.start, self.searched) = (0, self.buffer.len());
            if self.fill(link, self.searched + 1, idle).await? && self.searched == self.buffer.len()
            {
                return Ok(None);
            }
        }
    }
}
