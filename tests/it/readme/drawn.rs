//! What is drawn anew in each run (ids, addresses, times) and what the page has
//! in its place: the first one drawn is the first one on the page, and so on.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let patterns = [
        r"\b(?:cl|cln|i)-[a-z0-9]{8}\b",
        // Global server ids, MAC addresses, UUIDs, moments, keys.
        r"\b[0-9]{9}\b",
        r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b",
        r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
        r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(?:\.[0-9]+)?Z?",
        r"AAAAC3[A-Za-z0-9+/=]+",
    ];
    Regex::new(&patterns.join("|")).unwrap()
});

/// Two names for each drawn thing.
#[derive(Default)]
pub struct Drawn {
    on_page: HashMap<String, String>,
    actual: HashMap<String, String>,
}

impl Drawn {
    /// Pairs what was drawn in `actual` with what the page has in `expected`.
    pub fn bind(&mut self, expected: &str, actual: &str) {
        let new = |text: &str, known: &HashMap<String, String>| {
            let mut names: Vec<String> = Vec::new();
            for found in PATTERN.find_iter(text) {
                if !known.contains_key(found.as_str()) && !names.iter().any(|n| n == found.as_str())
                {
                    names.push(found.as_str().to_owned());
                }
            }
            names
        };
        let shown = new(expected, &self.actual);
        for (drawn, page) in new(actual, &self.on_page).into_iter().zip(shown) {
            self.actual.insert(page.clone(), drawn.clone());
            self.on_page.insert(drawn, page);
        }
    }

    /// A text of this run with the page's names.
    pub fn to_page(&self, text: &str) -> String {
        replaced(text, &self.on_page)
    }

    /// A text of the page with this run's names.
    pub fn to_actual(&self, text: &str) -> String {
        replaced(text, &self.actual)
    }
}

fn replaced(text: &str, names: &HashMap<String, String>) -> String {
    PATTERN
        .replace_all(text, |found: &regex::Captures<'_>| {
            names.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned())
        })
        .into_owned()
}
