//! Reading gives the same answers on an etcd as on a file.

use crate::support::etcd::Etcd;
use crate::support::{Home, Ran, fill_sample};

const WORDS: &[&[&str]] = &[
    &["get", "/cl-app/env/port"],
    &["get", "/cl-app"],
    &["get", "/"],
    &["get", "/cl-app", "/cl-zk/env/tick", "-o", "json"],
    &["get", "/self", "--as", "i-m1"],
    &["get", "/self/host/ip", "--as", "cln-m2"],
    &["get", "/self/links/zk/env/tick", "--as", "192.168.100.2"],
    &["get", "/cl-app/links/zk/env"],
    &["get", "/self/host/attributes", "--or-project", "--as", "i-m1"],
    &["get", "/cl-app/cluster/endpoints/shard/port", "--resolve"],
    &["get", "/cl-app/env/prot"],
    &["get", "/self/host/ip", "--as", "i-gone"],
    &["ls"],
    &["ls", "--as", "i-m1"],
    &["ls", "/self", "--as", "i-m1"],
    &["ls", "/cl-app/hosts"],
    &["ls", "/cl-app/env/port"],
    &["ls", "/cl-app/none"],
    &["tree", "cl-app"],
    &["dump"],
    &["dump", "cl-zk", "-o", "yaml"],
];

#[test]
fn an_etcd_answers_like_a_file() {
    let etcd = Etcd::start();
    let endpoint = format!("{}/some/where", etcd.endpoint());
    let home = Home::new();
    fill_sample(&home, &[]);
    fill_sample(&home, &["--endpoint", &endpoint]);
    for words in WORDS {
        let on_file = home.run(*words);
        let on_etcd = home.run([*words, &["--endpoint", &endpoint]].concat());
        assert_eq!(seen(&on_etcd), seen(&on_file), "{words:?}");
    }
}

fn seen(ran: &Ran) -> (&str, &str, i32) {
    (&ran.stdout, &ran.stderr, ran.code)
}
