//! A line between a client and a server that can be cut, mended, slowed and tapped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinHandle};

/// What is done when the client sends the marked text.
pub enum Trap {
    /// The line is cut before the text arrives.
    Lose,
    /// The text arrives, what the server says after it does not.
    Swallow,
    /// That is done, then the text arrives.
    First(Box<dyn FnOnce() + Send>),
}

/// A listener that passes on to another address.
pub struct Line {
    address: String,
    shared: Arc<Shared>,
    listener: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    to: String,
    state: Mutex<State>,
    sprung: Notify,
}

#[derive(Default)]
struct State {
    trap: Option<(String, Trap)>,
    /// Nothing of the server arrives.
    deaf: bool,
    /// Nobody is let in.
    cut: bool,
    /// How much later everything arrives.
    delay: Duration,
    open: Vec<AbortHandle>,
}

impl Line {
    pub async fn to(address: &str) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared { to: address.to_owned(), ..Shared::default() });
        let accepting = shared.clone();
        let listener = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                accepting.clone().connect(client).await;
            }
        });
        Line { address: own, shared, listener }
    }

    /// `host:port` of this end.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Waits for `text` from a client.
    pub fn trap(&self, text: &str, trap: Trap) {
        self.shared.state().trap = Some((text.to_owned(), trap));
    }

    /// Until the trap has sprung.
    pub async fn sprung(&self) {
        self.shared.sprung.notified().await;
    }

    /// Breaks all connections and lets nobody in.
    pub fn cut(&self) {
        self.shared.state().cut = true;
        self.shared.hang_up();
    }

    /// Lets everything arrive that much later, either way.
    pub fn slow_down(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Breaks what is left of old connections, and lets new ones in.
    pub fn mend(&self) {
        self.shared.hang_up();
        let mut state = self.shared.state();
        (state.cut, state.deaf) = (false, false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.listener.abort();
        self.shared.hang_up();
    }
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hang_up(&self) {
        self.state().open.drain(..).for_each(|connection| connection.abort());
    }

    async fn pass_time(&self) {
        let delay = self.state().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    async fn connect(self: Arc<Self>, client: TcpStream) {
        if self.state().cut {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.to).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let shared = self.clone();
        let both = tokio::spawn(async move {
            tokio::select! {
                () = shared.clone().up(from_client, to_server) => {}
                () = shared.clone().down(from_server, to_client) => {}
            }
        });
        self.state().open.push(both.abort_handle());
    }

    async fn up(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let sprung = {
                let mut state = self.state();
                let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                let marked = state.trap.as_ref().is_some_and(|(mark, _)| text.contains(mark));
                if marked { state.trap.take().map(|(_, trap)| trap) } else { None }
            };
            let springs = sprung.is_some();
            match sprung {
                Some(Trap::Lose) => {
                    self.sprung.notify_one();
                    return;
                }
                Some(Trap::Swallow) => self.state().deaf = true,
                Some(Trap::First(act)) => act(),
                None => {}
            }
            self.pass_time().await;
            if to.write_all(&buffer[..count]).await.is_err() {
                return;
            }
            if springs {
                self.sprung.notify_one();
            }
        }
    }

    async fn down(self: Arc<Self>, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            self.pass_time().await;
            if !self.state().deaf && to.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    }
}
