//! What is more than an etcd takes at once.

use super::scene::{home_on_etcd, refuses_without_a_trace};
use crate::support::Home;

/// A document of three values of 1 MB each, and many small ones.
fn document(home: &Home) {
    let value = "v".repeat(1_000_000);
    let small: String = (0..2_000).map(|n| format!("  key{n}: value {n}\n")).collect();
    home.file("big.yaml", format!("a: {value}\nb: {value}\nc: {value}\nd:\n{small}"));
}

#[test]
fn a_value_is_refused_by_name_size_and_limit() {
    let (home, _etcd) = home_on_etcd();
    home.file("value", "v".repeat(2 << 20));
    let ran = home.run(["put", "/cl-1/env/big", "@value"]);
    assert_eq!(ran.code, 2, "{ran}");
    for word in ["`/cl-1/env/big`", "2097152 bytes", "1572864", "--max-request-bytes"] {
        assert!(ran.stderr.contains(word), "{word} is not in\n{ran}");
    }
    refuses_without_a_trace(&home, 2, &[&["put", "/cl-1/env/big", "@value"]]);
}

#[test]
fn a_document_is_refused_unless_it_may_come_in_parts() {
    let (home, _etcd) = home_on_etcd();
    document(&home);
    let ran = home.run(["import", "big.yaml"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("hint: Add `--in-parts`"), "{ran}");
    refuses_without_a_trace(&home, 2, &[&["import", "big.yaml"]]);
    let ran = home.run(["import", "big.yaml", "--in-parts", "-o", "json"]).ok();
    let done: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(done["keys"], 2_003, "{ran}");
    assert_eq!(done["changed"], 2_003, "{ran}");
    assert!(done["parts"].as_u64() > Some(3), "{ran}");
    assert!(ran.stderr.contains("warning: others could see a part"), "{ran}");
    let ran = home.run(["import", "big.yaml", "--in-parts"]).ok();
    assert!(ran.stderr.contains("nothing to change: 2003 keys"), "{ran}");
}

#[test]
fn no_part_is_written_when_a_value_is_too_large_by_itself() {
    let (home, _etcd) = home_on_etcd();
    document(&home);
    let mut text = std::fs::read_to_string(home.path().join("big.yaml")).unwrap();
    text.push_str(&format!("e: {}\n", "w".repeat(2 << 20)));
    home.file("big.yaml", text);
    refuses_without_a_trace(&home, 2, &[&["import", "big.yaml", "--in-parts"]]);
    assert_eq!(home.run(["export", "/d"]).code, 3);
}
