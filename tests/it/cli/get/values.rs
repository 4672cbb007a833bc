//! Values come back byte for byte.

use std::process::Command;

use crate::support::Home;

fn values() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        "\n",
        "two\nlines\n",
        "tab\tquote\"'`back\\slash",
        "-n",
        "--yes",
        "𝄞 𓀀 e\u{301}",
        "$(echo no) `echo no` $HOME !1 ;|&<>*?[]{}~#",
        "carriage\r\nreturn\u{1b}[31m\u{7f}",
        "  blanks  ",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push("ab\n𝄞'\"\\".repeat(1024 * 1024 / 10));
    all
}

#[test]
fn raw_values_are_what_was_put() {
    let home = Home::new();
    for (number, value) in values().iter().enumerate() {
        let path = format!("/cl-v/env/v{number}");
        home.run_input(["put", &path, "-"], value).ok();
        let raw = home.run(["get", "--raw", &path]).ok();
        assert!(raw.stdout == *value, "value {number}");
        let plain = home.run(["get", &path]).ok();
        let newline = if value.ends_with('\n') { "" } else { "\n" };
        assert!(plain.stdout == format!("{value}{newline}"), "value {number}");
        let json = home.run(["get", "-o", "json", &path]).ok();
        assert!(serde_json::from_str::<String>(&json.stdout).unwrap() == *value, "value {number}");
    }
}

#[test]
fn a_shell_evaluates_what_env_prints() {
    let home = Home::new();
    let values = values();
    for (number, value) in values.iter().enumerate() {
        home.run_input(["put", &format!("/cl-v/env/{number}.v-x"), "-"], value).ok();
    }
    let lines = home.run(["get", "-o", "env", "/cl-v/env"]).ok().stdout;
    for (number, value) in values.iter().enumerate() {
        let script = home.file("script.sh", format!("{lines}\nprintf %s \"$_{number}_v_x\"\n"));
        let output = Command::new("/bin/sh").arg(&script).env_clear().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "value {number}");
        assert!(output.stdout == value.as_bytes(), "value {number}");
    }
}

#[test]
fn lines_of_a_directory_can_be_taken_apart() {
    let home = Home::new();
    for (number, value) in values().iter().enumerate() {
        home.run_input(["put", &format!("/cl-v/env/v{number}"), "-"], value).ok();
    }
    let text = home.run(["get", "/cl-v/env"]).ok().stdout;
    let mut read: Vec<(String, String)> = text
        .split_terminator('\n')
        .map(|line| line.split_once('\t').unwrap())
        .map(|(path, value)| (path.to_owned(), unescape(value)))
        .collect();
    assert!(read.is_sorted());
    read.sort_by_key(|(path, _)| path[2..].parse::<usize>().unwrap());
    let values: Vec<_> = read.into_iter().map(|(_, value)| value).collect();
    assert!(values == self::values());
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        plain.push(match c {
            '\\' => match characters.next().unwrap() {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                other => other,
            },
            c => c,
        });
    }
    plain
}
