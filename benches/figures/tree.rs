//! A large tree, the same every time: clusters with many parameters each.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::Result;

/// Keys of one cluster.
const KEYS_IN_A_CLUSTER: usize = 1_000;

/// Calls `each` with path and value of the keys of such a tree, sorted by path.
pub fn each_key(keys: usize, mut each: impl FnMut(&str, &str) -> Result) -> Result {
    for number in 0..keys {
        let (cluster, key) = (number / KEYS_IN_A_CLUSTER, number % KEYS_IN_A_CLUSTER);
        let path = format!("/cl-bench{cluster:04}/env/parameter-{key:05}");
        each(&path, &value(number))?;
    }
    Ok(())
}

fn value(number: usize) -> String {
    format!("value {number} of the parameter, as people write them")
}

/// Writes the tree as nested JSON and returns the size of the file in bytes.
pub fn write_json(file: &Path, keys: usize) -> Result<u64> {
    let mut out = BufWriter::new(File::create(file)?);
    write!(out, "{{")?;
    for cluster in 0..keys.div_ceil(KEYS_IN_A_CLUSTER) {
        let comma = if cluster == 0 { "" } else { "," };
        write!(out, "{comma}\n\"cl-bench{cluster:04}\":{{\"env\":{{")?;
        let first = cluster * KEYS_IN_A_CLUSTER;
        for number in first..(first + KEYS_IN_A_CLUSTER).min(keys) {
            let comma = if number == first { "" } else { "," };
            let key = number - first;
            write!(out, "{comma}\n\"parameter-{key:05}\":\"{}\"", value(number))?;
        }
        write!(out, "}}}}")?;
    }
    writeln!(out, "}}")?;
    out.flush()?;
    Ok(std::fs::metadata(file)?.len())
}
