//! Durations, and how they are taken: in turns.

use std::time::Duration;

use crate::Result;

/// Durations of the same thing.
#[derive(Default)]
pub struct Sample(Vec<Duration>);

impl Sample {
    pub fn push(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Takes in another one.
    pub fn append(&mut self, other: Sample) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds, the value that `share` of the durations do not exceed.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len() as f64 * share).ceil() as usize;
        let duration = sorted.get(index.saturating_sub(1)).copied().unwrap_or_default();
        duration.as_secs_f64() * 1000.0
    }

    /// In milliseconds.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

/// One of the things that are compared: does it once, tells how long it took.
pub type Contender<'a> = Box<dyn FnMut() -> Result<Duration> + 'a>;

/// Runs all contenders in turns, `rounds` times, after one turn that does not count.
pub fn alternate(rounds: usize, contenders: &mut [Contender<'_>]) -> Result<Vec<Sample>> {
    let mut samples: Vec<Sample> = contenders.iter().map(|_| Sample::default()).collect();
    for round in 0..=rounds {
        for (contender, sample) in contenders.iter_mut().zip(&mut samples) {
            let duration = contender()?;
            if round > 0 {
                sample.push(duration);
            }
        }
    }
    Ok(samples)
}
