//! Access rules: which paths a client may read.
//!
//! A rule covers its path and everything below it; `*` stands for any one
//! segment. Of the rules that cover a path, the one decides that is the most
//! exact: from the top, at the first segment where two differ, a name beats
//! `*`; where none differs, the deeper rule beats the shallower. What no rule
//! covers is forbidden.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::model::selfview;

/// Where the rules of all clients are.
pub const ROOT: &str = "/_metad/rule";

/// One rule, as metad stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub path: Path,
    pub mode: Mode,
}

impl Rule {
    /// Reads `PATH=read` or `PATH=forbidden`. `Usage` for another form, `Invalid`
    /// for what is no path that a rule can be about.
    pub fn parse(text: &str) -> Result<Rule> {
        let (path, word) = text.rsplit_once('=').unwrap_or((text, ""));
        let mode = match word {
            "read" => Mode::Read,
            "forbidden" => Mode::Forbidden,
            _ => {
                return Err(Error::new(
                    Kind::Usage,
                    format!("`{text}` is not of the form PATH=read or PATH=forbidden"),
                ));
            }
        };
        let path = Path::parse(path)?;
        check_path(&path)?;
        Ok(Rule { path, mode })
    }
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Mode {
    Forbidden,
    Read,
}

impl Mode {
    /// The word that people type and read.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Forbidden => "forbidden",
            Mode::Read => "read",
        }
    }
}

impl From<Mode> for u8 {
    fn from(mode: Mode) -> u8 {
        match mode {
            Mode::Forbidden => 0,
            Mode::Read => 1,
        }
    }
}

impl TryFrom<u8> for Mode {
    type Error = String;

    fn try_from(number: u8) -> Result<Mode, String> {
        match number {
            0 => Ok(Mode::Forbidden),
            1 => Ok(Mode::Read),
            other => Err(format!("mode {other} is not known; 0 (forbidden) and 1 (read) are")),
        }
    }
}

/// The rules of one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rules(pub Vec<Rule>);

/// Whether a path may be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub allowed: bool,
    /// One sentence.
    pub why: String,
}

impl Rules {
    /// Reads the JSON array that a store holds. `Invalid` with what is wrong and where.
    pub fn parse(text: &str) -> Result<Rules> {
        serde_json::from_str(text).map_err(|error| {
            Error::invalid("access rules are not a JSON array of `{\"path\",\"mode\"}`")
                .because(error)
        })
    }

    /// Takes in other rules; one on the same path takes the place of those there
    /// were. How many say something new.
    pub fn merge(&mut self, others: &[Rule]) -> usize {
        let mut news = 0;
        for rule in others {
            let same = |known: &Rule| known.path == rule.path;
            news += usize::from(self.on(&rule.path) != Some(rule.mode));
            let place = self.0.iter().position(same).unwrap_or(self.0.len());
            self.0.retain(|known| !same(known));
            self.0.insert(place, rule.clone());
        }
        news
    }

    /// What the rule on that very path says; of several the last one holds.
    pub fn on(&self, path: &Path) -> Option<Mode> {
        self.0.iter().rev().find(|rule| rule.path == *path).map(|rule| rule.mode)
    }

    /// The rules as a store holds them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "[]".to_owned())
    }

    /// Whether `path` may be read.
    pub fn decide(&self, path: &Path) -> Decision {
        let covering = self.0.iter().filter(|rule| covers(&rule.path, path));
        // Of two rules for one path the later one holds, as a later write would.
        match covering.max_by(|left, right| exactness(&left.path, &right.path)) {
            None => Decision {
                allowed: false,
                why: format!("none of the {} rules covers `{path}`", self.0.len()),
            },
            Some(rule) => Decision {
                allowed: rule.mode == Mode::Read,
                why: format!(
                    "the rule on `{}` {} it",
                    rule.path,
                    if rule.mode == Mode::Read { "allows" } else { "forbids" }
                ),
            },
        }
    }
}

/// Where the rules of a client are; `Invalid` when `ip` is no address.
pub fn leaf(group: &str, ip: &str) -> Result<Path> {
    Path::parse(ROOT)?.child(group)?.child(&mapping::parse_ip(ip)?)
}

/// `Invalid` for a path that no rule can be about.
pub fn check_path(path: &Path) -> Result<()> {
    if selfview::below_self(path).is_some() {
        return Err(Error::invalid(format!(
            "a rule on `{path}` would never count: rules are about the real paths that links \
             lead to"
        ))
        .hint("See where they lead: `metactl mapping get IP`"));
    }
    if selfview::is_hidden(path.as_str()) {
        return Err(Error::invalid(format!(
            "`{path}` is never shown to a node, whatever a rule says"
        )));
    }
    Ok(())
}

/// Whether a client without rules may read `path`: exactly what its mapping reaches.
pub fn without_rules(mapping: &Mapping, path: &Path) -> Decision {
    if mapping::is_bookkeeping(path) {
        let why = format!("`{path}` is among metactl's own records");
        return Decision { allowed: false, why };
    }
    match mapping.links().find(|(_, real)| real.contains(path)) {
        Some((name, real)) => Decision {
            allowed: true,
            why: format!("there are no rules, and `/self/{name}` leads to `{real}`"),
        },
        None => Decision {
            allowed: false,
            why: format!("there are no rules, and no link of the mapping reaches `{path}`"),
        },
    }
}

fn covers(rule: &Path, path: &Path) -> bool {
    let mut path = path.segments();
    rule.segments().all(|part| path.next().is_some_and(|name| part == "*" || part == name))
}

/// The path below `top` that a rule is about, if it is about one: with `*` where
/// any name is meant.
pub(super) fn reaching_into(rule: &Path, top: &Path) -> Option<Path> {
    let mut parts = rule.segments();
    if !top.segments().all(|name| parts.next().is_some_and(|part| part == "*" || part == name)) {
        return None;
    }
    let rest: Vec<&str> = parts.collect();
    if rest.is_empty() { None } else { top.join(&rest.join("/")).ok() }
}

/// Compares two rules that cover the same path.
fn exactness(left: &Path, right: &Path) -> Ordering {
    let (mut left, mut right) = (left.segments(), right.segments());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some("*"), Some(name)) if name != "*" => return Ordering::Less,
            (Some(name), Some("*")) if name != "*" => return Ordering::Greater,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn rules(list: &[(&str, Mode)]) -> Rules {
        Rules(list.iter().map(|(text, mode)| Rule { path: path(text), mode: *mode }).collect())
    }

    use Mode::{Forbidden, Read};

    #[test]
    fn deeper_beats_shallower() {
        let rules = rules(&[("/", Forbidden), ("/cl-1", Read), ("/cl-1/env/secret", Forbidden)]);
        assert!(rules.decide(&path("/cl-1/hosts")).allowed);
        assert!(!rules.decide(&path("/cl-1/env/secret/x")).allowed);
        assert!(!rules.decide(&path("/cl-10")).allowed);
        assert_eq!(rules.decide(&path("/cl-1")).why, "the rule on `/cl-1` allows it");
    }

    #[test]
    fn a_name_beats_the_star() {
        let rules = rules(&[("/*/env", Read), ("/cl-1", Forbidden), ("/cl-2/hosts", Read)]);
        assert!(rules.decide(&path("/cl-3/env/x")).allowed);
        assert!(!rules.decide(&path("/cl-1/env/x")).allowed);
        assert!(rules.decide(&path("/cl-2/env/x")).allowed, "`/cl-2/hosts` does not cover it");
    }

    #[test]
    fn what_nothing_covers_is_forbidden() {
        assert!(!Rules::default().decide(&path("/cl-1")).allowed);
        assert!(!rules(&[("/cl-1/env", Read)]).decide(&path("/cl-1")).allowed);
    }

    #[test]
    fn without_rules_the_mapping_decides() {
        let mapping = Mapping::from_leaves([("host", "/cl-1/hosts/a/i-1"), ("env", "/cl-1/env")]);
        assert!(without_rules(&mapping, &path("/cl-1/env/x")).allowed);
        assert!(!without_rules(&mapping, &path("/cl-1/hosts/a/i-2")).allowed);
        assert!(!without_rules(&mapping, &path("/_metactl/self")).allowed);
    }

    #[test]
    fn a_typed_rule_is_about_a_real_path() {
        let rule = Rule::parse("/cl-1/env/a=b=read").unwrap();
        assert_eq!((rule.path.as_str(), rule.mode), ("/cl-1/env/a=b", Read));
        assert_eq!(Rule::parse("/*/env=forbidden").unwrap().mode, Forbidden);
        for bad in ["/x", "/x=1", "x=read", "=read", "/self/env=read", "/_metad=read"] {
            assert!(Rule::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn merging_leaves_one_rule_a_path() {
        let mut all = rules(&[("/a", Read), ("/b", Read), ("/a", Forbidden), ("/c", Read)]);
        let more = rules(&[("/a", Read), ("/d", Forbidden), ("/c", Read)]);
        assert_eq!(all.merge(&more.0), 2);
        assert_eq!(all.clone().merge(&more.0), 0);
        let merged = rules(&[("/a", Read), ("/b", Read), ("/c", Read), ("/d", Forbidden)]);
        assert_eq!(all, merged);
    }

    #[test]
    fn rules_are_read_as_metad_writes_them() {
        let text = r#"[{"path":"/","mode":0},{"path":"/clusters/cl-1","mode":1}]"#;
        let rules = Rules::parse(text).unwrap();
        assert_eq!(rules.to_json(), text);
        for bad in ["{}", r#"[{"path":"x","mode":1}]"#, r#"[{"path":"/","mode":2}]"#] {
            assert!(Rules::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        /// A rule for the path itself decides, whatever else there is.
        #[test]
        fn the_path_s_own_rule_decides(
            list in proptest::collection::vec(("(/[ab*]){0,4}", any::<bool>()), 0..8),
            own in "(/[ab]){1,4}",
            allowed in any::<bool>(),
        ) {
            let mode = |read: bool| if read { Read } else { Forbidden };
            let mut all: Vec<Rule> = list
                .iter()
                .map(|(text, read)| Rule { path: path(&format!("{text}/")), mode: mode(*read) })
                .collect();
            all.push(Rule { path: path(&own), mode: mode(allowed) });
            prop_assert_eq!(Rules(all).decide(&path(&own)).allowed, allowed);
        }

        /// The order of rules with different paths plays no part.
        #[test]
        fn order_plays_no_part(
            map in proptest::collection::btree_map("(/[ab*]){1,3}", any::<bool>(), 0..6),
            asked in "(/[abc]){1,4}",
        ) {
            let list: Vec<Rule> = map
                .iter()
                .map(|(text, read)| Rule {
                    path: path(text),
                    mode: if *read { Read } else { Forbidden },
                })
                .collect();
            let back = Rules(list.iter().rev().cloned().collect());
            prop_assert_eq!(Rules(list).decide(&path(&asked)), back.decide(&path(&asked)));
        }
    }
}
