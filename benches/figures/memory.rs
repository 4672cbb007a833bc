//! How much memory grows with the tree: the peak with a large one, less the
//! peak of the same command with a tenth of it (what does not depend on the
//! tree, as SQLite's cache, is full by then), beside the text that is more.

use crate::import::KEYS;
use crate::process::{Room, peak};
use crate::report::{Bound, Report};
use crate::{Result, tree};

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("memory")?;
    let (small, large) = (room.path("small.json"), room.path("large.json"));
    let small_text = tree::write_json(&small, KEYS / 10)?;
    let text = tree::write_json(&large, KEYS)? - small_text;
    let small_store = format!("file:{}", room.path("small.db").display());
    let large_store = format!("file:{}", room.path("large.db").display());
    let (small, large) = (small.to_string_lossy(), large.to_string_lossy());
    for (name, with_small, with_large) in [
        ("import", vec!["import", &*small], vec!["import", &*large]),
        ("export", vec!["export"], vec!["export"]),
        ("dump", vec!["dump", "-o", "json"], vec!["dump", "-o", "json"]),
        ("get -o json", vec!["get", "-o", "json", "/"], vec!["get", "-o", "json", "/"]),
    ] {
        let base = peak(&room.metactl(&small_store, &with_small))?;
        let whole = peak(&room.metactl(&large_store, &with_large))?;
        let grown = whole.saturating_sub(base) as f64;
        let mebi = f64::from(1 << 20);
        let measured = format!(
            "({:.1} − {:.1}) MiB / {:.1} MiB of text",
            whole as f64 / mebi,
            base as f64 / mebi,
            text as f64 / mebi
        );
        let what =
            format!("growth of memory by `{name}` of 20,000 to 200,000 keys, to that of the text");
        report.add(&what, &measured, grown / text as f64, "", Bound::AtMost(1.0));
    }
    Ok(())
}
