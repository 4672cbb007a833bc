//! What one client may read of a path, and which link or rule decides: what the
//! service goes by, told to people.

use serde::Serialize;

use crate::model::mapping::Mapping;
use crate::model::path::Path;
use crate::model::rule::{self, Decision, Rules};
use crate::model::selfview::{self, Meaning, Piece};

/// A client's mapping and rules.
#[derive(Debug, Clone)]
pub struct Client {
    pub mapping: Mapping,
    pub rules: Permission,
}

/// What decides beside the mapping.
#[derive(Debug, Clone)]
pub enum Permission {
    /// There are no rules: what the mapping reaches may be read.
    Mapping,
    Rules(Rules),
    /// There are rules that cannot be read, which let nothing through.
    Unreadable,
}

/// How much of a path may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Allowed,
    /// Some of what is below it.
    Partly,
    Forbidden,
}

impl Verdict {
    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Partly => "partly",
            Verdict::Forbidden => "forbidden",
        }
    }
}

/// The decision on one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// As it is asked for.
    pub path: Path,
    /// Where it is kept; none where no link leads anywhere.
    pub real_path: Option<Path>,
    #[serde(flatten)]
    pub decision: Decision,
}

/// What decides on `path`: first the path itself, or each link of a directory of
/// links; after each of them what is decided otherwise below it.
pub fn explain(client: &Client, path: &Path) -> (Verdict, Vec<Decided>) {
    let mut all = Vec::new();
    let Some(rest) = selfview::below_self(path) else {
        if path.is_root() {
            own(client, path, "", &mut all);
        }
        piece(client, &Piece::plain(path), &mut all);
        return (verdict(&all), all);
    };
    own(client, path, rest, &mut all);
    if all.is_empty() {
        let why = format!("no link of its mapping leads to `{path}`");
        let decision = Decision { allowed: false, why };
        all.push(Decided { path: path.clone(), real_path: None, decision });
    }
    (verdict(&all), all)
}

fn verdict(all: &[Decided]) -> Verdict {
    let allowed = all.iter().filter(|decided| decided.decision.allowed).count();
    match allowed {
        0 => Verdict::Forbidden,
        _ if allowed == all.len() => Verdict::Allowed,
        _ => Verdict::Partly,
    }
}

/// What is decided on `/self/<rest>`.
fn own(client: &Client, path: &Path, rest: &str, all: &mut Vec<Decided>) {
    match selfview::meaning(&client.mapping, rest) {
        Meaning::Linked { real, .. } => {
            piece(client, &Piece { asked: path.clone(), real }, all);
        }
        Meaning::Directory(pieces) => pieces.iter().for_each(|one| piece(client, one, all)),
    }
}

/// What is decided on one path and below it.
fn piece(client: &Client, piece: &Piece, all: &mut Vec<Decided>) {
    let decided = |real: &Path, decision| {
        // Below the root, a path that the root does not show stands for itself.
        let asked = piece.appears(real.as_str()).and_then(|text| Path::from_stored(&text));
        let path = asked.unwrap_or_else(|| real.clone());
        Decided { path, real_path: Some(real.clone()), decision }
    };
    let mut told = vec![decided(&piece.real, client.decide(&piece.real))];
    // Sorted, what lies above comes first.
    let mut below = client.below(&piece.real);
    below.sort();
    below.dedup();
    for real in below {
        let decision = client.decide(&real);
        let is_above =
            |above: &&Decided| above.real_path.as_ref().is_some_and(|above| above.contains(&real));
        let above = told.iter().rev().find(is_above);
        if above.is_none_or(|above| above.decision.allowed != decision.allowed) {
            told.push(decided(&real, decision));
        }
    }
    all.append(&mut told);
}

impl Client {
    /// Whether the real path itself may be read.
    fn decide(&self, real: &Path) -> Decision {
        if selfview::is_hidden(real.as_str()) {
            let why = format!("`{real}` is never shown to a node");
            return Decision { allowed: false, why };
        }
        match &self.rules {
            Permission::Mapping => rule::without_rules(&self.mapping, real),
            Permission::Rules(rules) => rules.decide(real),
            Permission::Unreadable => {
                let why = "its rules cannot be read, and so let nothing through".to_owned();
                Decision { allowed: false, why }
            }
        }
    }

    /// The paths below `real` at which something else may be decided.
    fn below(&self, real: &Path) -> Vec<Path> {
        match &self.rules {
            Permission::Mapping => {
                let links = self.mapping.links().map(|(_, link)| link);
                links.filter(|link| *link != real && real.contains(link)).cloned().collect()
            }
            Permission::Rules(rules) => {
                rules.0.iter().filter_map(|rule| rule::reaching_into(&rule.path, real)).collect()
            }
            Permission::Unreadable => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rule::Rule;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn client(rules: Option<&[&str]>) -> Client {
        let mapping = Mapping::from_leaves([("env", "/cl-1/env"), ("host", "/cl-1/hosts/a/i-1")]);
        let rules = match rules {
            None => Permission::Mapping,
            Some(all) => {
                Permission::Rules(Rules(all.iter().map(|one| Rule::parse(one).unwrap()).collect()))
            }
        };
        Client { mapping, rules }
    }

    /// `allowed: /self/env +, /self/host -`
    fn told(client: &Client, asked: &str) -> String {
        let (verdict, all) = explain(client, &path(asked));
        let one = |decided: &Decided| {
            format!("{} {}", decided.path, if decided.decision.allowed { "+" } else { "-" })
        };
        format!("{}: {}", verdict.word(), all.iter().map(one).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn without_rules_the_links_decide() {
        let client = client(None);
        assert_eq!(told(&client, "/self/env/x"), "allowed: /self/env/x +");
        assert_eq!(told(&client, "/self"), "allowed: /self/env +, /self/host +");
        assert_eq!(told(&client, "/self/none"), "forbidden: /self/none -");
        assert_eq!(told(&client, "/cl-1"), "partly: /cl-1 -, /cl-1/env +, /cl-1/hosts/a/i-1 +");
        assert_eq!(told(&client, "/cl-2"), "forbidden: /cl-2 -");
        assert_eq!(
            told(&client, "/"),
            "partly: /self/env +, /self/host +, / -, /cl-1/env +, /cl-1/hosts/a/i-1 +"
        );
    }

    #[test]
    fn rules_decide_for_self_too() {
        let client = client(Some(&["/cl-1=read", "/cl-1/env/secret=forbidden", "/*/hosts=read"]));
        assert_eq!(told(&client, "/self/env/x"), "allowed: /self/env/x +");
        assert_eq!(told(&client, "/self/env"), "partly: /self/env +, /self/env/secret -");
        assert_eq!(told(&client, "/self/env/secret/x"), "forbidden: /self/env/secret/x -");
        assert_eq!(told(&client, "/cl-2"), "partly: /cl-2 -, /cl-2/hosts +");
        assert_eq!(told(&client, "/cl-2/env"), "forbidden: /cl-2/env -");
        let (_, all) = explain(&client, &path("/self/env/secret"));
        assert_eq!(all[0].real_path, Some(path("/cl-1/env/secret")));
        assert_eq!(all[0].decision.why, "the rule on `/cl-1/env/secret` forbids it");
    }

    #[test]
    fn a_star_stands_for_a_name_that_another_rule_may_beat() {
        let client = client(Some(&["/cl-1/env=read", "/*/env/x=forbidden"]));
        assert_eq!(told(&client, "/cl-1/env"), "allowed: /cl-1/env +");
        assert_eq!(told(&client, "/cl-1/env/x"), "allowed: /cl-1/env/x +");
    }

    #[test]
    fn what_is_told_above_is_not_told_again() {
        let rules = ["/cl-1/a=read", "/cl-1/a/b=read", "/cl-1/a/b/c=forbidden", "/cl-1/a-b=read"];
        assert_eq!(
            told(&client(Some(&rules)), "/cl-1"),
            "partly: /cl-1 -, /cl-1/a +, /cl-1/a-b +, /cl-1/a/b/c -"
        );
    }

    #[test]
    fn records_are_shown_to_nobody() {
        let client = client(Some(&["/=read"]));
        for hidden in ["/_metad", "/_metactl/self"] {
            assert!(told(&client, hidden).starts_with("forbidden"), "{hidden}");
        }
        assert_eq!(told(&client, "/cl-9"), "allowed: /cl-9 +");
        let unreadable = Client { rules: Permission::Unreadable, ..client };
        assert_eq!(told(&unreadable, "/self/env"), "forbidden: /self/env -");
    }
}
