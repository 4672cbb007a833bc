//! Asking for ranges of keys: as many as wanted, all at one revision.

use etcd_client::proto::{PbKeyValue, PbRangeResponse, PbTxnOpResponse};
use etcd_client::{GetOptions, Txn, TxnOp};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::fault::Fault;
use super::layout::Span;
use super::store::Etcd;
use crate::store::Revision;

/// How many calls are under way at once when one does not hold all ranges.
const AT_ONCE: usize = 8;

/// One range to ask for.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) span: Span,
    /// At most so many keys; 0 is all of them.
    pub(super) limit: i64,
    pub(super) keys_only: bool,
}

/// What is in a range.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) keys: Vec<PbKeyValue>,
    /// Whether the limit has left some out.
    pub(super) more: bool,
    /// How many there are, with those left out.
    pub(super) count: usize,
}

/// Answers in the order of what was asked, and the revision they are true at.
type Answers = Result<(Revision, Vec<Answer>), Fault>;

impl Ask {
    /// A key with its value.
    pub(super) fn key(key: impl Into<Vec<u8>>) -> Ask {
        Ask { span: Span::key(key), limit: 0, keys_only: false }
    }

    /// The first keys of a range, without values.
    pub(super) fn names(span: Span, limit: i64) -> Ask {
        Ask { span, limit, keys_only: true }
    }

    fn options(&self, at: Option<Revision>) -> GetOptions {
        let mut options = GetOptions::new().with_limit(self.limit);
        if let Some(to) = &self.span.to {
            options = options.with_range(to.clone());
        }
        if self.keys_only {
            options = options.with_keys_only();
        }
        at.map_or(options.clone(), |revision| options.with_revision(revision as i64))
    }
}

impl From<PbRangeResponse> for Answer {
    fn from(answer: PbRangeResponse) -> Answer {
        Answer {
            more: answer.more,
            count: usize::try_from(answer.count).unwrap_or_default(),
            keys: answer.kvs,
        }
    }
}

impl Etcd {
    /// The answers to all of `asks`, in their order, at revision `at`, or at the
    /// newest one; and that revision.
    pub(super) async fn ask(
        &self,
        asks: &[Ask],
        at: Option<Revision>,
        deadline: Instant,
    ) -> Answers {
        loop {
            let at_once = self.limits.operations();
            match self.ask_in_parts(asks, at_once, at, deadline).await {
                Err(Fault::TooManyOps) => self.limits.fewer_operations(at_once)?,
                answer => return answer,
            }
        }
    }

    async fn ask_in_parts(
        &self,
        asks: &[Ask],
        at_once: usize,
        at: Option<Revision>,
        deadline: Instant,
    ) -> Answers {
        let (first, rest) = asks.split_at(asks.len().min(at_once));
        let (newest, mut answers) = self.ask_once(first, at, deadline).await?;
        let revision = at.unwrap_or(newest);
        let mut calls: Vec<BoxFuture<'_, Answers>> = Vec::new();
        for part in rest.chunks(at_once.max(1)) {
            calls.push(self.ask_once(part, Some(revision), deadline).boxed());
        }
        let parts: Vec<_> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
        answers.extend(parts.into_iter().flat_map(|(_, answers)| answers));
        Ok((revision, answers))
    }

    /// One call.
    async fn ask_once(&self, asks: &[Ask], at: Option<Revision>, deadline: Instant) -> Answers {
        if let [ask] = asks {
            let answer = self.link.call(deadline, |mut clients| async move {
                clients.kv.get(ask.span.from.clone(), Some(ask.options(at))).await
            });
            let answer = answer.await?.0;
            let revision = answer.header.as_ref().map_or(0, |header| header.revision);
            return Ok((revision as Revision, vec![answer.into()]));
        }
        let answer = self.link.call(deadline, |mut clients| async move {
            let ops: Vec<_> = asks
                .iter()
                .map(|ask| TxnOp::get(ask.span.from.clone(), Some(ask.options(at))))
                .collect();
            clients.kv.txn(Txn::new().and_then(ops)).await
        });
        let answer = answer.await?.0;
        let revision = answer.header.as_ref().map_or(0, |header| header.revision);
        let answers = answer.responses.into_iter().map(|part| match part.response {
            Some(PbTxnOpResponse::ResponseRange(range)) => range.into(),
            _ => Answer::default(),
        });
        Ok((revision as Revision, answers.collect()))
    }
}
