//! The rules of the house that a machine can hold: sizes, layers, words.

use std::path::{Path, PathBuf};

/// Lines of a file: of the program, of tests.
const MOST_LINES: usize = 400;
const MOST_TEST_LINES: usize = 600;

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "manager", "common", "misc"];

/// What a layer may not speak of, and why.
const LAYERS: [(&str, &[&str]); 6] = [
    (
        "src/model",
        &[
            "crate::store",
            "crate::ops",
            "crate::ui",
            "crate::commands",
            "crate::config",
            "std::fs::",
            "tokio",
            "SystemTime::now",
            "rusqlite",
        ],
    ),
    ("src/store", &["crate::ops", "crate::ui", "crate::commands", "crate::session", "clap"]),
    (
        "src/ops",
        &["crate::ui", "crate::commands", "crate::session", "clap::", "rusqlite", "println!"],
    ),
    (
        "src/engine",
        &["crate::ops", "crate::ui", "crate::commands", "crate::session", "crate::serve", "hyper"],
    ),
    ("src/serve", &["crate::commands", "crate::session", "clap::", "println!"]),
    ("src/ui", &["crate::store", "crate::ops", "crate::commands", "crate::session"]),
];

/// One source file.
struct Source {
    name: String,
    text: String,
}

impl Source {
    fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// What is compiled into the program: all above the tests.
    fn program(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
    }
}

fn sources(top: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(top)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push(Source { name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for (top, most) in [("src", MOST_LINES), ("benches", MOST_LINES), ("tests", MOST_TEST_LINES)] {
        for source in sources(top).iter().filter(|source| source.lines() > most) {
            long.push(format!("{}: {} lines, {most} at most", source.name, source.lines()));
        }
    }
    none(long);
}

#[test]
fn every_file_says_what_it_is() {
    let all = ["src", "benches", "tests"].into_iter().flat_map(sources);
    none(
        all.filter(|source| !source.text.starts_with("//! "))
            .map(|source| format!("{}: no module comment on top", source.name))
            .collect(),
    );
}

#[test]
fn a_mod_file_is_a_list() {
    let all = sources("src").into_iter().filter(|source| source.name.ends_with("/mod.rs"));
    // The store's contract is the exception.
    none(
        all.filter(|source| source.name != "src/store/mod.rs")
            .filter(|source| source.program().contains("\nimpl") || has_long_function(source))
            .map(|source| format!("{}: code in a mod.rs", source.name))
            .collect(),
    );
}

/// Dispatch of a noun's verbs is part of the list; more is not.
fn has_long_function(source: &Source) -> bool {
    source
        .program()
        .split("fn ")
        .skip(1)
        .any(|function| function.split("\n}").next().is_some_and(|body| body.lines().count() > 25))
}

#[test]
fn layers_know_only_what_is_below() {
    let mut crossed = Vec::new();
    for (layer, forbidden) in LAYERS {
        for source in sources(layer) {
            for (number, line) in source.program().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in forbidden.iter().filter(|word| code.contains(**word)) {
                    crossed.push(format!("{}:{}: `{word}`", source.name, number + 1));
                }
            }
        }
    }
    none(crossed);
}

#[test]
fn names_say_what_is_there() {
    let all = ["src", "benches", "tests"].into_iter().flat_map(sources);
    none(
        all.filter(|source| source.name.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part)))
            .map(|source| format!("{}: a name that says nothing", source.name))
            .collect(),
    );
}

#[test]
fn nothing_is_left_for_later() {
    let all = ["src", "benches", "tests"].into_iter().flat_map(sources);
    let marks = ["TODO", "FIXME", "XXX"].map(|mark| format!("{mark}:"));
    let mut left = Vec::new();
    for source in all.filter(|source| source.name != "tests/it/house.rs") {
        for (number, line) in source.text.lines().enumerate() {
            if line.contains("#[ignore") || marks.iter().any(|mark| line.contains(mark)) {
                left.push(format!("{}:{}: {}", source.name, number + 1, line.trim()));
            }
        }
    }
    none(left);
}

#[test]
fn only_store_openings_ask_for_the_kind_of_an_endpoint() {
    let allowed = ["src/endpoint.rs", "src/store/open.rs"];
    let all = sources("src").into_iter().filter(|source| !allowed.contains(&source.name.as_str()));
    none(
        all.filter(|source| source.program().contains("Endpoint::Etcd("))
            .map(|source| format!("{}: decides by the kind of an endpoint", source.name))
            .collect(),
    );
}
