//! Many connections that wait, each from an address of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::http::{Head, request};
use crate::sample::Sample;
use crate::{Result, nodes};

/// How long all of them may take to be answered.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Crowd {
    runtime: Runtime,
    streams: Vec<TcpStream>,
}

impl Crowd {
    /// Opens the connections.
    pub fn connect(server: SocketAddr, count: usize) -> Result<Crowd> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let streams = runtime.block_on(async {
            let mut streams = Vec::with_capacity(count);
            for number in 0..count {
                let socket = TcpSocket::new_v4()?;
                socket.bind(SocketAddr::from((nodes::address(number), 0)))?;
                let stream = socket.connect(server).await?;
                stream.set_nodelay(true)?;
                streams.push(stream);
            }
            Ok::<_, std::io::Error>(streams)
        })?;
        Ok(Crowd { runtime, streams })
    }

    /// Sends the same poll on all of them.
    pub fn poll(&mut self, path: &str) -> Result {
        let bytes = request("GET", path, "text/plain");
        let streams = &mut self.streams;
        self.runtime.block_on(async {
            for stream in streams {
                stream.write_all(bytes.as_bytes()).await?;
            }
            Ok(())
        })
    }

    /// How many have been answered, or cut off, although nothing was to come.
    pub fn woken(&self) -> usize {
        let is_woken = |stream: &&TcpStream| {
            let waiting = stream.try_read(&mut [0; 1]);
            !waiting.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        };
        // The runtime has to look before it knows of anything.
        self.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(100)).await });
        self.streams.iter().filter(is_woken).count()
    }

    /// Makes the change, and tells for each how long after its beginning the
    /// whole answer was there.
    pub fn answered(self, change: impl FnOnce() -> Result) -> Result<Sample> {
        let Crowd { runtime, streams } = self;
        let reader = std::thread::spawn(move || runtime.block_on(read_all(streams)));
        // All of them are to be reading by then.
        std::thread::sleep(Duration::from_millis(500));
        let start = Instant::now();
        change()?;
        let ends = reader.join().map_err(|_| "reading has failed")?;
        let ends = ends.map_err(|error| error.to_string())?;
        let mut sample = Sample::default();
        ends.into_iter().for_each(|end| sample.push(end.saturating_duration_since(start)));
        Ok(sample)
    }
}

/// What a task may fail with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn read_all(streams: Vec<TcpStream>) -> Result<Vec<Instant>, Failure> {
    let mut readers = JoinSet::new();
    let count = streams.len();
    for stream in streams {
        readers.spawn(read(stream));
    }
    let mut ends = Vec::with_capacity(count);
    // Closed all together at the end: closing is not what is measured.
    let mut open = Vec::with_capacity(count);
    while let Some(read) = timeout(PATIENCE, readers.join_next()).await? {
        let (end, stream) = read??;
        ends.push(end);
        open.push(stream);
    }
    Ok(ends)
}

/// When the whole answer was there.
async fn read(mut stream: TcpStream) -> Result<(Instant, TcpStream), Failure> {
    let mut bytes = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err("a poll was cut off".into());
        }
        let end = Instant::now();
        let Some(head_end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(bytes.get(..head_end).unwrap_or_default());
        let head = Head::read(&text).map_err(|error| error.to_string())?;
        if head.status != 200 {
            return Err(format!("a poll was answered by {}", head.status).into());
        }
        if bytes.len() >= head_end + 4 + head.length {
            return Ok((end, stream));
        }
    }
}
