//! Values of any text survive every way in and out, byte for byte.

use std::process::Command;

use super::scene;
use crate::support::Home;

/// What a shell makes of the lines of `-o env`.
fn evaluated(home: &Home, path: &str) -> Vec<u8> {
    home.file("lines", &home.run(["get", "-o", "env", path]).ok().stdout);
    let script = format!(". ./lines; printf %s \"${}\"", path.rsplit('/').next().unwrap());
    let shell = Command::new("/bin/sh").args(["-c", &script]).current_dir(home.path()).output();
    shell.unwrap().stdout
}

#[test]
fn a_shell_gets_every_byte_of_env_lines() {
    let home = Home::new();
    for (n, value) in values().iter().enumerate().filter(|(_, value)| !value.contains('\0')) {
        let path = format!("/v/name{n}");
        home.run_input(["put", &path, "-", "-q"], value).ok();
        assert!(evaluated(&home, &path) == value.as_bytes(), "{value:.80?}");
    }
}

/// Texts that some format, shell or argument parser may want to mangle.
fn values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        " ",
        "\n",
        "\n\n",
        "two\nlines",
        "two\nlines\n",
        "two\nlines\n\n",
        "\n leading\n",
        "  indented\n less\n",
        "trailing \n blanks\t\n",
        "\ttab\tstops\t",
        "\"double\" 'single' `back`",
        "it's",
        "$HOME $(id) \\ \\n",
        "-5",
        "--yes",
        "- item",
        "@file",
        "-",
        "12345678901234567890",
        "1.50",
        "0x1F",
        "1e3",
        "007",
        "true",
        "no",
        "null",
        "~",
        "<<",
        "2024-01-01",
        "12:30:00",
        "a: b",
        "a #b",
        "#b",
        "[x]",
        "{x}",
        "&a",
        "*a",
        "!tag",
        "| literal",
        "> folded",
        "%dir",
        "---",
        "...\n",
        "key: |\n  x\n",
        "\u{1f600} 𝄞 é 漢",
        "e\u{301}",
        "\r\n",
        "a\rb",
        "\u{85}\u{2028}\u{2029}",
        "\u{feff}bom",
        "\u{0}nul",
        "\u{1b}[31m\u{7}",
        "\u{7f}\u{9f}",
        "\u{e000}\u{fffe}\u{10ffff}",
    ]
    .map(str::to_owned)
    .into();
    values.push("long line without an end ".repeat(1 << 12));
    let line = "0123456789 abcdef \u{1f600}\t'\"\n";
    values.push(line.repeat((1 << 20) / line.len() + 1));
    values
}

fn all(home: &Home) -> Vec<String> {
    let ran = home.run(["export", "/v", "-o", "json"]).ok();
    let tree: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let count = tree["v"].as_object().unwrap().len();
    (0..count).map(|n| tree["v"][format!("{n:03}")].as_str().unwrap().to_owned()).collect()
}

#[test]
fn put_get_export_and_import_keep_every_byte() {
    every_way_keeps_every_byte(&Home::new());
}

#[test]
fn put_get_export_and_import_keep_every_byte_on_etcd() {
    let (home, _etcd) = scene::home_on_etcd();
    every_way_keeps_every_byte(&home);
}

fn every_way_keeps_every_byte(home: &Home) {
    let values = values();
    for (n, value) in values.iter().enumerate() {
        let path = format!("/v/{n:03}");
        home.run_input(["put", &path, "-", "-q"], value).ok();
        let got = home.run(["get", "--raw", &path]).ok();
        assert!(got.stdout == *value, "{value:.80?} came back as {:.80?}", got.stdout);
    }
    assert!(all(home) == values, "put changes a value");
    for format in ["yaml", "json"] {
        let document = home.run(["export", "-o", format]).ok().stdout;
        let other = Home::new();
        other.file(&format!("tree.{format}"), &document);
        other.run(["import", &format!("tree.{format}")]).ok();
        let back = all(&other);
        for (value, back) in values.iter().zip(&back) {
            assert!(value == back, "{format}: {value:.80?} came back as {back:.80?}");
        }
        let again = other.run_input(["import", "-"], &document).ok();
        assert!(again.stderr.starts_with("nothing to change"), "{again}");
    }
}

#[test]
fn values_are_taken_as_they_are_typed() {
    let home = Home::new();
    for (n, value) in values().iter().filter(|value| value.len() < 10_000).enumerate() {
        if value.contains('\0') {
            continue;
        }
        let path = format!("/v/{n}");
        home.run(["put", "--literal", "-q", &path, "--", value]).ok();
        let ran = home.run(["export", &path, "-o", "json"]).ok();
        let tree: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(tree["v"][n.to_string()], value.as_str());
    }
}

#[test]
fn names_of_any_text_come_back_too() {
    let home = Home::new();
    let names =
        ["a b", "true", "~", "1", "-", "<<", "é 𝄞", "a:b", "#x", "a\\b", "'", "\"", "*", "?"];
    for name in names {
        home.run(["put", &format!("/n/{name}"), name]).ok();
    }
    for format in ["yaml", "json"] {
        let document = home.run(["export", "-o", format]).ok().stdout;
        let again = home.run_input(["import", "-"], &document).ok();
        assert!(again.stderr.starts_with("nothing to change: 14 keys"), "{again}");
    }
}
