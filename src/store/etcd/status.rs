//! How the servers are doing, what they still keep, and making them forget.

use std::collections::HashSet;

use etcd_client::{CompactionOptions, WatchOptions};
use futures_util::future::join_all;
use tokio::time::{Duration, Instant, timeout_at};

use super::fault::Fault;
use super::ranges::Ask;
use super::store::Etcd;
use crate::error::Result;
use crate::model::path::Path;
use crate::store::{Member, Revision, Status, Store, refusals};

/// How long one server may take to say how it is doing.
const MEMBER_TIMEOUT: Duration = Duration::from_secs(3);

/// What one server says of itself.
struct Health {
    member: Member,
    size: u64,
}

impl Etcd {
    /// The oldest revision that can be read.
    ///
    /// A read of revision 1 tells whether anything was compacted, the refusal of
    /// a watch from there tells up to where.
    pub(super) async fn oldest(&self) -> Result<Revision, Fault> {
        match self.revision_of(Some(1)).await {
            Err(Fault::Compacted) => {}
            Err(Fault::Future) | Ok(_) => return Ok(1),
            Err(fault) => return Err(fault),
        }
        let key = self.layout.log();
        let refused = self.link.call(self.link.deadline(), |mut clients| {
            let key = key.clone();
            async move {
                let options = WatchOptions::new().with_start_revision(1);
                let mut stream = clients.watch.watch(key, Some(options)).await?;
                while let Some(answer) = stream.message().await? {
                    if answer.canceled() {
                        return Ok(answer.compact_revision());
                    }
                }
                Err(etcd_client::Error::WatchError("the watch has ended".to_owned()))
            }
        });
        Ok(refused.await?.max(1) as Revision)
    }

    /// [`Store::compact`].
    pub(super) async fn compact_to(&self, revision: Revision) -> Result<()> {
        let doing = || format!("compacting up to revision `{revision}`");
        let done = self.link.call(self.link.deadline(), |mut clients| async move {
            clients.kv.compact(revision as i64, None::<CompactionOptions>).await
        });
        match done.await {
            Ok(_) | Err(Fault::Compacted) => Ok(()),
            Err(Fault::Future) => match self.revision_of(None).await {
                Ok(newest) => Err(refusals::future(revision, newest)),
                Err(fault) => Err(self.link.tell(fault, doing)),
            },
            Err(fault) => Err(self.link.tell(fault, doing)),
        }
    }

    /// [`Store::status`].
    pub(super) async fn state(&self) -> Result<Status> {
        let healths = join_all((0..self.link.len()).map(|index| self.health(index))).await;
        let doing = || "asking for the state".to_owned();
        let root = self.layout.subtree(&Path::root()).into_iter();
        let own = [super::layout::Span::key(self.layout.log()), self.layout.generations()];
        let asks: Vec<_> = root.chain(own).map(|span| Ask::names(span, 1)).collect();
        let counted = self.ask(&asks, None, self.link.deadline()).await;
        let (revision, counts) = counted.map_err(|fault| self.link.tell(fault, doing))?;
        let oldest = self.oldest().await.map_err(|fault| self.link.tell(fault, doing))?;
        let versions: HashSet<&str> = healths
            .iter()
            .filter(|health| health.member.healthy)
            .map(|health| health.member.version.as_str())
            .collect();
        let mut versions: Vec<_> = versions.into_iter().collect();
        versions.sort_unstable();
        Ok(Status {
            endpoint: self.place(),
            kind: "etcd",
            version: versions.join(", "),
            revision,
            oldest,
            keys: counts.iter().map(|answer| answer.count as u64).sum(),
            size: healths.iter().map(|health| health.size).max().unwrap_or_default(),
            members: healths.into_iter().map(|health| health.member).collect(),
        })
    }

    async fn health(&self, index: usize) -> Health {
        let begun = Instant::now();
        let until = (begun + MEMBER_TIMEOUT).min(self.link.deadline());
        let answer = timeout_at(until, async {
            let mut clients = self.link.clients(index).await?;
            clients.maintenance.status().await.map_err(Fault::from)
        });
        let answer = answer.await.unwrap_or_else(|_| Err(Fault::Away("no answer in time".into())));
        let mut member = Member {
            endpoint: self.link.address(index).to_owned(),
            healthy: false,
            leader: false,
            version: String::new(),
            latency_ms: begun.elapsed().as_secs_f64() * 1000.0,
            error: None,
        };
        match answer {
            Ok(status) => {
                let id = status.header().map_or(0, |header| header.member_id());
                member.leader = id != 0 && status.leader() == id;
                member.version = status.version().to_owned();
                member.healthy = status.leader() != 0 && status.errors().is_empty();
                if !member.healthy {
                    let without = "there is no leader".to_owned();
                    member.error = Some(status.errors().first().cloned().unwrap_or(without));
                }
                Health { member, size: status.db_size().max(0) as u64 }
            }
            Err(fault) => {
                let told = match fault {
                    Fault::Away(why) => why,
                    fault => {
                        self.link.tell(fault, || "asking for the state".to_owned()).to_string()
                    }
                };
                member.error = Some(told);
                Health { member, size: 0 }
            }
        }
    }
}
