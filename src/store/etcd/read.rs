//! Reading: whole subtrees in pages, all at the revision of the first answer.

use std::collections::BTreeSet;

use etcd_client::proto::PbKeyValue;

use super::fault::Fault;
use super::layout::Span;
use super::ranges::{Answer, Ask};
use super::store::{Etcd, pinned};
use crate::store::commit::is_bookkeeping;
use crate::store::{At, Item, Revision, Sink, What};

/// Keys asked for before it is known how large they are.
const FIRST_PAGE: i64 = 1000;
/// How large a page is made, in bytes, once the size of keys is known.
const PAGE_BYTES: usize = 2 << 20;
/// Fewer than two would make no way: the last key of a page begins the next one.
const MIN_PAGE: i64 = 16;
const MAX_PAGE: i64 = 10_000;

/// One range of what is read.
struct Piece<'w> {
    ask: Ask,
    role: Role<'w>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role<'w> {
    /// Items to give.
    Items,
    /// The same, with the leaves that are directories too.
    AllItems,
    /// A key that is asked for by itself; what follows tells if it is a directory.
    Leaf,
    /// The first key below that leaf.
    Below,
    /// A generation, whose path this is.
    Generation(&'w str),
}

impl Etcd {
    /// [`Store::read`](crate::store::Store::read).
    pub(super) async fn read_all(
        &self,
        what: &[What],
        at: At,
        sink: Sink<'_>,
    ) -> Result<Revision, Fault> {
        let mut at = pinned(at)?;
        let pieces = self.pieces(what);
        for part in pieces.chunks(self.limits.operations()) {
            let asks: Vec<_> = part.iter().map(|piece| piece.ask.clone()).collect();
            let (revision, answers) = self.ask(&asks, at, self.link.deadline()).await?;
            let revision = *at.get_or_insert(revision);
            self.give_part(part, answers, revision, &mut *sink).await?;
        }
        match at {
            Some(revision) if !pieces.is_empty() => Ok(revision),
            _ => self.revision_of(at).await,
        }
    }

    /// The revision `at`, if it is kept; the newest one for none.
    pub(super) async fn revision_of(&self, at: Option<Revision>) -> Result<Revision, Fault> {
        let ask = [Ask::names(Span::key(self.layout.log()), 1)];
        Ok(self.ask(&ask, at, self.link.deadline()).await?.0)
    }

    fn pieces<'w>(&self, what: &'w [What]) -> Vec<Piece<'w>> {
        let trees = what.iter().filter(|what| !matches!(what, What::Key(_))).count().max(1);
        let limit = (FIRST_PAGE / trees as i64).max(MIN_PAGE);
        let mut pieces = Vec::new();
        for what in what {
            match what {
                What::Key(path) => self.key_pieces(path.as_str(), &mut pieces),
                What::Subtree(top) | What::All(top) => {
                    let all = matches!(what, What::All(_));
                    let role = if all { Role::AllItems } else { Role::Items };
                    pieces.extend(self.layout.subtree(top).into_iter().map(|span| {
                        let limit = if span.to.is_some() { limit } else { 0 };
                        Piece { ask: Ask { span, limit, keys_only: false }, role }
                    }));
                }
            }
        }
        pieces
    }

    fn key_pieces<'w>(&self, path: &'w str, pieces: &mut Vec<Piece<'w>>) {
        let ask = Ask::key(self.layout.key(path));
        if is_bookkeeping(path) {
            // The log is no key of the tree.
            if path != "/_metactl/log" {
                pieces.push(Piece { ask, role: Role::Generation(path) });
            }
            return;
        }
        pieces.push(Piece { ask, role: Role::Leaf });
        let below = self.layout.below(path).into_iter();
        pieces.extend(below.map(|span| Piece { ask: Ask::names(span, 1), role: Role::Below }));
    }

    async fn give_part(
        &self,
        part: &[Piece<'_>],
        answers: Vec<Answer>,
        revision: Revision,
        sink: Sink<'_>,
    ) -> Result<(), Fault> {
        let mut answers = part.iter().zip(answers).peekable();
        while let Some((piece, answer)) = answers.next() {
            match piece.role {
                Role::Items | Role::AllItems => {
                    let hide = piece.role == Role::Items;
                    self.give_pages(&piece.ask, hide, answer, revision, &mut *sink).await?;
                }
                Role::Generation(path) => {
                    answer.keys.iter().try_for_each(|key| give(key, path, &mut *sink))?;
                }
                Role::Leaf => {
                    let mut directory = false;
                    while let Some((_, below)) =
                        answers.next_if(|(piece, _)| piece.role == Role::Below)
                    {
                        directory |= !below.keys.is_empty();
                    }
                    if !directory {
                        self.give_page(&answer.keys, &BTreeSet::new(), &mut *sink)?;
                    }
                }
                Role::Below => {}
            }
        }
        Ok(())
    }

    /// Gives a page, and asks for the next ones until the range is at its end.
    /// `hide` leaves out what is a directory, too.
    async fn give_pages(
        &self,
        ask: &Ask,
        hide: bool,
        mut answer: Answer,
        revision: Revision,
        sink: Sink<'_>,
    ) -> Result<(), Fault> {
        loop {
            // The last key comes again with what follows it.
            let last = if answer.more { answer.keys.pop() } else { None };
            let hidden = match hide {
                true => self.directories(&answer.keys, last.as_ref(), revision).await?,
                false => BTreeSet::new(),
            };
            self.give_page(&answer.keys, &hidden, &mut *sink)?;
            let Some(last) = last else { return Ok(()) };
            let bytes: usize = answer.keys.iter().map(|key| key.key.len() + key.value.len()).sum();
            let each = bytes / answer.keys.len().max(1) + 1;
            let limit = ((PAGE_BYTES / each) as i64).clamp(MIN_PAGE, MAX_PAGE);
            let span = Span { from: last.key, to: ask.span.to.clone() };
            let next = [Ask { span, limit, keys_only: false }];
            let (_, answers) = self.ask(&next, Some(revision), self.link.deadline()).await?;
            answer = answers.into_iter().next().unwrap_or_default();
        }
    }

    /// Which of the keys, by their index, a foreign writer has made leaf and directory.
    ///
    /// Between a leaf and its children there may be others (`/a`, `/a-b`, `/a/c`).
    /// Where these fill the page up to `next`, the key after it, the store is asked.
    async fn directories(
        &self,
        keys: &[PbKeyValue],
        next: Option<&PbKeyValue>,
        revision: Revision,
    ) -> Result<BTreeSet<usize>, Fault> {
        let mut found = BTreeSet::new();
        let mut unsure = Vec::new();
        for (index, leaf) in keys.iter().enumerate() {
            let following = keys.get(index + 1).or(next);
            if !following.is_some_and(|other| other.key.starts_with(&leaf.key)) {
                continue;
            }
            let below = [&leaf.key[..], b"/"].concat();
            let place =
                index + keys.get(index..).map_or(0, |s| s.partition_point(|k| k.key < below));
            match keys.get(place).or(next) {
                Some(other) if other.key.starts_with(&below) => drop(found.insert(index)),
                Some(other) if other.key < below => {
                    unsure.push((index, Span::range(below, [&leaf.key[..], b"0"].concat())));
                }
                _ => {}
            }
        }
        if !unsure.is_empty() {
            let asks: Vec<_> = unsure.iter().map(|(_, span)| Ask::names(span.clone(), 1)).collect();
            let (_, answers) = self.ask(&asks, Some(revision), self.link.deadline()).await?;
            let with_children = unsure.iter().zip(answers).filter(|(_, a)| !a.keys.is_empty());
            found.extend(with_children.map(|((index, _), _)| *index));
        }
        Ok(found)
    }

    fn give_page(
        &self,
        keys: &[PbKeyValue],
        hidden: &BTreeSet<usize>,
        sink: Sink<'_>,
    ) -> Result<(), Fault> {
        for (index, key) in keys.iter().enumerate() {
            if !hidden.contains(&index)
                && let Some(path) = self.layout.path(&key.key)
            {
                give(key, &path, sink)?;
            }
        }
        Ok(())
    }
}

/// Gives one key; what is no text is left out.
fn give(key: &PbKeyValue, path: &str, sink: Sink<'_>) -> Result<(), Fault> {
    let Ok(value) = std::str::from_utf8(&key.value) else { return Ok(()) };
    sink(Item {
        path,
        value,
        create_revision: key.create_revision as Revision,
        mod_revision: key.mod_revision as Revision,
        lease: (key.lease != 0).then_some(key.lease),
    })
    .map_err(Fault::Sink)
}
