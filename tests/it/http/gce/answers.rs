//! Listings, values, redirects and headers.

use snapbox::str;

use super::scene::{FLAVOR, STRANGER, Shop, WEB2, get, told};
use crate::support::assert_text;

#[test]
fn the_top_needs_no_header() {
    let shop = Shop::open(&[]);
    // Whoever asks: it says what kind of server this is, and nothing else.
    for ip in [super::scene::WEB1, STRANGER] {
        let mut client = shop.from(ip);
        for (path, body) in [("/", "computeMetadata/\n"), ("/computeMetadata/", "v1/\n")] {
            let answer = client.get(path);
            assert_eq!((answer.status, answer.text().as_str()), (200, body));
            assert_eq!(answer.header("content-type"), Some("application/text"));
            assert_eq!(answer.header("metadata-flavor"), Some("Google"));
            assert_eq!(answer.header("etag"), None);
        }
    }
}

#[test]
fn directories_are_listed_and_values_are_bare() {
    let shop = Shop::open(&[]);
    let text = told(
        &mut shop.web1(),
        &[
            "",
            "instance/",
            "instance/attributes/",
            "instance/network-interfaces/",
            "instance/network-interfaces/0/",
            "instance/network-interfaces/0/access-configs/0/",
            "project/",
            "project/attributes/",
            "oslogin/",
            "universe/",
            "instance/attributes/Some_Key",
            "instance/id",
            "instance/name",
            "instance/hostname",
            "instance/zone",
            "instance/machine-type",
            "instance/tags",
            "instance/network-interfaces/0/mac",
            "instance/network-interfaces/0/ip",
            "instance/network-interfaces/0/network",
            "instance/network-interfaces/0/access-configs/0/external-ip",
            "instance/network-interfaces/0/access-configs/0/type",
            "project/project-id",
            "project/numeric-project-id",
            "project/attributes/color",
            "universe/universe-domain",
        ],
    );
    assert_text(
        text,
        str![[r#"
GET 
200 application/text
instance/
oslogin/
project/
universe/

GET instance/
200 application/text
attributes/
hostname
id
machine-type
name
network-interfaces/
tags
zone

GET instance/attributes/
200 application/text
Some_Key
tags
user-data

GET instance/network-interfaces/
200 application/text
0/

GET instance/network-interfaces/0/
200 application/text
access-configs/
ip
mac
network

GET instance/network-interfaces/0/access-configs/0/
200 application/text
external-ip
type

GET project/
200 application/text
attributes/
numeric-project-id
project-id

GET project/attributes/
200 application/text
color
size

GET oslogin/
200 application/text
⏎̸

GET universe/
200 application/text
universe-domain

GET instance/attributes/Some_Key
200 application/text
one
two⏎̸

GET instance/id
200 application/text
12345678901234567890⏎̸

GET instance/name
200 application/text
i-web1⏎̸

GET instance/hostname
200 application/text
i-web1.c.shop.internal⏎̸

GET instance/zone
200 application/text
projects/[NUMBER]/zones/pek3a⏎̸

GET instance/machine-type
200 application/text
projects/[NUMBER]/machineTypes/custom-2-4096⏎̸

GET instance/tags
200 application/json
["web","front"]⏎̸

GET instance/network-interfaces/0/mac
200 application/text
52:54:00:0a:bc:01⏎̸

GET instance/network-interfaces/0/ip
200 application/text
192.168.100.2⏎̸

GET instance/network-interfaces/0/network
200 application/text
projects/[NUMBER]/networks/vxnet-shop⏎̸

GET instance/network-interfaces/0/access-configs/0/external-ip
200 application/text
203.0.113.7⏎̸

GET instance/network-interfaces/0/access-configs/0/type
200 application/text
ONE_TO_ONE_NAT⏎̸

GET project/project-id
200 application/text
shop⏎̸

GET project/numeric-project-id
200 application/text
[NUMBER]⏎̸

GET project/attributes/color
200 application/text
blue⏎̸

GET universe/universe-domain
200 application/text
googleapis.com⏎̸


"#]],
    );
}

#[test]
fn what_a_record_does_not_say_is_not_there() {
    let shop = Shop::open(&[]);
    let mut client = shop.from(WEB2);
    let listed = get(&mut client, "instance/").text();
    assert_eq!(listed, "attributes/\nhostname\nname\nnetwork-interfaces/\ntags\n");
    assert_eq!(get(&mut client, "instance/attributes/").text(), "");
    assert_eq!(get(&mut client, "instance/tags").text(), "[]");
    for missing in ["id", "zone", "machine-type", "cpu-platform", "disks/", "maintenance-event"] {
        assert_eq!(get(&mut client, &format!("instance/{missing}")).status, 404, "{missing}");
    }
}

#[test]
fn a_directory_without_its_slash_is_redirected() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for (path, to) in [
        ("/computeMetadata", "/computeMetadata/"),
        ("/computeMetadata/v1", "/computeMetadata/v1/"),
        ("/computeMetadata/v1?recursive=true", "/computeMetadata/v1/?recursive=true"),
        (
            "/computeMetadata/v1/instance/attributes?a=b&c=%20",
            "/computeMetadata/v1/instance/attributes/?a=b&c=%20",
        ),
        (
            "/computeMetadata/v1/instance/network-interfaces/0",
            "/computeMetadata/v1/instance/network-interfaces/0/",
        ),
    ] {
        let answer = client.ask("GET", path, &[FLAVOR], b"");
        assert_eq!(answer.status, 301, "{path}");
        let absolute = format!("http://metadata{to}");
        assert_eq!(answer.header("location"), Some(absolute.as_str()));
        assert_eq!(answer.header("metadata-flavor"), Some("Google"));
        assert_eq!(answer.header("content-type"), Some("text/html"));
        assert_eq!(answer.text(), format!("{}\n", to.split('?').next().unwrap()));
    }
}

#[test]
fn every_answer_has_the_headers_of_googles() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for (path, kind) in [
        ("instance/id", "application/text"),
        ("instance/", "application/text"),
        ("instance/tags", "application/json"),
        ("instance/?recursive=true", "application/json"),
        ("instance/nothing", "text/html; charset=UTF-8"),
    ] {
        let answer = get(&mut client, path);
        for (name, value) in [
            ("content-type", kind),
            ("metadata-flavor", "Google"),
            ("server", "Metadata Server for VM"),
            ("x-xss-protection", "0"),
            ("x-frame-options", "SAMEORIGIN"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("date").is_some());
        assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
        let etag = answer.header("etag");
        assert_eq!(etag.is_some(), answer.status == 200);
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        assert!(etag.is_none_or(|etag| (15..=17).contains(&etag.len()) && etag.chars().all(hex)));
    }
}

#[test]
fn head_is_get_without_the_body() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    let got = get(&mut client, "instance/id");
    let head = client.ask("HEAD", "/computeMetadata/v1/instance/id", &[FLAVOR], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["etag", "content-length", "content-type"] {
        assert_eq!(head.header(name), got.header(name), "{name}");
    }
}

#[test]
fn the_metadata_address_speaks_both_protocols() {
    let shop = Shop::open(&[]);
    let mut client = shop.serve.node(super::scene::WEB1);
    assert_eq!(get(&mut client, "instance/name").text(), "i-web1");
    assert_eq!(client.ask("GET", "/", &[FLAVOR], b"").text(), "computeMetadata/\n");
    // The other protocol's own.
    assert_eq!(client.get("/self/host").header("metadata-flavor"), None);
    assert_ne!(client.get("/").text(), "computeMetadata/\n");
    assert_eq!(client.get("/computeMetadata/v1/instance/name").status, 403);
}
