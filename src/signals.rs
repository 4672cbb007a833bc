//! Ctrl-C and SIGTERM: the end at once, unless a command has asked to end by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::error::{Error, Kind, Result};

/// What happens when somebody wants the program to end.
pub struct Signals {
    at_once: Arc<AtomicBool>,
}

impl Signals {
    /// From here on the two signals end the process with the exit codes of
    /// their kinds, even in the middle of a computation.
    pub fn install() -> Result<Signals> {
        let at_once = Arc::new(AtomicBool::new(true));
        for (number, kind) in [(SIGINT, Kind::Interrupted), (SIGTERM, Kind::Terminated)] {
            register_conditional_shutdown(number, kind.exit_code().into(), Arc::clone(&at_once))
                .map_err(|error| Error::new(Kind::Failed, "listening for Ctrl-C").because(error))?;
        }
        Ok(Signals { at_once })
    }

    /// Waits for one of the two signals and returns it as the error to end with.
    /// The process no longer ends at once then, except by a second signal after
    /// the first, or when the future is dropped: keep it over a whole loop.
    pub async fn interrupted(&self) -> Error {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            // Without a way to wait, the signals go on ending the process at once.
            return std::future::pending().await;
        };
        self.at_once.store(false, Ordering::SeqCst);
        let _guard = AtOnceAgain(&self.at_once);
        tokio::select! {
            _ = interrupt.recv() => Error::new(Kind::Interrupted, "interrupted"),
            _ = terminate.recv() => Error::new(Kind::Terminated, "terminated"),
        }
    }

    /// From here on no signal that can be passed on to a child ends the process;
    /// they come out of what is returned.
    pub fn taken(&self) -> Result<UnboundedReceiver<Signal>> {
        let (send, taken) = unbounded_channel();
        for (kind, number) in PASSED_ON {
            let mut stream = signal(kind()).map_err(|error| {
                Error::new(Kind::Failed, "listening for signals").because(error)
            })?;
            let send = send.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() && send.send(number).is_ok() {}
            });
        }
        self.at_once.store(false, Ordering::SeqCst);
        Ok(taken)
    }
}

/// What is passed on to a child: all that people and supervisors send.
const PASSED_ON: [(fn() -> SignalKind, Signal); 7] = [
    (SignalKind::hangup, Signal::HUP),
    (SignalKind::interrupt, Signal::INT),
    (SignalKind::quit, Signal::QUIT),
    (SignalKind::terminate, Signal::TERM),
    (SignalKind::user_defined1, Signal::USR1),
    (SignalKind::user_defined2, Signal::USR2),
    (SignalKind::window_change, Signal::WINCH),
];

/// Sets the way things are without anybody who waits.
struct AtOnceAgain<'a>(&'a AtomicBool);

impl Drop for AtOnceAgain<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
