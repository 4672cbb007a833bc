//! `recursive` and `alt`: JSON, text, and which spelling a key has.

use snapbox::str;

use super::scene::{Shop, get, told};
use crate::support::{assert_text, until};

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
    assert_text(
        text,
        str![[r##"
GET ?recursive=true
200 application/json
{"instance":{"attributes":{"Some_Key":"one\ntwo","tags":"web,front","user-data":"#cloud-config\n"},"hostname":"i-web1.c.shop.internal","id":12345678901234567890,"machineType":"projects/[NUMBER]/machineTypes/custom-2-4096","name":"i-web1","networkInterfaces":[{"accessConfigs":[{"externalIp":"203.0.113.7","type":"ONE_TO_ONE_NAT"}],"ip":"192.168.100.2","mac":"52:54:00:0a:bc:01","network":"projects/[NUMBER]/networks/vxnet-shop"}],"tags":["web","front"],"zone":"projects/[NUMBER]/zones/pek3a"},"oslogin":{},"project":{"attributes":{"color":"blue","size":"12"},"numericProjectId":[NUMBER],"projectId":"shop"},"universe":{"universeDomain":"googleapis.com"}}⏎̸

GET instance/network-interfaces/?recursive=true
200 application/json
[{"accessConfigs":[{"externalIp":"203.0.113.7","type":"ONE_TO_ONE_NAT"}],"ip":"192.168.100.2","mac":"52:54:00:0a:bc:01","network":"projects/[NUMBER]/networks/vxnet-shop"}]⏎̸

GET instance/network-interfaces/?recursive=true&alt=text
200 application/text
0/access-configs/0/external-ip 203.0.113.7
0/access-configs/0/type ONE_TO_ONE_NAT
0/ip 192.168.100.2
0/mac 52:54:00:0a:bc:01
0/network projects/[NUMBER]/networks/vxnet-shop

GET instance/attributes/?recursive=True
200 application/json
{"Some_Key":"one\ntwo","tags":"web,front","user-data":"#cloud-config\n"}⏎̸

GET project/?recursive=true&alt=text
200 application/text
attributes/color blue
attributes/size 12
numeric-project-id [NUMBER]
project-id shop

GET instance/?alt=text&recursive=true
200 application/text
attributes/Some_Key one
two
attributes/tags web,front
attributes/user-data #cloud-config

hostname i-web1.c.shop.internal
id 12345678901234567890
machine-type projects/[NUMBER]/machineTypes/custom-2-4096
name i-web1
network-interfaces/0/access-configs/0/external-ip 203.0.113.7
network-interfaces/0/access-configs/0/type ONE_TO_ONE_NAT
network-interfaces/0/ip 192.168.100.2
network-interfaces/0/mac 52:54:00:0a:bc:01
network-interfaces/0/network projects/[NUMBER]/networks/vxnet-shop
tags web
tags front
zone projects/[NUMBER]/zones/pek3a


"##]],
    );
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
    assert_text(
        text,
        str![[r#"
GET instance/id
200 application/text
12345678901234567890⏎̸

GET instance/id?alt=json
200 application/json
12345678901234567890⏎̸

GET instance/name?alt=json
200 application/json
"i-web1"⏎̸

GET instance/attributes/Some_Key?alt=json
200 application/json
"one\ntwo"⏎̸

GET instance/tags
200 application/json
["web","front"]⏎̸

GET instance/tags?alt=text
200 application/text
web
front

GET instance/name?recursive=true
200 application/text
i-web1⏎̸

GET instance/name?recursive=true&alt=json
200 application/json
"i-web1"⏎̸

GET project/numeric-project-id?alt=json
200 application/json
[NUMBER]⏎̸


"#]],
    );
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
    let mut client = shop.web1();
    let mut json = String::new();
    until("the keys are there", || {
        json = get(&mut client, "instance/?recursive=true").text();
        json.contains("dashed")
    });
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
    until("the tags are others", || etag("instance/tags") != of_leaf);
    assert_ne!(of_directory, etag("instance/"));
    assert_eq!(project, etag("project/?recursive=true"));
}
