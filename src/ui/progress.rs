//! A progress bar for what takes longer than a moment.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done in less time shows no bar.
const AFTER: Duration = Duration::from_millis(250);

/// A bar on standard error, or nothing at all; gone when it is dropped.
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
}

impl Progress {
    pub(super) fn new(label: &str, total: u64, shown: bool) -> Progress {
        let bar = shown.then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
            if let Ok(style) =
                ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")
            {
                bar.set_style(style);
            }
            bar.set_message(label.to_owned());
            bar
        });
        Progress { bar, started: Instant::now() }
    }

    /// `n` more are done.
    pub fn inc(&self, n: u64) {
        let Some(bar) = &self.bar else { return };
        bar.inc(n);
        if bar.is_hidden() && self.started.elapsed() >= AFTER {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
