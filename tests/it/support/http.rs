//! HTTP as a test speaks it: raw bytes on a connection whose own address is chosen.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

/// How long to wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection, kept alive from request to request.
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Client {
    /// A connection from the address that the system chooses.
    #[track_caller]
    pub fn new(to: SocketAddr) -> Client {
        Client::over(TcpStream::connect(to).unwrap())
    }

    /// A connection from an address of this machine, as in `127.0.0.7`: the
    /// service sees another node.
    #[track_caller]
    pub fn from(ip: &str, to: SocketAddr) -> Client {
        Client::try_from(ip, to).expect("nobody listens")
    }

    /// The same; none where nobody listens.
    pub fn try_from(ip: &str, to: SocketAddr) -> Option<Client> {
        let own = SocketAddr::new(ip.parse().unwrap(), 0);
        let family = if own.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let stream = socket(family, SocketType::STREAM, None).unwrap();
        bind(&stream, &own).unwrap();
        connect(&stream, &to).ok()?;
        Some(Client::over(TcpStream::from(stream)))
    }

    fn over(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream: BufReader::new(stream) }
    }

    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    #[track_caller]
    pub fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.send(method, path, headers, body);
        self.answer_to(method)
    }

    /// Sends a request and does not wait for its answer.
    #[track_caller]
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        self.write(&request(method, path, headers, body));
    }

    /// A `GET` on a connection that may break: none then.
    pub fn try_get(&mut self, path: &str, headers: &[(&str, &str)]) -> Option<Answer> {
        self.try_write(&request("GET", path, headers, b"")).ok()?;
        let mut answer = self.head()?;
        answer.body = self.body(&answer).ok()?;
        Some(answer)
    }

    #[track_caller]
    pub fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).unwrap();
    }

    /// Writes bytes that the service may not want.
    pub fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// The next answer.
    #[track_caller]
    pub fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    #[track_caller]
    fn answer_to(&mut self, method: &str) -> Answer {
        let mut answer = self.head().expect("no answer came");
        if method != "HEAD" && answer.status != 204 && answer.status != 304 {
            answer.body = self.body(&answer).expect("the body is cut");
        }
        answer
    }

    /// The head of the next answer, for bodies that come piece by piece; none
    /// when the connection has ended.
    pub fn head(&mut self) -> Option<Answer> {
        let first = self.line()?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Some(Answer { status, headers, body: Vec::new() });
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, head: &Answer) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if let Some(length) = head.header("content-length") {
            body.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut body)?;
        } else if head.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                body.extend(chunk);
            }
        } else {
            self.stream.read_to_end(&mut body)?;
        }
        Ok(body)
    }

    /// The next piece of a chunked body; none after the last.
    #[track_caller]
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line().expect("the body is cut"), 16).unwrap();
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk).unwrap();
        chunk.truncate(length);
        (length > 0).then_some(chunk)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(length) if length > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    /// Whether the service ends the connection, whatever it says before.
    pub fn is_ended(&mut self) -> bool {
        match self.stream.read_to_end(&mut Vec::new()) {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        }
    }

    /// Whether nothing comes for that long.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        self.stream.get_ref().set_read_timeout(Some(time)).unwrap();
        let silent = matches!(
            self.stream.fill_buf(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
        );
        self.stream.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        silent
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: metadata\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("content-length: {}\r\n", body.len());
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

impl Answer {
    /// The value of the first header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}
