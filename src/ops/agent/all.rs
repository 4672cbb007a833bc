//! An agent for each node of a cluster, in one process: for rehearsals on one
//! machine.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};

use super::report::{again, patiently};
use super::serve::{self, Rules, Told};
use crate::error::{Error, Kind, Result};
use crate::ops::command::targets;
use crate::ops::view::{Scope, View};
use crate::ops::watch::follow::{self, Begin, follow};
use crate::store::Note;

/// What every agent is like.
pub struct Many<'a> {
    pub cluster: &'a str,
    /// The rules of one node's agent, by its node id.
    pub rules: &'a dyn Fn(&str) -> Rules,
    /// How long a running command may go on when its agent is to end.
    pub grace: Duration,
    pub note: Note,
    /// Hears of which node's agent does what; the node is empty where it is
    /// about all of them.
    pub tell: &'a (dyn Fn(&str, Told<'_>) + Send + Sync),
}

/// Serves every node of the cluster, also those that come, until they leave or
/// `stop` comes; ends with its error then. The cluster need not be there yet.
pub async fn serve(view: &View, many: &Many<'_>, stop: impl Future<Output = Error>) -> Result<()> {
    let hosts = view.scope().cluster_root.child(many.cluster)?.child("hosts")?;
    let subject = follow::subject(view, &[hosts]).await?;
    let (tell, mut told) = mpsc::channel(64);
    let following = follow(view, subject, Begin::Initial, tell);
    tokio::pin!(following, stop);
    let mut agents = Agents { view, many, ends: BTreeMap::new() };
    let mut working: FuturesUnordered<Working<'_>> = FuturesUnordered::new();
    let mut stopping: Option<Error> = None;
    loop {
        tokio::select! {
            ended = &mut following => return ended,
            Some(told) = told.recv(), if stopping.is_none() => match told {
                follow::Told::Away(error) => (many.tell)("", Told::Away(&error)),
                follow::Told::Back => (many.tell)("", Told::Back),
                _ => working.extend(agents.settle().await?),
            },
            Some((node, ended)) = working.next(), if !working.is_empty() => {
                agents.ends.remove(&node);
                match ended {
                    // It has left between two looks.
                    Err(error) if stopping.is_none() && error.kind() != Kind::NotFound
                        && error.kind() != Kind::Interrupted => return Err(error),
                    _ => {}
                }
            }
            error = &mut stop, if stopping.is_none() => {
                for end in agents.ends.values() {
                    end.send_replace(true);
                }
                stopping = Some(error);
            }
        }
        if working.is_empty()
            && let Some(error) = stopping.take()
        {
            return Err(error);
        }
    }
}

/// An agent at work; its node with how it ended.
type Working<'a> = Pin<Box<dyn Future<Output = (String, Result<()>)> + 'a>>;

struct Agents<'a> {
    view: &'a View,
    many: &'a Many<'a>,
    /// How each node's agent is told to end.
    ends: BTreeMap<String, watch::Sender<bool>>,
}

impl<'a> Agents<'a> {
    /// Ends the agents of nodes that have left; returns those of new ones.
    async fn settle(&mut self) -> Result<Vec<Working<'a>>> {
        let Agents { view, many, .. } = *self;
        let away = |error: &Error| (many.tell)("", Told::Away(error));
        let there = async || targets::of_cluster(view, many.cluster).await;
        let nodes = match patiently(there, away).await {
            Err(error) if error.kind() == Kind::NotFound => Vec::new(),
            other => other?,
        };
        let is_there = |id: &str| nodes.iter().any(|node| node.node_id == id);
        for (_, end) in self.ends.iter().filter(|(id, _)| !is_there(id)) {
            end.send_replace(true);
        }
        let new = nodes.into_iter().filter(|node| !self.ends.contains_key(&node.node_id));
        let mut begun = Vec::new();
        for node in new.collect::<Vec<_>>() {
            let (end, ending) = watch::channel(false);
            begun.push(self.agent(&node.node_id, ending));
            self.ends.insert(node.node_id, end);
        }
        Ok(begun)
    }

    fn agent(&self, node_id: &str, mut ending: watch::Receiver<bool>) -> Working<'a> {
        let many = self.many;
        let scope = Scope { as_id: Some(node_id.to_owned()), ..self.view.scope().clone() };
        let view = View::new(self.view.shared_store(), scope);
        let node = node_id.to_owned();
        Box::pin(async move {
            let rules = (many.rules)(&node);
            let tell = |told: Told<'_>| (many.tell)(&node, told);
            let stop = async {
                // Whoever would send it is gone with everything else.
                let _ = ending.wait_for(|end| *end).await;
                Error::new(Kind::Interrupted, "ended")
            };
            let note = again(&many.note);
            let ended = serve::serve(&view, &rules, many.grace, note, &tell, stop).await;
            (node.clone(), ended)
        })
    }
}
