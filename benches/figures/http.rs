//! HTTP as a client with one connection speaks it: nothing between the bytes
//! and the clock.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Result;

const PATIENCE: Duration = Duration::from_secs(60);

/// A connection that is kept.
pub struct Client(BufReader<TcpStream>);

/// What came back.
pub struct Answer {
    /// `X-Metad-Version`, 0 without one.
    pub version: u64,
    pub body: Vec<u8>,
}

/// What the head of an answer says.
#[derive(Debug, Default, Clone, Copy)]
pub struct Head {
    pub status: u16,
    pub length: usize,
    pub version: u64,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client(BufReader::new(stream)))
    }

    /// Asks, and waits for the whole answer, which has to be a good one.
    pub fn get(&mut self, path: &str, accept: &str) -> Result<Answer> {
        self.send("GET", path, accept)
    }

    /// The same with another method and without a body.
    pub fn send(&mut self, method: &str, path: &str, accept: &str) -> Result<Answer> {
        self.0.get_mut().write_all(request(method, path, accept).as_bytes())?;
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut text)? == 0 {
                return Err(format!("`{path}` was not answered").into());
            }
        }
        let head = Head::read(&text)?;
        let mut body = vec![0; head.length];
        self.0.read_exact(&mut body)?;
        if head.status != 200 {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(format!("`{path}` was answered by {}: {body}", head.status).into());
        }
        Ok(Answer { version: head.version, body })
    }
}

/// The bytes of a request without a body.
pub fn request(method: &str, path: &str, accept: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: metadata\r\nAccept: {accept}\r\n\r\n")
}

impl Head {
    pub fn read(text: &str) -> Result<Head> {
        let mut head = Head::default();
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        head.status = first.split(' ').nth(1).unwrap_or_default().parse()?;
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse()?,
                "x-metad-version" => head.version = value.parse()?,
                _ => {}
            }
        }
        Ok(head)
    }
}
