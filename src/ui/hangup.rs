//! Notices that nobody reads standard output any more, without writing to it.

use std::io;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::oneshot;

use crate::error::{Error, Kind};

/// Waits until the reader of standard output is gone, and costs nothing while
/// it is there. Of a file it never is.
pub async fn reader_gone() -> Error {
    let (gone, heard) = oneshot::channel();
    // A thread of its own: the runtime can only wait for streams that it owns.
    std::thread::spawn(move || {
        if wait() {
            // Nobody listens when the command has ended first.
            let _ = gone.send(());
        }
    });
    match heard.await {
        Ok(()) => Error::new(Kind::ClosedPipe, "nobody reads the output"),
        Err(_) => std::future::pending().await,
    }
}

/// Whether the reader has gone; false when the system cannot tell.
fn wait() -> bool {
    let stdout = io::stdout();
    loop {
        // Without any wish, only the end of the other side is reported.
        let mut streams = [PollFd::new(&stdout, PollFlags::empty())];
        match poll(&mut streams, None) {
            Ok(_) => return !streams[0].revents().contains(PollFlags::NVAL),
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
