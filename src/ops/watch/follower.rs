//! The steps of following a view; each can be taken again when it fails.

use tokio::sync::mpsc;

use super::change::{Change, Commit, Origin, Stamp};
use super::cursor::{Position, Subject};
use super::follow::{Begin, Told};
use super::scene::Scene;
use super::state::{Difference, Known, State};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;
use crate::ops::view::View;
use crate::store::{At, Event, Revised, Revision, Watch, What, reading};

/// The revision of a position that can only be compared.
const UNKNOWN: Revision = 0;

/// What is to be done next.
pub(super) enum Stage {
    /// Open the store's watch.
    Open,
    /// Take from it.
    Listen(Box<dyn Watch>),
    /// Take a commit that may have led the paths elsewhere.
    Move(Revised, Box<dyn Watch>),
    /// History is gone: compare with the present state.
    Compare,
}

pub(super) struct Follower<'a> {
    view: &'a View,
    subject: Subject,
    scene: Scene,
    state: State,
    /// Everything up to here has been told.
    revision: Revision,
    tell: mpsc::Sender<Told>,
    /// Whether a step has failed, and that was told.
    is_away: bool,
}

impl<'a> Follower<'a> {
    pub(super) fn new(view: &'a View, subject: Subject, tell: mpsc::Sender<Told>) -> Self {
        let (scene, state) = (Scene::default(), State::default());
        Follower { view, subject, scene, state, revision: 0, tell, is_away: false }
    }

    pub(super) fn is_heard(&self) -> bool {
        !self.tell.is_closed()
    }

    /// Finds the state a watch begins with, and tells of it.
    pub(super) async fn begin(&mut self, begin: Begin) -> Result<Stage> {
        match begin {
            Begin::Now => self.load(At::Latest).await?,
            Begin::Revision(first) => {
                // A store is empty at its first revision, so nothing is lost by 1.
                let after = At::Revision(first.saturating_sub(1).max(1));
                self.load(after).await.map_err(|error| since(first, error))?;
            }
            Begin::Initial => {
                let differences = self.compare(At::Latest).await?;
                self.send(Told::Began(self.position(State::default()))).await;
                let stamp = Stamp::read(self.revision, Origin::Initial);
                self.commit(&stamp, self.changes(&stamp, &differences, &Scene::default())).await;
                return Ok(Stage::Open);
            }
            Begin::After(position) => return self.resume(position).await,
        }
        self.send(Told::Began(self.position(self.state.clone()))).await;
        Ok(Stage::Open)
    }

    /// Goes on after a position: by history, if that is this store's and still there.
    async fn resume(&mut self, mut position: Position) -> Result<Stage> {
        self.state = State::new(position.keys.clone());
        self.revision = position.revision;
        let is_there = position.subject == self.subject && self.is_there().await?;
        if !is_there {
            // Kept until the difference is delivered: whoever begins here compares.
            position.revision = UNKNOWN;
            position.subject = self.subject.clone();
        }
        self.send(Told::Began(position)).await;
        Ok(if is_there { Stage::Open } else { Stage::Compare })
    }

    /// Finds the paths at the revision that was told last; false when that is
    /// compacted, or not there yet: then the store was put back to an earlier state.
    async fn is_there(&mut self) -> Result<bool> {
        if self.revision == UNKNOWN {
            return Ok(false);
        }
        match self.resolve(At::Revision(self.revision)).await {
            Ok((_, scene)) => self.scene = scene,
            Err(error) if matches!(error.kind(), Kind::Compacted | Kind::Invalid) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Takes one step and sets the next one; a step that fails stays.
    pub(super) async fn step(&mut self, stage: &mut Stage) -> Result<()> {
        match std::mem::replace(stage, Stage::Open) {
            Stage::Open => {
                let subtrees = self.scene.subtrees();
                *stage = Stage::Listen(self.view.store().watch(&subtrees, self.revision).await?);
            }
            Stage::Listen(watch) => *stage = self.listen(watch).await?,
            Stage::Move(commit, watch) => match self.follow_links(&commit).await {
                Ok(true) => *stage = Stage::Open,
                Ok(false) => *stage = Stage::Listen(watch),
                Err(error) => {
                    *stage = Stage::Move(commit, watch);
                    return Err(error);
                }
            },
            Stage::Compare => {
                *stage = Stage::Compare;
                self.compare_and_tell().await?;
                *stage = Stage::Open;
            }
        }
        Ok(())
    }

    async fn listen(&mut self, mut watch: Box<dyn Watch>) -> Result<Stage> {
        match watch.next().await? {
            Event::Commit(commit) if self.scene.is_moved_by(&commit) => {
                return Ok(Stage::Move(commit, watch));
            }
            Event::Commit(commit) => self.apply(commit).await,
            Event::Away(error) => self.send(Told::Away(error)).await,
            Event::Back => self.send(Told::Back).await,
        }
        Ok(Stage::Listen(watch))
    }

    async fn apply(&mut self, commit: Revised) {
        let stamp = Stamp::of(commit.revision, commit.note.as_ref());
        let changes = self.scene.apply(commit, &mut self.state);
        self.revision = stamp.revision;
        if !changes.is_empty() {
            self.commit(&stamp, changes).await;
        }
    }

    /// A commit that touches links: the difference of the view before and
    /// after. True when other subtrees are to be watched from now on.
    async fn follow_links(&mut self, commit: &Revised) -> Result<bool> {
        let at = At::Revision(commit.revision);
        let (_, scene) = self.resolve(at).await?;
        if scene == self.scene {
            self.apply(commit.clone()).await;
            return Ok(false);
        }
        let before = self.scene.clone();
        let differences = self.compare(at).await?;
        let stamp = Stamp::of(commit.revision, commit.note.as_ref());
        let mut changes = self.changes(&stamp, &differences, &before);
        self.find_previous(&mut changes, &before).await;
        if !changes.is_empty() {
            self.commit(&stamp, changes).await;
        }
        Ok(before.subtrees() != self.scene.subtrees())
    }

    async fn compare_and_tell(&mut self) -> Result<()> {
        let before = self.scene.clone();
        let differences = self.compare(At::Latest).await?;
        let stamp = Stamp::read(self.revision, Origin::Resync);
        let changes = self.changes(&stamp, &differences, &before);
        let (revision, differences) = (self.revision, changes.len());
        self.send(Told::Compared { revision, differences }).await;
        if !changes.is_empty() {
            self.commit(&stamp, changes).await;
        }
        Ok(())
    }

    /// Where the asked paths are at that point, and when to read them.
    async fn resolve(&self, at: At) -> Result<(At, Scene)> {
        let resolved = self.view.resolve_all(&self.subject.paths, at).await?;
        let fixed = resolved.first().map_or(at, |first| first.at);
        if let (At::Revision(_), Some(path)) = (at, self.subject.paths.first()) {
            // Paths without links are resolved without asking whether that
            // revision is there.
            reading::get(self.view.store(), path, at).await?;
        }
        Ok((fixed, Scene::new(resolved)))
    }

    /// Takes in the view at that point, without keeping any value.
    async fn load(&mut self, at: At) -> Result<()> {
        let (at, scene) = self.resolve(at).await?;
        let mut state = State::default();
        let sink = &mut |item: crate::store::Item<'_>| {
            for asked in scene.appearances(item.path) {
                state.put(&asked, Known::new(item.mod_revision, item.value));
            }
            Ok(())
        };
        self.revision = self.view.store().read(&scene.what(), at, sink).await?;
        (self.scene, self.state) = (scene, state);
        Ok(())
    }

    /// Takes in the view at that point and returns in what it differs from the
    /// one so far. A failure leaves the one so far.
    async fn compare(&mut self, at: At) -> Result<Vec<Difference>> {
        let (at, scene) = self.resolve(at).await?;
        let mut comparison = self.state.compare();
        let sink = &mut |item: crate::store::Item<'_>| {
            for asked in scene.appearances(item.path) {
                comparison.see(asked, item.value, item.mod_revision);
            }
            Ok(())
        };
        self.revision = self.view.store().read(&scene.what(), at, sink).await?;
        let differences = comparison.finish();
        self.scene = scene;
        Ok(differences)
    }

    /// Differences as changes: what is there now has its present real path,
    /// what is gone the one it had `before`.
    fn changes(&self, stamp: &Stamp, differences: &[Difference], before: &Scene) -> Vec<Change> {
        let change = |difference: &Difference| {
            let path = &difference.path;
            let Some((value, written)) = &difference.now else {
                return stamp.change(path.clone(), before.real(path), None, None);
            };
            let real = self.scene.real(path);
            let change = stamp.change(path.clone(), real, Some(value.clone()), None);
            Change { written: *written, ..change }
        };
        differences.iter().map(change).collect()
    }

    /// Fills in what was there right before, as far as history still has it.
    async fn find_previous(&self, changes: &mut [Change], before: &Scene) {
        let Some(at) = changes.first().map(|change| At::Revision(change.revision - 1)) else {
            return;
        };
        let reals: Vec<_> = changes.iter().map(|change| before.real(&change.path)).collect();
        let what: Vec<What> = reals.iter().flatten().cloned().map(What::Key).collect();
        let Ok((_, entries)) = reading::collect(self.view.store(), &what, at).await else {
            return;
        };
        let values: std::collections::HashMap<Path, String> =
            entries.into_iter().map(|entry| (entry.path, entry.value)).collect();
        for (change, real) in changes.iter_mut().zip(reals) {
            change.previous = real.and_then(|real| values.get(&real).cloned());
        }
    }

    fn position(&self, state: State) -> Position {
        let keys = state.known().map(|(path, known)| (path.clone(), known)).collect();
        Position { subject: self.subject.clone(), revision: self.revision, keys }
    }

    async fn commit(&self, stamp: &Stamp, changes: Vec<Change>) {
        let (revision, origin, keys) = (stamp.revision, stamp.origin, self.state.len());
        self.send(Told::Commit(Commit { revision, origin, changes, keys })).await;
    }

    /// Tells once that a step has failed because the store does not answer.
    pub(super) async fn away(&mut self, error: Error) {
        if !std::mem::replace(&mut self.is_away, true) {
            self.send(Told::Away(error)).await;
        }
    }

    /// Tells once that it answers again.
    pub(super) async fn back(&mut self) {
        if std::mem::replace(&mut self.is_away, false) {
            self.send(Told::Back).await;
        }
    }

    async fn send(&self, told: Told) {
        // When nobody listens any more, the loop of `follow` ends.
        let _ = self.tell.send(told).await;
    }
}

fn since(first: Revision, error: Error) -> Error {
    let kind = error.kind();
    let error = error.within(format!("watching from revision `{first}`"));
    match kind {
        Kind::Compacted => {
            error.hint("Begin with the present state: `metactl watch --initial PATH`")
        }
        _ => error,
    }
}
