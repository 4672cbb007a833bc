//! A small confd: its requests, its loop, and what it makes of the answers.
//!
//! One loop for one template resource, as in the real one: a connection counts
//! once `GET /` is answered by anything; then all keys are read, each by a
//! request of its own, and the file is rendered; then it waits on the prefix.
//! The status of a read is not looked at: what is JSON is data.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::support::http::{Answer, Client};
use crate::support::until;

/// Between two tries; the real one waits 1 to 8 s to connect, and 2 s after a
/// refused poll.
const PAUSE: Duration = Duration::from_millis(50);
/// Transport errors after which it connects anew and forgets the version.
const MOST_ERRORS: u32 = 3;
const JSON: [(&str, &str); 1] = [("Accept", "application/json")];

/// A template resource: the keys it reads, the file it makes of them.
#[derive(Clone)]
pub struct Template {
    pub prefix: &'static str,
    pub keys: &'static [&'static str],
    pub file: PathBuf,
}

/// What one confd has seen.
#[derive(Default)]
pub struct Seen {
    /// Statuses of the first request of each connection.
    pub connects: Vec<u16>,
    /// How many polls were sent.
    pub sent: u32,
    /// Answers to reads, in their order.
    pub reads: Vec<Answer>,
    /// The version each poll was sent with, and its answer.
    pub polls: Vec<(u64, Answer)>,
    /// How often the file was replaced: its reload command would have run.
    pub reloads: u32,
}

/// One that runs until it is dropped and its service has ended.
pub struct Confd {
    inner: Arc<Inner>,
}

struct Inner {
    ip: String,
    node: Mutex<SocketAddr>,
    template: Template,
    seen: Mutex<Seen>,
    stop: AtomicBool,
}

impl Confd {
    /// On the node at `ip`, asking the service at `node`.
    pub fn start(ip: &str, node: SocketAddr, template: Template) -> Confd {
        let inner = Arc::new(Inner {
            ip: ip.to_owned(),
            node: Mutex::new(node),
            template,
            seen: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let running = Arc::clone(&inner);
        std::thread::spawn(move || running.run());
        Confd { inner }
    }

    /// What it has seen so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.inner.seen()
    }

    /// Makes changes that its template does not read until it has a version: the
    /// first poll has none, and waits for what comes after it.
    #[track_caller]
    pub fn settle(&self, mut poke: impl FnMut(u32)) {
        let polled = || self.seen().polls.iter().any(|(_, poll)| poll.status == 200);
        let mut number = 0;
        until("it has a version", || {
            if self.seen().sent > 0 && !polled() {
                number += 1;
                poke(number);
            }
            polled()
        });
    }

    /// The content of its file; none before it was rendered.
    pub fn file(&self) -> Option<String> {
        fs::read_to_string(&self.inner.template.file).ok()
    }

    /// Where the service is from now on.
    pub fn moves_to(&self, node: SocketAddr) {
        *self.inner.node.lock().unwrap_or_else(PoisonError::into_inner) = node;
    }
}

impl Drop for Confd {
    fn drop(&mut self) {
        self.inner.stop.store(true, Ordering::Relaxed);
    }
}

impl Inner {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            match self.connect() {
                Some(mut client) => self.watch(&mut client),
                None => sleep(PAUSE),
            }
        }
    }

    fn dial(&self) -> Option<Client> {
        let node = *self.node.lock().unwrap_or_else(PoisonError::into_inner);
        Client::try_from(&self.ip, node)
    }

    fn connect(&self) -> Option<Client> {
        let mut client = self.dial()?;
        let any = client.try_get("/", &JSON)?;
        self.seen().connects.push(any.status);
        Some(client)
    }

    /// Its loop, until too many requests have failed.
    fn watch(&self, client: &mut Client) {
        let (mut version, mut errors) = (0, 0);
        while !self.stop.load(Ordering::Relaxed) {
            let done = self.render(client).and_then(|()| self.wait(client, version));
            match done {
                Some(next) => version = next,
                None => {
                    errors += 1;
                    sleep(PAUSE);
                    match self.dial() {
                        Some(again) if errors < MOST_ERRORS => *client = again,
                        _ => return,
                    }
                }
            }
        }
    }

    /// Waits for a change; the version to go on with.
    fn wait(&self, client: &mut Client, version: u64) -> Option<u64> {
        let path = format!("{}?wait=true&prev_version={version}", self.template.prefix);
        loop {
            self.seen().sent += 1;
            let answer = client.try_get(&path, &JSON)?;
            let status = answer.status;
            let next = answer.header("x-metad-version").and_then(|text| text.parse().ok());
            self.seen().polls.push((version, answer));
            if status == 200 {
                return Some(next.unwrap_or(version + 1));
            }
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            sleep(PAUSE);
        }
    }

    /// Reads all keys and renders the file; none when the connection fails.
    fn render(&self, client: &mut Client) -> Option<()> {
        let mut values = BTreeMap::new();
        let mut all_read = true;
        for key in self.template.keys {
            let answer = client.try_get(&format!("{}{key}", self.template.prefix), &JSON)?;
            match serde_json::from_slice(&answer.body) {
                Ok(value) => flatten(key, &value, &mut values),
                // The real one logs it and leaves the template out of this round.
                Err(_) => all_read = false,
            }
            self.seen().reads.push(answer);
        }
        if all_read {
            self.replace(&values);
        }
        Some(())
    }

    /// Puts the new file in the place of the old one, if it differs.
    fn replace(&self, values: &BTreeMap<String, String>) {
        let text: String = values.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        let file = &self.template.file;
        if fs::read_to_string(file).is_ok_and(|old| old == text) {
            return;
        }
        let staged = file.with_added_extension("staged");
        fs::write(&staged, text).unwrap();
        // Counted first: who sees the file is to see that it was replaced.
        self.seen().reloads += 1;
        fs::rename(staged, file).unwrap();
    }
}

/// Objects by the names of their members, everything else by its text.
fn flatten(key: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(&format!("{key}/{name}"), value, into));
        }
        Value::Array(items) => {
            let named = items.iter().enumerate().map(|(index, item)| (index.to_string(), item));
            named.for_each(|(name, item)| flatten(&format!("{key}/{name}"), item, into));
        }
        Value::String(text) => drop(into.insert(key.to_owned(), text.clone())),
        other => drop(into.insert(key.to_owned(), other.to_string())),
    }
}
