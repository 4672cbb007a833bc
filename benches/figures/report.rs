//! The figures as lines while they are measured and as a table at the end.

use std::fmt::Write;

use crate::Result;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/benchmarks.md");
const BEGIN: &str = "<!-- figures: written by benches/run.sh --record -->\n";
const END: &str = "<!-- end of figures -->";

/// What a figure has to be.
#[derive(Clone, Copy)]
pub enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// Reported, not promised.
    None,
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Bound::AtMost(bound) => value <= bound,
            Bound::AtLeast(bound) => value >= bound,
            Bound::None => true,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Bound::AtMost(bound) => format!("≤ {bound}{unit}"),
            Bound::AtLeast(bound) => format!("≥ {bound}{unit}"),
            Bound::None => String::new(),
        }
    }
}

/// All figures of a run.
#[derive(Default)]
pub struct Report {
    rows: Vec<[String; 5]>,
    over: bool,
    small: bool,
}

impl Report {
    /// No figure yet; of a `small` run, whose figures mean nothing.
    pub fn new(small: bool) -> Report {
        Report { small, ..Report::default() }
    }

    /// So much of what the service is measured with: little in a small run, which
    /// shows that the measurement works.
    pub fn share(&self, number: usize) -> usize {
        if self.small { number.div_ceil(100) } else { number }
    }

    /// Adds one figure: what it is, the raw measurements behind it, its value
    /// with its unit (empty for a ratio), and its bound.
    pub fn add(&mut self, what: &str, measured: &str, value: f64, unit: &str, bound: Bound) {
        let holds = bound.holds(value);
        self.over |= !holds;
        let verdict = match bound {
            Bound::None => "",
            _ if holds => "PASS",
            _ => "**OVER**",
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        let digits = if value >= 100.0 { 0 } else { 2 };
        let figure = format!("{value:.digits$}{unit}");
        eprintln!("   {what}: {figure} ({measured}) {} {verdict}", bound.text(&unit));
        self.rows.push([
            what.to_owned(),
            measured.to_owned(),
            figure,
            bound.text(&unit),
            verdict.to_owned(),
        ]);
    }

    /// Whether no figure is over its bound.
    pub fn all_within(&self) -> bool {
        !self.over
    }

    /// The figures as a Markdown table.
    pub fn table(&self) -> String {
        let mut text =
            String::from("| what | measured | figure | bound | |\n|---|---|---:|---:|---|\n");
        for row in &self.rows {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }

    /// Puts the table into `docs/benchmarks.md`, between its two marks.
    pub fn record(&self) -> Result {
        let page = std::fs::read_to_string(PAGE)?;
        let (before, rest) = page.split_once(BEGIN).ok_or("docs/benchmarks.md has no mark")?;
        let (_, after) = rest.split_once(END).ok_or("docs/benchmarks.md has no end mark")?;
        std::fs::write(PAGE, format!("{before}{BEGIN}\n{}\n{END}{after}", self.table()))?;
        Ok(())
    }
}
