//! Which part of the tree a client may see, compiled for walking down from the root.
//!
//! The same decisions as [`Rules::decide`] and [`rule::without_rules`] make path
//! by path; a test holds them to it.
//!
//! [`rule::without_rules`]: crate::model::rule::without_rules

use std::cmp::Ordering;

use crate::model::mapping::Mapping;
use crate::model::path::Path;
use crate::model::rule::{Mode, Rules};
use crate::model::selfview;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Name(String),
    /// `*`
    Any,
}

impl Segment {
    fn fits(&self, name: &str) -> bool {
        match self {
            Segment::Name(own) => own == name,
            Segment::Any => true,
        }
    }
}

#[derive(Debug)]
struct Rule {
    segments: Vec<Segment>,
    allows: bool,
}

/// What a client may see.
#[derive(Debug, Default)]
pub(super) struct Access(Vec<Rule>);

/// Where a walk is, by the rules.
#[derive(Debug, Clone)]
pub(super) struct State {
    depth: usize,
    /// The rules that may cover something further down.
    pending: Vec<usize>,
    /// The rule that decides here.
    best: Option<usize>,
}

impl Access {
    /// What access rules let through.
    pub(super) fn of_rules(rules: &Rules) -> Access {
        let segment = |name: &str| match name {
            "*" => Segment::Any,
            name => Segment::Name(name.to_owned()),
        };
        let rule = |rule: &crate::model::rule::Rule| Rule {
            segments: rule.path.segments().map(segment).collect(),
            allows: rule.mode == Mode::Read,
        };
        Access(rules.0.iter().map(rule).collect())
    }

    /// What a client without rules may see: what its mapping reaches.
    pub(super) fn of_mapping(mapping: &Mapping) -> Access {
        let rule = |real: &Path| Rule {
            segments: real.segments().map(|name| Segment::Name(name.to_owned())).collect(),
            allows: true,
        };
        Access(mapping.links().map(|(_, real)| rule(real)).collect())
    }

    /// The state at the root.
    pub(super) fn root(&self) -> State {
        let pending = (0..self.0.len()).collect();
        self.settled(State { depth: 0, pending, best: None })
    }

    /// The state at `path`.
    pub(super) fn at(&self, path: &Path) -> State {
        path.segments().fold(self.root(), |state, name| self.enter(&state, name))
    }

    /// The state at the entry `name` of where `state` is.
    pub(super) fn enter(&self, state: &State, name: &str) -> State {
        let depth = state.depth + 1;
        if state.depth == 0 && selfview::is_hidden(name) {
            return State { depth, pending: Vec::new(), best: None };
        }
        let fits = |index: &usize| {
            let segment = self.0.get(*index).and_then(|rule| rule.segments.get(state.depth));
            segment.is_some_and(|segment| segment.fits(name))
        };
        let pending = state.pending.iter().copied().filter(fits).collect();
        self.settled(State { depth, pending, best: state.best })
    }

    /// Lets the rules that end here take part in the decision.
    fn settled(&self, mut state: State) -> State {
        let State { depth, pending, best } = &mut state;
        pending.retain(|index| {
            let Some(rule) = self.0.get(*index) else { return false };
            if rule.segments.len() > *depth {
                return true;
            }
            // Of two rules for one path the later one holds.
            let beaten = best
                .and_then(|best| self.0.get(best))
                .is_some_and(|best| exactness(&rule.segments, &best.segments) == Ordering::Less);
            if !beaten {
                *best = Some(*index);
            }
            false
        });
        // Rules that say the same as what holds already change nothing.
        let allows = self.allows(&state);
        if state.pending.iter().all(|one| self.0.get(*one).is_some_and(|r| r.allows == allows)) {
            state.pending.clear();
        }
        state
    }

    /// Whether what is here may be seen.
    pub(super) fn allows(&self, state: &State) -> bool {
        state.best.and_then(|best| self.0.get(best)).is_some_and(|rule| rule.allows)
    }
}

impl State {
    /// Whether the same holds for everything below.
    pub(super) fn is_final(&self) -> bool {
        // The root hides some names whatever the rules say.
        self.pending.is_empty() && self.depth > 0
    }
}

/// Compares two rules that cover the same path: a name beats `*`, then the deeper one wins.
fn exactness(left: &[Segment], right: &[Segment]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        match (left, right) {
            (Segment::Any, Segment::Name(_)) => return Ordering::Less,
            (Segment::Name(_), Segment::Any) => return Ordering::Greater,
            _ => {}
        }
    }
    left.len().cmp(&right.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::rule::{self, Rule as Stored};

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn records_of_the_service_are_hidden_by_any_rule() {
        let all = Rules(vec![Stored { path: path("/"), mode: Mode::Read }]);
        let access = Access::of_rules(&all);
        assert!(access.allows(&access.at(&path("/cl-1/env"))));
        for hidden in ["/_metad", "/_metad/rule/default/10.0.0.1", "/_metactl/self"] {
            assert!(!access.allows(&access.at(&path(hidden))), "{hidden}");
        }
        assert!(!access.root().is_final(), "the root is to be walked");
    }

    proptest! {
        #[test]
        fn walking_decides_as_asking_does(
            list in proptest::collection::vec(("(/[ab*]){0,4}", any::<bool>()), 0..8),
            asked in "(/[abc]){0,5}",
        ) {
            let mode = |read: bool| if read { Mode::Read } else { Mode::Forbidden };
            let stored = |(text, read): &(String, bool)| Stored {
                path: path(&format!("{text}/")),
                mode: mode(*read),
            };
            let rules = Rules(list.iter().map(stored).collect());
            let (access, asked) = (Access::of_rules(&rules), path(&format!("{asked}/")));
            prop_assert_eq!(access.allows(&access.at(&asked)), rules.decide(&asked).allowed);
        }

        #[test]
        fn a_mapping_decides_as_asking_does(
            links in proptest::collection::btree_map("[a-e]", "(/[ab*]){1,3}", 0..5),
            asked in "(/[ab*]){1,5}",
        ) {
            let mut mapping = Mapping::new();
            for (name, real) in &links {
                mapping.insert(name, path(real)).unwrap();
            }
            let access = Access::of_mapping(&mapping);
            let asked = path(&asked);
            prop_assert_eq!(
                access.allows(&access.at(&asked)),
                rule::without_rules(&mapping, &asked).allowed
            );
        }
    }
}
