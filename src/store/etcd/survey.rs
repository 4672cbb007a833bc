//! Looking, at one revision, at everything that a commit depends on.

use std::collections::{BTreeMap, HashMap, HashSet};

use etcd_client::proto::PbKeyValue;
use tokio::time::Instant;

use super::fault::Fault;
use super::layout::Span;
use super::ranges::{Answer, Ask};
use super::store::Etcd;
use super::work::Work;
use crate::store::commit::MAX_NOTED_PATHS;
use crate::store::{Guard, Revision};

/// Up to so many puts are looked at one by one, at once.
const FEW: usize = 40;
/// Keys of a tree in one answer.
const PAGE: i64 = 5000;

/// What was there at `revision`, by path.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) revision: Revision,
    /// Leaves that were asked for and are there.
    pub(super) leaves: HashMap<String, Leaf>,
    /// Directories that were asked for, and whether there is anything below.
    pub(super) below: HashMap<String, bool>,
    /// The newest commits of units that were asked for and have one.
    pub(super) generations: HashMap<String, Revision>,
    /// Trees that go as a whole, by their tops.
    pub(super) heads: HashMap<String, Head>,
    /// Trees that are known by key, by their tops; all keys with their revisions.
    pub(super) contents: HashMap<String, BTreeMap<String, Leaf>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Leaf {
    pub(super) value: Vec<u8>,
    pub(super) modified: Revision,
    pub(super) lease: i64,
}

/// The beginning of a tree.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// The first keys and their revisions.
    pub(super) first: Vec<(String, Revision)>,
    /// How many there are in all.
    pub(super) count: usize,
    /// Which of the tree's spans hold something.
    pub(super) spans: Vec<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Question {
    Leaf(String),
    Below(String),
    Generation(String),
    Head(String),
}

/// Questions, each once, with what is to be asked for them.
#[derive(Default)]
struct Questions {
    known: HashSet<Question>,
    asks: Vec<(Question, Ask)>,
}

impl Etcd {
    /// Looks at what `work` depends on.
    pub(super) async fn survey(&self, work: &Work<'_>, deadline: Instant) -> Result<Survey, Fault> {
        let mut questions = Questions::default();
        self.question_conditions(work, &mut questions);
        let few = work.puts.len() <= FEW;
        if few {
            self.question_puts(work, &Survey::default(), &mut questions);
        } else {
            for directory in work.probes() {
                self.question_below(directory, &mut questions);
            }
        }
        let mut survey = Survey::default();
        self.answer(&mut questions, None, &mut survey, deadline).await?;
        if !few {
            self.question_puts(work, &survey, &mut questions);
        }
        let at = Some(survey.revision);
        self.answer(&mut questions, at, &mut survey, deadline).await?;
        for tree in work.trees.iter().filter(|tree| tree.by_key) {
            let spans = self.layout.subtree(tree.top);
            let content = self.content(spans, false, survey.revision, deadline).await?;
            survey.contents.insert(tree.top.to_string(), content);
        }
        // A directory becomes a leaf: is all that is in it deleted?
        for put in work.puts.iter().filter(|put| work.tree_of(&put.path).is_none()) {
            if work.deletes_below(&put.path) && survey.below.get(&put.path) == Some(&true) {
                let spans = self.layout.below(&put.path);
                let content = self.content(spans, true, survey.revision, deadline).await?;
                survey.contents.insert(put.path.clone(), content);
            }
        }
        Ok(survey)
    }

    fn question_conditions(&self, work: &Work<'_>, questions: &mut Questions) {
        for guard in work.guards {
            match guard {
                Guard::Absent(path) | Guard::Revision(path, _) | Guard::Value(path, _) => {
                    self.question_leaf(path.as_str(), questions);
                }
                Guard::Unchanged { unit, .. } => {
                    let ask = Ask::names(Span::key(self.layout.generation(unit)), 0);
                    questions.add(Question::Generation(unit.clone()), [ask]);
                }
            }
        }
        for path in &work.deleted {
            self.question_leaf(path.as_str(), questions);
        }
        for tree in work.trees.iter().filter(|tree| !tree.by_key) {
            let spans = self.layout.subtree(tree.top).into_iter();
            let asks = spans.map(|span| Ask::names(span, MAX_NOTED_PATHS as i64 + 1));
            questions.add(Question::Head(tree.top.to_string()), asks);
        }
        if questions.asks.is_empty() {
            // Something has to tell the revision.
            questions
                .asks
                .push((Question::Leaf(String::new()), Ask::names(Span::key(self.layout.log()), 0)));
        }
    }

    /// What each put depends on, as far as no empty directory has answered it.
    fn question_puts(&self, work: &Work<'_>, survey: &Survey, questions: &mut Questions) {
        for put in &work.puts {
            if let Some(tree) = work.tree_of(&put.path) {
                self.question_above(tree.top.as_str(), questions);
            } else if let Some(empty) = survey.empty_above(&put.path) {
                self.question_leaf(empty, questions);
                self.question_above(empty, questions);
            } else {
                self.question_leaf(&put.path, questions);
                self.question_below(&put.path, questions);
                self.question_above(&put.path, questions);
            }
        }
    }

    fn question_leaf(&self, path: &str, questions: &mut Questions) {
        questions.add(Question::Leaf(path.to_owned()), [Ask::key(self.layout.key(path))]);
    }

    fn question_below(&self, directory: &str, questions: &mut Questions) {
        let spans = self.layout.below(directory).into_iter();
        let asks = spans.map(|span| Ask::names(span, 1));
        questions.add(Question::Below(directory.to_owned()), asks);
    }

    fn question_above(&self, path: &str, questions: &mut Questions) {
        for directory in ancestors(path) {
            self.question_leaf(directory, questions);
        }
    }

    async fn answer(
        &self,
        questions: &mut Questions,
        at: Option<Revision>,
        survey: &mut Survey,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let (questions, asks): (Vec<_>, Vec<_>) = questions.asks.drain(..).unzip();
        if asks.is_empty() {
            return Ok(());
        }
        let (revision, answers) = self.ask(&asks, at, deadline).await?;
        survey.revision = revision;
        for ((question, ask), answer) in questions.into_iter().zip(asks).zip(answers) {
            self.take(question, ask.span, answer, survey);
        }
        Ok(())
    }

    fn take(&self, question: Question, span: Span, answer: Answer, survey: &mut Survey) {
        match question {
            Question::Leaf(path) => {
                if let Some(key) = answer.keys.into_iter().next() {
                    survey.leaves.insert(path, key.into());
                }
            }
            Question::Below(directory) => {
                *survey.below.entry(directory).or_default() |= !answer.keys.is_empty();
            }
            Question::Generation(unit) => {
                if let Some(key) = answer.keys.first() {
                    survey.generations.insert(unit, key.mod_revision as Revision);
                }
            }
            Question::Head(top) => {
                let head = survey.heads.entry(top).or_default();
                let paths = answer.keys.iter().map(|key| {
                    let path = self.layout.path(&key.key).unwrap_or_default().into_owned();
                    (path, key.mod_revision as Revision)
                });
                head.first.extend(paths);
                head.count += answer.count;
                if answer.count > 0 {
                    head.spans.push(span);
                }
            }
        }
    }

    /// All leaves in the spans; what is no path is none of them.
    async fn content(
        &self,
        spans: Vec<Span>,
        keys_only: bool,
        revision: Revision,
        deadline: Instant,
    ) -> Result<BTreeMap<String, Leaf>, Fault> {
        let mut content = BTreeMap::new();
        for span in spans {
            let mut rest = Some(span);
            while let Some(span) = rest {
                let ask = [Ask { span: span.clone(), limit: PAGE, keys_only }];
                let (_, answers) = self.ask(&ask, Some(revision), deadline).await?;
                let Some(answer) = answers.into_iter().next() else { break };
                let last = answer.keys.last().filter(|_| answer.more);
                rest = last.map(|last| Span {
                    from: [&last.key[..], b"\0"].concat(),
                    to: span.to.clone(),
                });
                for key in answer.keys {
                    if let Some(path) = self.layout.path(&key.key).map(|path| path.into_owned()) {
                        content.insert(path, key.into());
                    }
                }
            }
        }
        Ok(content)
    }
}

impl Survey {
    /// The uppermost directory above `path` that is known to be empty.
    pub(super) fn empty_above<'p>(&self, path: &'p str) -> Option<&'p str> {
        ancestors(path).filter(|above| self.below.get(*above) == Some(&false)).last()
    }
}

impl Questions {
    fn add(&mut self, question: Question, asks: impl IntoIterator<Item = Ask>) {
        if self.known.insert(question.clone()) {
            self.asks.extend(asks.into_iter().map(|ask| (question.clone(), ask)));
        }
    }
}

impl From<PbKeyValue> for Leaf {
    fn from(key: PbKeyValue) -> Leaf {
        Leaf { value: key.value, modified: key.mod_revision as Revision, lease: key.lease }
    }
}

/// The directories above `path`, nearest first, without the root.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let mut end = path.len();
    std::iter::from_fn(move || {
        end = path[..end].rfind('/').filter(|slash| *slash > 0)?;
        Some(&path[..end])
    })
}
