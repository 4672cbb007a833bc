//! `import` of a large tree, beside a bare loop over SQLite that writes the
//! same rows and neither reads a file nor checks anything.

use std::path::Path;
use std::process::Command;

use crate::process::{Room, time};
use crate::report::{Bound, Report};
use crate::sample::{Contender, alternate};
use crate::{Result, tree};

pub const KEYS: usize = 200_000;
const ROUNDS: usize = 5;

pub fn measure(report: &mut Report) -> Result {
    let room = Room::new("import")?;
    let text = room.path("tree.json");
    tree::write_json(&text, KEYS)?;
    let mut contenders: Vec<Contender> = vec![
        Box::new(|| {
            let database = fresh(&room, "import.db")?;
            let endpoint = format!("file:{}", database.display());
            time(&mut room.metactl(&endpoint, &["--quiet", "import", &text.to_string_lossy()]))
        }),
        Box::new(|| time(&mut bare(&fresh(&room, "bare.db")?, "history")?)),
        Box::new(|| time(&mut bare(&fresh(&room, "bare.db")?, "current")?)),
    ];
    let samples = alternate(ROUNDS, &mut contenders)?;
    let import = samples[0].median();
    for (sample, what, bound) in [
        (&samples[1], "current and history rows", Bound::AtLeast(0.6)),
        (&samples[2], "current rows alone", Bound::AtLeast(0.3)),
    ] {
        let loop_time = sample.median();
        let measured = format!("{loop_time:.0} ms / {import:.0} ms");
        let what = format!("speed of `import` of 200,000 keys to a bare SQLite loop, {what}");
        report.add(&what, &measured, loop_time / import, "", bound);
    }
    Ok(())
}

fn bare(database: &Path, rows: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare").arg(database).args([&KEYS.to_string(), rows]);
    Ok(command)
}

/// The path of a database that is not there yet.
fn fresh(room: &Room, name: &str) -> Result<std::path::PathBuf> {
    let path = room.path(name);
    for end in ["", "-wal", "-shm", "-rev"] {
        let file = room.path(&format!("{name}{end}"));
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    Ok(path)
}
