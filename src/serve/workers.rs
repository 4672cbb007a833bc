//! Threads that serve connections. A connection stays on the thread that it is given
//! to: its requests wake no other thread and wait for none.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use super::scheduling::prefer_short_turns;
use crate::error::{Error, Kind, Result};

/// The threads; what they serve ends when they are dropped.
pub struct Workers {
    all: Vec<Worker>,
    next: AtomicUsize,
}

struct Worker {
    handle: Handle,
    /// Ends the thread when it is dropped.
    running: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workers {
    /// Starts that many; without a number, one for each core.
    pub fn start(count: Option<NonZeroUsize>) -> Result<Workers> {
        let cores = std::thread::available_parallelism();
        // Where that is not known, as many as make sense anywhere.
        let count = count.map_or_else(|| cores.map_or(2, usize::from), usize::from);
        let all = (0..count).map(|_| Worker::start()).collect::<std::io::Result<_>>();
        let all =
            all.map_err(|error| Error::new(Kind::Failed, "starting threads").because(error))?;
        Ok(Workers { all, next: AtomicUsize::new(0) })
    }

    /// Runs a task on the next thread; they take turns.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.all.len();
        self.all[turn].handle.spawn(task);
    }
}

impl Worker {
    fn start() -> std::io::Result<Worker> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("serve".to_owned()).spawn(move || {
            prefer_short_turns();
            // It comes when the sender is dropped.
            let _ = runtime.block_on(ended);
        })?;
        Ok(Worker { handle, running: Some(running), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            // A panic there was of one connection and has been told.
            let _ = thread.join();
        }
    }
}
