//! A small store: two clusters, one linked to the other, and the mapping of two nodes.

use super::Home;

const TREE: &str = r#"
cl-app:
  cluster:
    cluster_id: cl-app
    endpoints:
      client: {port: env.port, protocol: tcp}
      shard: {port: env.master.shard.port}
      admin: {port: 9000}
      broken: {port: env.nowhere}
  env:
    port: 8080
    motd: "hello\tthere\nback\\slash\n"
    key: {access_key_id: AKID, secret_access_key: hidden}
  role-env:
    master: {shard.port: 7000}
  hosts:
    master:
      i-m1: {ip: 192.168.100.2, sid: 1, instance_id: i-m1, node_id: cln-m1, attributes: {color: red}}
      i-m2: {ip: 192.168.100.3, sid: 2, instance_id: i-m2, node_id: cln-m2}
    master-replica:
      i-r1: {ip: 192.168.100.10, sid: 3, instance_id: i-r1, node_id: cln-r1}
  links: {zk: cl-zk}
cl-zk:
  cluster: {cluster_id: cl-zk}
  env: {tick: 2000}
  links: {other: cl-app}
projects:
  default:
    attributes: {color: blue, size: large}
"#;

const LINKS: &[&str] = &[
    "hosts=/cl-app/hosts",
    "cluster=/cl-app/cluster",
    "env=/cl-app/env",
    "adding-hosts=/cl-app/adding-hosts",
    "links/zk=/cl-zk",
    "project=/projects/default",
];

/// A home whose store holds the sample.
pub fn sample() -> Home {
    let home = Home::new();
    fill_sample(&home, &[]);
    home
}

/// Writes the sample to the store that `flags` choose.
pub fn fill_sample(home: &Home, flags: &[&str]) {
    home.file("sample.yaml", TREE);
    home.run([&["import", "sample.yaml"], flags].concat()).ok();
    for (ip, host) in [("192.168.100.2", "i-m1"), ("192.168.100.3", "i-m2")] {
        let host = format!("host=/cl-app/hosts/master/{host}");
        home.run([&["mapping", "set", ip, &host], LINKS, flags].concat()).ok();
    }
}
