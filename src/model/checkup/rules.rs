//! Access rules that let nothing through, or cannot be read.

use super::facts::Leaf;
use super::finding::{Finding, Kind};
use crate::model::path::Path;
use crate::model::rule::{self, Mode, Rules};

/// What one client's rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// They allow everything that nothing else forbids.
    Root,
    /// They allow some paths.
    Some(Rules),
    /// Something is wrong with them.
    Wrong(Box<Finding>),
}

/// Looks at the rules of one client; the leaf's name is its group and ip.
pub fn read(leaf: &Leaf) -> Rule {
    let place = place(&leaf.name);
    let way = format!("Take the rules away: `metactl rm {place}`");
    let ip = leaf.name.rsplit('/').next().unwrap_or_default();
    let wrong = |kind: Kind, what: String| {
        let finding = Finding::new(kind, what).at(place.clone(), leaf.revision);
        Rule::Wrong(Box::new(finding.mend(way.clone())))
    };
    match Rules::parse(&leaf.value) {
        Err(_) => wrong(Kind::RuleUnreadable, format!("the access rules of `{ip}` cannot be read")),
        Ok(rules) if !lets_through(&rules) => {
            wrong(Kind::RuleLetsNothingThrough, format!("the access rules of `{ip}` allow nothing"))
        }
        Ok(rules) if rules.0.iter().any(|rule| rule.path.is_root() && rule.mode == Mode::Read) => {
            Rule::Root
        }
        Ok(rules) => Rule::Some(rules),
    }
}

/// Compares a client's rules with what its mapping leads to.
pub fn reach(name: &str, revision: u64, rules: &Rules, mapping: &[Leaf]) -> Option<Finding> {
    // What a star stands for is not known here.
    if rules.0.iter().any(|rule| rule.path.segments().any(|name| name == "*")) {
        return None;
    }
    let links = mapping.iter().filter_map(|leaf| Path::parse(&leaf.value).ok());
    let reaches = |real: Path| {
        let inside = rules.0.iter().filter(|rule| real.contains(&rule.path));
        rules.decide(&real).allowed || inside.into_iter().any(|rule| rule.mode == Mode::Read)
    };
    if links.into_iter().any(reaches) {
        return None;
    }
    let ip = name.rsplit('/').next().unwrap_or_default();
    let place = place(name);
    let what = format!("the access rules of `{ip}` allow nothing that its mapping leads to");
    let mend = format!("Take the rules away: `metactl rm {place}`");
    Some(Finding::new(Kind::RuleLetsNothingThrough, what).at(place, revision).mend(mend))
}

fn lets_through(rules: &Rules) -> bool {
    let read = rules.0.iter().filter(|rule| rule.mode == Mode::Read);
    read.into_iter().any(|rule| rules.decide(&rule.path).allowed)
}

fn place(name: &str) -> Path {
    let top = Path::from_stored(rule::ROOT).unwrap_or_else(Path::root);
    super::facts::below(&top, name)
}
