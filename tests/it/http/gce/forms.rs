//! `recursive` and `alt`: JSON, text, and which spelling a key has.

use snapbox::str;

use super::scene::{Shop, get, told};
use crate::support::assert_text;

#[test]
fn trees_come_as_json_or_text() {
    let shop = Shop::open(&[]);
    let text = told(
        &mut shop.web1(),
        &[
            "?recursive=true",
            "instance/network-interfaces/?recursive=true",
            "instance/network-interfaces/?recursive=true&alt=text",
            "instance/attributes/?recursive=True",
            "project/?recursive=true&alt=text",
            "instance/?alt=text&recursive=true",
        ],
    );
    assert_text(text, str![]);
}

#[test]
fn a_value_has_its_own_form_and_can_have_the_other() {
    let shop = Shop::open(&[]);
    let text = told(
        &mut shop.web1(),
        &[
            "instance/id",
            "instance/id?alt=json",
            "instance/name?alt=json",
            "instance/attributes/Some_Key?alt=json",
            "instance/tags",
            "instance/tags?alt=text",
            "instance/name?recursive=true",
            "instance/name?recursive=true&alt=json",
            "project/numeric-project-id?alt=json",
        ],
    );
    assert_text(text, str![]);
}

#[test]
fn numbers_are_exact() {
    let shop = Shop::open(&[]);
    let json = get(&mut shop.web1(), "?recursive=true").text();
    // As a double it would end in 8000.
    assert!(json.contains(r#""id":12345678901234567890,"#), "{json}");
    let tree: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(tree["instance"]["id"].as_u64(), Some(12_345_678_901_234_567_890));
    assert!(tree["project"]["numericProjectId"].is_u64());
    assert!(tree["project"]["attributes"]["size"].is_string());
}

#[test]
fn keys_of_users_keep_their_spelling() {
    let shop = Shop::open(&[]);
    shop.set("my-dashed-key=1,CamelKey=2");
    let json = get(&mut shop.web1(), "instance/?recursive=true").text();
    for key in ["my-dashed-key", "CamelKey", "Some_Key", "machineType", "networkInterfaces"] {
        assert!(json.contains(&format!("\"{key}\":")), "{key} in {json}");
    }
}

#[test]
fn an_etag_is_of_the_state_and_not_of_its_form() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    let mut etag = |path: &str| get(&mut client, path).header("etag").unwrap().to_owned();
    let of_directory = etag("instance/");
    assert_eq!(of_directory, etag("instance/?recursive=true"));
    assert_eq!(of_directory, etag("instance/?recursive=true&alt=text"));
    let of_leaf = etag("instance/tags");
    assert_eq!(of_leaf, etag("instance/tags?alt=text"));
    let project = etag("project/?recursive=true");
    shop.set("tags=other");
    assert_ne!(of_leaf, etag("instance/tags"));
    assert_ne!(of_directory, etag("instance/"));
    assert_eq!(project, etag("project/?recursive=true"));
}
