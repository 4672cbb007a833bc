//! A commit: look, settle the difference, write it in one transaction, and look
//! again if somebody else was faster.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::compose::{Composed, compose};
use super::fault::Fault;
use super::link::{Clients, jittered};
use super::plan::{Plan, plan};
use super::ranges::Ask;
use super::store::Etcd;
use super::survey::Survey;
use super::work::Work;
use crate::error::{Error, Kind, Result};
use crate::store::commit::now_ms;
use crate::store::{Commit, Logged, Note, Outcome, Revision, refusals};

/// etcd's own default of `--max-request-bytes`.
const DEFAULT_REQUEST: usize = 1_572_864;
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// What has become of one attempt.
enum Attempt {
    Done(Outcome),
    /// Something has changed since the survey, or the limit was not yet known.
    Again,
    /// Sent, and no answer came.
    Unknown(String),
}

impl Etcd {
    /// [`Store::commit`](crate::store::Store::commit).
    pub(super) async fn commit_all(&self, commit: &Commit) -> Result<Outcome> {
        let changes = commit.changes.settled()?;
        let work = Work::new(&changes, &commit.guards);
        let mut note = commit.note.clone();
        if note.operation.is_empty() {
            note.operation = std::iter::repeat_with(fastrand::alphanumeric).take(20).collect();
        }
        let deadline = self.link.deadline();
        // Before the first attempt without an answer: it can only be after that.
        let mut unknown_since: Option<Revision> = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let unknown = |fault| self.tell_unknown(fault, unknown_since);
            let survey = self.survey(&work, deadline).await.map_err(unknown)?;
            if let Some(since) = unknown_since {
                let found = self.find(&note.operation, since, survey.revision, deadline).await;
                if let Some(outcome) = found.map_err(unknown)? {
                    return Ok(outcome);
                }
            }
            let plan = plan(&work, &survey, &self.layout)?;
            if plan.changes_nothing() {
                return Ok(Outcome { revision: survey.revision, changed: 0 });
            }
            let why = match self.attempt(&work, &plan, &survey, &note, deadline).await {
                Ok(Attempt::Done(outcome)) => return Ok(outcome),
                Ok(Attempt::Again) => None,
                Ok(Attempt::Unknown(why)) => {
                    unknown_since.get_or_insert(survey.revision);
                    Some(why)
                }
                Err(fault) => return Err(self.tell_unknown(fault, unknown_since)),
            };
            if Instant::now() + pause >= deadline {
                let fault = why.map_or_else(|| Fault::Told(contended(&plan)), Fault::Away);
                return Err(self.tell_unknown(fault, unknown_since));
            }
            sleep(jittered(pause)).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Sends the transaction, once.
    async fn attempt(
        &self,
        work: &Work<'_>,
        plan: &Plan,
        survey: &Survey,
        note: &Note,
        deadline: Instant,
    ) -> Result<Attempt, Fault> {
        let limit = self.limits.operations();
        let logged = plan.tally.logged(note, now_ms());
        let composed = compose(work, plan, &self.layout, survey.revision, &logged, limit)?;
        let Some(Composed { txn, bytes }) = composed else {
            return Err(Fault::Told(too_many(plan, limit)));
        };
        // Half of the time is kept for finding out what became of it.
        let now = Instant::now();
        let share = deadline.saturating_duration_since(now) / (self.link.len() as u32 + 1);
        let server = self.link.current();
        let send = |mut clients: Clients| {
            let txn = txn.clone();
            async move { clients.kv.txn(txn).await }
        };
        match self.link.ask(server, now + share, &send).await {
            Ok(answer) if !answer.succeeded() => Ok(Attempt::Again),
            Ok(answer) => {
                let revision = answer.header().map_or(0, |header| header.revision());
                let revision = revision as Revision;
                Ok(Attempt::Done(Outcome { revision, changed: plan.tally.changed }))
            }
            Err(Fault::Away(why)) => {
                self.link.pass(server);
                Ok(Attempt::Unknown(why))
            }
            Err(Fault::TooManyOps) => {
                self.limits.fewer_operations(limit)?;
                Ok(Attempt::Again)
            }
            Err(Fault::TooLarge(limit)) => {
                let limit = match limit {
                    Some(limit) => Some(limit),
                    None => self.request_limit(bytes, deadline).await,
                };
                Err(Fault::Told(too_large(work, plan, &logged, bytes, limit)))
            }
            Err(Fault::NoLease) => {
                let lease = plan.puts.iter().find_map(|index| work.puts.get(*index)?.lease);
                Err(Fault::Told(refusals::no_lease(lease.unwrap_or_default())))
            }
            Err(fault) => Err(fault),
        }
    }

    /// [`Store::made`](crate::store::Store::made).
    pub(super) async fn find_made(
        &self,
        operation: &str,
        after: Revision,
    ) -> Result<Option<Outcome>> {
        let deadline = self.link.deadline();
        let found = async {
            let newest = self.revision_of(None).await?;
            self.find(operation, after, newest, deadline).await
        };
        match found.await {
            Err(Fault::Compacted) => match self.oldest().await {
                Ok(oldest) => Err(refusals::compacted(after, oldest)),
                Err(fault) => Err(self.link.tell(fault, || "looking for a commit".to_owned())),
            },
            found => {
                found.map_err(|fault| self.link.tell(fault, || "looking for a commit".to_owned()))
            }
        }
    }

    /// The commit of `operation`, if it is among those after `since` up to `until`.
    async fn find(
        &self,
        operation: &str,
        since: Revision,
        until: Revision,
        deadline: Instant,
    ) -> Result<Option<Outcome>, Fault> {
        let mut at = until;
        while at > since {
            let ask = [Ask::key(self.layout.log())];
            let (_, answers) = self.ask(&ask, Some(at), deadline).await?;
            let Some(key) = answers.first().and_then(|answer| answer.keys.first()) else { break };
            let revision = key.mod_revision as Revision;
            if revision <= since {
                break;
            }
            let logged: Option<Logged> = serde_json::from_slice(&key.value).ok();
            if let Some(logged) = logged.filter(|logged| logged.note.operation == operation) {
                return Ok(Some(logged.outcome(revision)));
            }
            at = revision.saturating_sub(1);
        }
        Ok(None)
    }

    /// The server's `--max-request-bytes`: what it answers to a message that is
    /// certainly larger tells it. Nothing is written by that.
    async fn request_limit(&self, refused: usize, deadline: Instant) -> Option<usize> {
        let key = vec![b'/'; (refused * 2).max(4 << 20)];
        let server = self.link.current();
        let send = |mut clients: Clients| {
            let key = key.clone();
            async move { clients.kv.get(key, None).await }
        };
        match self.link.ask(server, deadline, &send).await {
            Err(Fault::TooLarge(limit)) => limit,
            _ => None,
        }
    }

    /// The failure of a commit; after an attempt without an answer its outcome is open.
    fn tell_unknown(&self, fault: Fault, unknown: Option<Revision>) -> Error {
        match (fault, unknown) {
            // What is wrong with the commit itself says so.
            (Fault::Told(error), None) if error.kind() != Kind::Denied => error,
            (fault, None) => self.link.tell(fault, || "committing".to_owned()),
            (fault, Some(_)) => {
                let inner = self.link.tell(fault, || "looking for the commit".to_owned());
                Error::new(
                    Kind::Unavailable,
                    format!(
                        "etcd at `{}` stopped answering during the commit; it is unknown whether it was done",
                        self.link.addresses()
                    ),
                )
                .because(inner)
            }
        }
    }
}

/// Others were faster every time.
fn contended(plan: &Plan) -> Error {
    let logged = plan.tally.logged(&Note::default(), 0);
    let first = logged.paths.first().map_or("/", |path| path.as_str());
    Error::conflict(format!("others keep changing what the commit of `{first}` depends on"))
        .retryable()
}

fn too_many(plan: &Plan, limit: usize) -> Error {
    Error::new(
        Kind::TooLarge,
        format!(
            "{} changes do not fit into one transaction of etcd with {limit} operations a level \
             (`--max-txn-ops`)",
            plan.tally.changed
        ),
    )
}

fn too_large(
    work: &Work<'_>,
    plan: &Plan,
    logged: &Logged,
    bytes: usize,
    limit: Option<usize>,
) -> Error {
    let puts = plan.puts.iter().filter_map(|index| work.puts.get(*index));
    let largest = puts.max_by_key(|put| put.path.len() + put.value.len());
    let (path, size) = largest.map_or_else(
        || (logged.paths.first().map_or("/", |path| path.as_str()), 0),
        |put| (put.path.as_str(), put.value.len()),
    );
    let limit = match limit {
        Some(limit) => format!("{limit} bytes"),
        None => format!("{DEFAULT_REQUEST} bytes by default"),
    };
    Error::new(
        Kind::TooLarge,
        format!(
            "a commit of {bytes} bytes is too large for etcd, which takes {limit} \
             (`--max-request-bytes`); its largest value is `{path}` with {size} bytes"
        ),
    )
}
