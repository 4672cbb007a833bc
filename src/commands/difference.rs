//! Differences in the forms that dry runs, `diff` and `apply` share.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::error::Result;
use crate::model::difference::{Counts, Difference, Entry, Kind};
use crate::session::Session;
use crate::ui::fit::{cut, printable};
use crate::ui::{Format, Report, Styles, escape, out};

/// The forms of a difference; on a terminal it is shown as a table is elsewhere.
pub const FORMATS: [Format; 4] = [Format::Text, Format::Json, Format::Yaml, Format::Table];

/// From how many lines on directories are one line each at a glance.
const MOST_LINES: usize = 24;
/// What is deeper than the cluster's own directories is worth a line of its own.
const LEAST_DEPTH: usize = 2;

/// Prints a difference in one of [`FORMATS`].
pub fn show(difference: &Difference, session: &Session, format: Format) -> Result<()> {
    if format != Format::Table {
        return session.ui.show(difference, format);
    }
    let mut to = session.ui.out();
    out::written(glance(&mut to, difference, session.ui.styles(), session.ui.width()))?;
    to.finish()
}

/// One line for each leaf: `+ PATH TAB value` for a new one, `-` for one that is
/// gone, and `~ PATH TAB old TAB new`, everything escaped.
pub fn lines(out: &mut dyn Write, difference: &Difference) -> io::Result<()> {
    for entry in difference.entries() {
        write!(out, "{} {}", sign(entry.kind()), entry.path)?;
        for value in entry.was.iter().chain(&entry.now) {
            write!(out, "\t{}", escape(value))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What a person sees: values cut to `width` columns, and where there is much,
/// one line for all that is new or gone in a directory.
pub fn glance(
    out: &mut dyn Write,
    difference: &Difference,
    styles: &Styles,
    width: usize,
) -> io::Result<()> {
    for row in folded(difference) {
        let style = style(row.kind, styles);
        let path = printable(row.path);
        let below = if row.entry.is_none() { "/…" } else { "" };
        let room = width.saturating_sub(path.width() + below.width() + 4).max(8);
        let sign = Styles::paint(style, sign(row.kind));
        let path = Styles::paint(style, format!("{path}{below}"));
        let value = row.value(room);
        let value = if row.entry.is_some() { value } else { cut(&value, room) };
        writeln!(out, "{}", format!("{sign} {path}  {value}").trim_end())?;
    }
    Ok(())
}

/// How much differs, as the part of a sentence.
pub fn summary(counts: Counts) -> String {
    let Counts { new, changed, gone } = counts;
    let parts: Vec<String> = [(new, "new"), (changed, "changed"), (gone, "gone")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() { "no difference".to_owned() } else { parts.join(", ") }
}

fn sign(kind: Kind) -> char {
    match kind {
        Kind::New => '+',
        Kind::Changed => '~',
        Kind::Gone => '-',
    }
}

fn style(kind: Kind, styles: &Styles) -> Style {
    match kind {
        Kind::New => styles.good,
        Kind::Changed => styles.warn,
        Kind::Gone => styles.bad,
    }
}

/// One line at a glance: a leaf, or all that is new or gone in a directory.
#[derive(Clone)]
struct Row<'a> {
    kind: Kind,
    path: &'a str,
    /// None for a directory.
    entry: Option<&'a Entry>,
    keys: usize,
    /// The address of a host's record.
    ip: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(entry: &'a Entry) -> Row<'a> {
        let path = entry.path.as_str();
        Row { kind: entry.kind(), path, entry: Some(entry), keys: 1, ip: None }
    }

    /// The rows of one directory as one row, if they can be.
    fn folded(directory: &'a str, rows: &[Row<'a>]) -> Option<Row<'a>> {
        let (first, rest) = rows.split_first()?;
        let alike = first.kind != Kind::Changed && rest.iter().all(|row| row.kind == first.kind);
        let keys = rows.iter().map(|row| row.keys).sum();
        let own = |row: &&Row<'a>| row.path.strip_prefix(directory) == Some("/ip");
        let ip = rows.iter().find(own).and_then(|row| row.entry);
        let ip = ip.and_then(|entry| entry.now.as_deref().or(entry.was.as_deref()));
        let row = Row { kind: first.kind, path: directory, entry: None, keys, ip };
        (alike && !rest.is_empty()).then_some(row)
    }

    fn value(&self, room: usize) -> String {
        match self.entry {
            Some(Entry { was: Some(was), now: Some(now), .. }) => {
                let (now, room) = (quoted(now), room.saturating_sub(" → ".width()));
                let was = cut(&quoted(was), (room / 2).max(room.saturating_sub(now.width())));
                let now = cut(&now, room.saturating_sub(was.width()));
                format!("{was} → {now}")
            }
            Some(Entry { was, now, .. }) => {
                let value = now.as_ref().or(was.as_ref()).map(|value| printable(value));
                cut(&value.unwrap_or_default(), room)
            }
            None => {
                let ip = self.ip.map(|ip| format!(", ip {}", printable(ip)));
                format!("{} keys{}", self.keys, ip.unwrap_or_default())
            }
        }
    }
}

/// A value beside another: nothing is shown as two quotes.
fn quoted(value: &str) -> String {
    if value.is_empty() { "\"\"".to_owned() } else { printable(value) }
}

/// The rows, directories folded from the deepest on as long as there are too many.
fn folded(difference: &Difference) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = difference.entries().iter().map(Row::of).collect();
    let deepest = rows.iter().map(|row| row.path.matches('/').count()).max().unwrap_or(0);
    for depth in (LEAST_DEPTH..deepest).rev() {
        if rows.len() <= MOST_LINES {
            break;
        }
        rows = fold(&rows, depth);
    }
    rows
}

/// Folds the directories of that depth; what is below one is together, as rows
/// are sorted.
fn fold<'a>(rows: &[Row<'a>], depth: usize) -> Vec<Row<'a>> {
    let same = |one: &Row<'a>, other: &Row<'a>| {
        let top = top(one.path, depth);
        top.is_some() && top == self::top(other.path, depth)
    };
    let together = rows.chunk_by(same);
    let folded = together.flat_map(|rows| {
        let directory = rows.first().and_then(|row| top(row.path, depth));
        match directory.and_then(|directory| Row::folded(directory, rows)) {
            Some(row) => vec![row],
            None => rows.to_vec(),
        }
    });
    folded.collect()
}

/// The first segments of a path that has more of them.
fn top(path: &str, depth: usize) -> Option<&str> {
    let (end, _) = path.match_indices('/').nth(depth)?;
    path.get(..end)
}

impl Report for Difference {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        lines(out, self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::path::Path;

    fn tree(leaves: &[(&str, &str)]) -> BTreeMap<Path, String> {
        let leaf = |(path, value): &(&str, &str)| (Path::parse(path).unwrap(), (*value).to_owned());
        leaves.iter().map(leaf).collect()
    }

    fn example() -> Difference {
        let before = tree(&[("/cl-1/env/motd", "old\ttext"), ("/cl-1/gone", "x\ny")]);
        let after = tree(&[("/cl-1/env/motd", ""), ("/cl-1/hosts/i-1/ip", "10.0.0.1")]);
        Difference::between(before, after)
    }

    fn drawn(difference: &Difference, width: usize) -> String {
        let mut out = Vec::new();
        glance(&mut out, difference, &Styles::plain(), width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_for_each_leaf() {
        let mut out = Vec::new();
        lines(&mut out, &example()).unwrap();
        let text =
            "~ /cl-1/env/motd\told\\ttext\t\n- /cl-1/gone\tx\\ny\n+ /cl-1/hosts/i-1/ip\t10.0.0.1\n";
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }

    #[test]
    fn values_fit_the_terminal() {
        let wide = "~ /cl-1/env/motd  old\\ttext → \"\"\n- /cl-1/gone  x…\n+ /cl-1/hosts/i-1/ip  10.0.0.1\n";
        assert_eq!(drawn(&example(), 80), wide);
        assert_eq!(drawn(&example(), 26).lines().next(), Some("~ /cl-1/env/motd  ol… → \"\""));
    }

    #[test]
    fn much_is_folded_by_directory() {
        let mut after = tree(&[("/cl-1/env/a", "2")]);
        for host in ["i-1", "i-2"] {
            for key in ["cpu", "gid", "ip", "sid", "reserved_ips/vip/value", "x", "y", "z"] {
                let top = Path::parse("/cl-1/hosts/m").unwrap().child(host).unwrap();
                after.insert(top.join(key).unwrap(), format!("{key} of {host}"));
            }
        }
        let before = tree(&[("/cl-1/env/a", "1")]);
        let few = Difference::between(before.clone(), after.clone());
        assert_eq!(drawn(&few, 80).lines().count(), 17);
        for number in 0..10 {
            after.insert(Path::parse(&format!("/cl-1/links/{number}")).unwrap(), String::new());
        }
        assert_eq!(
            drawn(&Difference::between(before, after), 80),
            "\
~ /cl-1/env/a  1 → 2
+ /cl-1/hosts/m/i-1/…  8 keys, ip ip of i-1
+ /cl-1/hosts/m/i-2/…  8 keys, ip ip of i-2
+ /cl-1/links/0
+ /cl-1/links/1
+ /cl-1/links/2
+ /cl-1/links/3
+ /cl-1/links/4
+ /cl-1/links/5
+ /cl-1/links/6
+ /cl-1/links/7
+ /cl-1/links/8
+ /cl-1/links/9
"
        );
    }

    #[test]
    fn a_summary_counts() {
        assert_eq!(summary(example().counts()), "1 new, 1 changed, 1 gone");
        assert_eq!(summary(Counts::default()), "no difference");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_by_folding(
            paths in prop::collection::btree_map("(/[a-c]{1,2}){1,5}", any::<bool>(), 0..80)
        ) {
            let side = |which: bool| {
                let of = paths.iter().filter(move |(_, new)| **new == which);
                of.map(|(path, _)| (Path::parse(path).unwrap(), String::new())).collect::<Vec<_>>()
            };
            let difference = Difference::between(side(false), side(true));
            let rows = folded(&difference);
            prop_assert_eq!(rows.iter().map(|row| row.keys).sum::<usize>(), paths.len());
            let stands_for = |row: &Row<'_>, path: &str| {
                match row.entry {
                    Some(_) => path == row.path,
                    None => path.starts_with(&format!("{}/", row.path)),
                }
            };
            for (path, new) in &paths {
                let of: Vec<_> = rows.iter().filter(|row| stands_for(row, path)).collect();
                prop_assert_eq!(of.len(), 1);
                prop_assert_eq!(of[0].kind == Kind::New, *new);
            }
        }
    }
}
