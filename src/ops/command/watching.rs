//! Waits for a command on all of its nodes, and sends it to those whose turn comes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::place::{Placed, Placer};
use super::records;
use super::run::{Tell, Told};
use crate::error::{Error, Kind, Result};
use crate::model::command::turns::{self, Fates};
use crate::model::command::{Fate, State, Target, order};
use crate::ops::agent::presence;
use crate::store::{At, Event, Revised, Revision, Watch};

/// How often it is looked for agents.
const LOOK: Duration = Duration::from_secs(1);
/// How long a node is without an agent until that is said.
const SAID_AFTER: Duration = Duration::from_secs(3);

/// What is known while it is waited.
pub(super) struct Watching<'a, 'v> {
    placer: Placer<'v>,
    fates: Fates,
    /// Everything up to here is in `fates`.
    revision: Revision,
    patience: Option<Duration>,
    tell: Tell<'a>,
    /// Since when no agent is seen at a node, and whether that was said.
    alone: BTreeMap<String, (Instant, bool)>,
    /// Node ids.
    given_up: Vec<String>,
    is_away: bool,
}

impl<'a, 'v> Watching<'a, 'v> {
    pub(super) fn new(
        placer: Placer<'v>,
        placed: Placed,
        patience: Option<Duration>,
        tell: Tell<'a>,
    ) -> Watching<'a, 'v> {
        Watching {
            placer,
            fates: placed.fates,
            revision: placed.revision,
            patience,
            tell,
            alone: BTreeMap::new(),
            given_up: Vec::new(),
            is_away: false,
        }
    }

    /// Until nothing runs and nothing is going to begin; gives the node ids
    /// that were given up.
    pub(super) async fn watch(mut self) -> Result<Vec<String>> {
        let fates = self.fates.clone();
        for (node_id, fate) in &fates {
            self.told(node_id, fate);
        }
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut watch: Option<Box<dyn Watch>> = None;
        while !self.is_over() {
            let open = match &mut watch {
                Some(open) => open,
                None => match self.open().await {
                    Ok(open) => watch.insert(open),
                    Err(error) => {
                        self.wait_after(error).await?;
                        continue;
                    }
                },
            };
            let step = tokio::select! {
                event = open.next() => match event {
                    Ok(event) => self.take(event).await,
                    Err(error) => { watch = None; Err(error) }
                },
                _ = look.tick() => self.look_for_agents().await,
            };
            if let Err(error) = step {
                self.wait_after(error).await?;
            }
        }
        Ok(self.given_up)
    }

    fn is_over(&self) -> bool {
        turns::is_over(&self.placer.order, &self.fates, &self.given_up)
    }

    async fn open(&self) -> Result<Box<dyn Watch>> {
        let directory = order::directory(&self.placer.order.id)?;
        self.placer.view.store().watch(&[directory], self.revision).await
    }

    async fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Commit(commit) => self.commit(commit)?,
            Event::Away(error) => {
                self.away(&error);
                return Ok(());
            }
            Event::Back => {}
        }
        self.back();
        self.go_on().await
    }

    fn commit(&mut self, commit: Revised) -> Result<()> {
        let own = order::path(&self.placer.order.id)?;
        for change in commit.changes {
            match (change.value, change.path.name()) {
                (None, _) if change.path == own => {
                    return Err(records::missing(&self.placer.order.id));
                }
                (Some(text), Some(node_id)) if change.path != own => {
                    self.learn(node_id, Fate::read(&text)?);
                }
                _ => {}
            }
        }
        self.revision = commit.revision;
        Ok(())
    }

    fn learn(&mut self, node_id: &str, fate: Fate) {
        if self.fates.get(node_id) == Some(&fate) {
            return;
        }
        self.told(node_id, &fate);
        self.fates.insert(node_id.to_owned(), fate);
    }

    fn told(&mut self, node_id: &str, fate: &Fate) {
        let mut nodes = self.placer.order.nodes();
        if let Some((_, target)) = nodes.find(|(_, node)| node.node_id == node_id) {
            (self.tell)(Told::Fate(target, fate));
        }
    }

    /// Sends it to those whose turn has come.
    async fn go_on(&mut self) -> Result<()> {
        while !turns::due(&self.placer.order, &self.fates, &self.given_up).is_empty() {
            let placed = self.placer.place(&self.given_up).await?;
            for (node_id, fate) in &placed.fates {
                self.learn(node_id, fate.clone());
            }
            self.back();
        }
        Ok(())
    }

    /// Says which nodes have no agent, and gives up those that never had one.
    async fn look_for_agents(&mut self) -> Result<()> {
        let waiting: Vec<Target> = self
            .placer
            .order
            .nodes()
            .filter(|(_, node)| self.is_waited_for(&node.node_id))
            .map(|(_, node)| node.clone())
            .collect();
        if waiting.is_empty() {
            return self.go_on().await;
        }
        let ids = waiting.iter().map(|node| node.node_id.as_str());
        let present: BTreeSet<String> = presence::present(self.placer.view, ids).await?;
        self.back();
        let now = Instant::now();
        for node in waiting {
            if present.contains(&node.node_id) {
                self.alone.remove(&node.node_id);
                continue;
            }
            let (since, said) = self.alone.entry(node.node_id.clone()).or_insert((now, false));
            let alone = now.duration_since(*since);
            if !*said && alone >= SAID_AFTER.min(self.patience.unwrap_or(SAID_AFTER)) {
                *said = true;
                (self.tell)(Told::NoAgent(&node));
            }
            if self.patience.is_some_and(|patience| alone >= self.limit(&node) + patience) {
                self.given_up.push(node.node_id.clone());
            }
        }
        self.go_on().await
    }

    fn is_waited_for(&self, node_id: &str) -> bool {
        let fate = self.fates.get(node_id);
        let sent = fate.is_some_and(|fate| !fate.state.is_over() && !fate.is_unsent());
        sent && !self.given_up.iter().any(|one| one == node_id)
    }

    /// What has begun may end though its agent is away.
    fn limit(&self, node: &Target) -> Duration {
        let runs = self.fates.get(&node.node_id).is_some_and(|fate| fate.state == State::Running);
        let mut nodes = self.placer.order.nodes();
        let step = nodes.find(|(_, other)| other.node_id == node.node_id);
        let timeout = step.map_or(0, |(step, _)| step.timeout);
        Duration::from_secs(if runs { timeout.into() } else { 0 })
    }

    fn away(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.is_away, true) {
            (self.tell)(Told::Away(error));
        }
    }

    fn back(&mut self) {
        if std::mem::replace(&mut self.is_away, false) {
            (self.tell)(Told::Back);
        }
    }

    /// What trying again helps against is waited for; history that is gone is
    /// made up for by a read.
    async fn wait_after(&mut self, error: Error) -> Result<()> {
        match error.kind() {
            Kind::Unavailable => {
                self.away(&error);
                tokio::time::sleep(LOOK).await;
                Ok(())
            }
            Kind::Compacted => {
                let id = self.placer.order.id.clone();
                let (revision, recorded) = records::load(self.placer.view, &id, At::Latest).await?;
                for (node_id, fate) in recorded.fates {
                    self.learn(&node_id, fate);
                }
                self.revision = revision;
                Ok(())
            }
            _ => Err(error),
        }
    }
}
