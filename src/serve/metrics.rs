//! Figures of the service, as Prometheus reads them.

use std::fmt;
use std::time::{Duration, SystemTime};

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::engine::Engine;

/// What kind of request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// metad's protocol.
    Metadata,
    /// Google's protocol.
    Gce,
    /// Any of them that waits for a change.
    Poll,
    Management,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Metadata => "metadata",
            Class::Gce => "gce",
            Class::Poll => "poll",
            Class::Management => "management",
        }
    }
}

impl EncodeLabelValue for Class {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.name().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    class: Class,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfClass {
    class: Class,
}

/// From 50 µs to about 1.6 s, each twice the one before.
const BUCKETS: u16 = 16;
const FIRST_BUCKET: f64 = 0.000_05;

fn buckets() -> Histogram {
    let bounds = std::iter::successors(Some(FIRST_BUCKET), |bound| Some(bound * 2.0));
    Histogram::new(bounds.take(BUCKETS.into()))
}

/// The figures that are counted as they happen.
pub struct Metrics {
    requests: Family<Ended, Counter>,
    durations: Family<OfClass, Histogram, fn() -> Histogram>,
    /// Connections that are open.
    pub connections: Gauge,
    /// Requests and connections that were refused for a client's limits.
    pub refused: Counter,
    /// Lines of the access log that were given up.
    pub unlogged: Counter,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            requests: Family::default(),
            durations: Family::new_with_constructor(buckets),
            connections: Gauge::default(),
            refused: Counter::default(),
            unlogged: Counter::default(),
        }
    }
}

impl Metrics {
    /// A request has ended. How long one has waited says nothing about the service.
    pub fn ended(&self, class: Class, status: u16, took: Duration) {
        self.requests.get_or_create(&Ended { class, status }).inc();
        if class != Class::Poll {
            self.durations.get_or_create(&OfClass { class }).observe(took.as_secs_f64());
        }
    }

    /// All figures as text. Goes through the whole tree for its size.
    pub fn text(&self, engine: &Engine) -> String {
        let mut registry = Registry::with_prefix("metactl");
        self.counted(&mut registry);
        looked_up(engine, &mut registry);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &registry);
        text
    }

    fn counted(&self, registry: &mut Registry) {
        registry.register("requests", "Requests by class and status", self.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time from a request's head to its answer, without those that wait",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register("refused", "Refused by a client's limits", self.refused.clone());
        registry.register(
            "access_log_dropped",
            "Lines of the access log that were given up",
            self.unlogged.clone(),
        );
    }
}

/// The figures that are known when somebody asks.
fn looked_up(engine: &Engine, registry: &mut Registry) {
    let now = engine.condition();
    let (bytes, leaves) = engine.size();
    let since = |time: SystemTime| time.elapsed().unwrap_or_default().as_secs_f64();
    let lag = now.away_since.map_or(0.0, |away| since(now.fresh.unwrap_or(away)));
    let gauge = |value: usize| ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    let number = |value: u64| ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register("waiters", "Requests that wait for a change", number(now.waiters));
    registry.register("wake_ups", "Times that one was woken", ConstCounter::new(now.wake_ups));
    registry.register("ready", "Whether there is a state", number(now.ready.into()));
    registry.register("revision", "Revision that is served", number(now.revision));
    registry.register("store_revision", "Newest known one", number(now.store_revision));
    registry.register("store_away", "Whether it is", number(now.away_since.is_some().into()));
    registry.register_with_unit(
        "store_lag",
        "Time since the state was known to be the store's, 0 while the store is there",
        Unit::Seconds,
        ConstGauge::new(lag),
    );
    registry.register_with_unit("snapshot", "Size of the tree", Unit::Bytes, gauge(bytes));
    registry.register("snapshot_leaves", "Leaves of the tree", gauge(leaves));
}
