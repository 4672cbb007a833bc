//! Live rows: one for each thing that is waited for, on a terminal.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// As many rows as a screen surely has; what is more is one row of counts.
const MOST: usize = 20;

/// Rows on standard error, or none at all; gone when dropped.
pub struct Rows {
    screen: Option<MultiProgress>,
    rows: BTreeMap<String, ProgressBar>,
    /// The texts of what has no row of its own.
    others: BTreeMap<String, String>,
    rest: Option<ProgressBar>,
}

impl Rows {
    pub(super) fn new(shown: bool) -> Rows {
        let screen = shown.then(MultiProgress::new);
        Rows { screen, rows: BTreeMap::new(), others: BTreeMap::new(), rest: None }
    }

    /// Whether anybody sees them.
    pub fn are_shown(&self) -> bool {
        self.screen.is_some()
    }

    /// Sets the text of the row of that name.
    pub fn set(&mut self, name: &str, text: &str) {
        let Some(screen) = &self.screen else { return };
        if let Some(row) = self.rows.get(name) {
            row.set_message(text.to_owned());
        } else if self.rows.len() < MOST {
            let row = screen.add(bar());
            row.set_prefix(name.to_owned());
            row.set_message(text.to_owned());
            self.rows.insert(name.to_owned(), row);
        } else {
            self.others.insert(name.to_owned(), text.to_owned());
            let rest = self.rest.get_or_insert_with(|| screen.add(bar()));
            rest.set_prefix(format!("{} more", self.others.len()));
            rest.set_message(counts(self.others.values()));
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{prefix:12}  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// `3 exit 0, 1 running`.
fn counts<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts.iter().map(|(text, count)| format!("{count} {text}")).collect::<Vec<_>>().join(", ")
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.rows.values().chain(&self.rest).for_each(ProgressBar::finish_and_clear);
        if let Some(screen) = &self.screen {
            // A terminal that is gone needs no clearing.
            let _ = screen.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_row_is_counted() {
        let texts = ["running", "exit 0", "running"].map(str::to_owned);
        assert_eq!(counts(texts.iter()), "1 exit 0, 2 running");
    }
}
