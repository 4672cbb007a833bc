//! Making clusters that can be made.

use std::os::unix::fs::PermissionsExt;

use snapbox::str;

use super::packages::{self, CONFIG, TEMPLATE, example};
use crate::cli::scene::{closed_pipe, session};
use crate::support::{Home, assert_text, assert_transcript};

/// A home with the example's cluster and the one it is linked to; ids are drawn
/// from seeds.
pub fn example_home() -> Home {
    let home = Home::new();
    let coordinator = example("coordinator");
    let words = ["cluster", "create", "--app", &coordinator, "--id", "cl-coord", "--seed", "1"];
    home.run(words).ok();
    let queue = example("queue");
    let link = "coordinator_service=cl-coord";
    let words = ["cluster", "create", "--app", &queue, "--id", "cl-queue", "--seed", "2"];
    home.run([&words[..], &["--link", link]].concat()).ok();
    home
}

#[test]
fn the_examples_cluster_is_this_tree() {
    let home = example_home();
    assert_text(
        home.run(["export", "/cl-queue"]).ok().stdout,
        str![[r#"
cl-queue:
  cluster:
    app_id: app-queue001
    cluster_id: cl-queue
    endpoints:
      client:
        port: env.gateway.port
        protocol: tcp
      reserved_ips:
        write_ip:
          value: 192.168.100.11
      shards:
        port: env.port
        protocol: tcp
    global_uuid: "33db7430-40f8-4a8e-a9c9-32d26834c151"
    vxnet: vxnet-0
    zone: local
  env:
    admin.name: admin
    admin.password: Change-me-1
    features: metrics
    port: "7400"
    retention.hours: "72"
    sync.mode: majority
  hosts:
    gateway:
      [INSTANCE]:
        cpu: "1"
        eip: ""
        gid: "3"
        gpu: "0"
        gpu_class: "0"
        gsid: "727257153"
        hypervisor: kvm
        instance_class: "0"
        instance_id: [INSTANCE]
        ip: 192.168.100.8
        mac: "52:54:00:5b:1e:f4"
        memory: "2048"
        node_id: [NODE]
        physical_machine: pm-56aexvws
        reserved_ips:
          vip:
            value: 192.168.100.10
        role: gateway
        sid: "5"
        volume_class: "0"
        volume_size: "0"
        zone: local
      [INSTANCE]:
        cpu: "1"
        eip: ""
        gid: "4"
        gpu: "0"
        gpu_class: "0"
        gsid: "948769300"
        hypervisor: kvm
        instance_class: "0"
        instance_id: [INSTANCE]
        ip: 192.168.100.9
        mac: "52:54:00:02:76:dc"
        memory: "2048"
        node_id: [NODE]
        physical_machine: pm-miwtfbui
        reserved_ips:
          vip:
            value: 192.168.100.10
        role: gateway
        sid: "6"
        volume_class: "0"
        volume_size: "0"
        zone: local
    shard:
      [INSTANCE]:
        cpu: "2"
        eip: ""
        gid: "2"
        gpu: "0"
        gpu_class: "0"
        gsid: "708681836"
        hypervisor: kvm
        instance_class: "101"
        instance_id: [INSTANCE]
        ip: 192.168.100.5
        mac: "52:54:00:bb:28:54"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-k31ofopt
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDhhqP3ehuPYu7wy9Yhzm0/CDomEH6F4jTHNLkSZtivI shard
        role: shard
        sid: "2"
        volume_class: "100"
        volume_size: "20"
        zone: local
      [INSTANCE]:
        cpu: "2"
        eip: ""
        gid: "1"
        gpu: "0"
        gpu_class: "0"
        gsid: "131104804"
        hypervisor: kvm
        instance_class: "101"
        instance_id: [INSTANCE]
        ip: 192.168.100.4
        mac: "52:54:00:69:20:a1"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-w5ovmdhw
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDhhqP3ehuPYu7wy9Yhzm0/CDomEH6F4jTHNLkSZtivI shard
        role: shard
        sid: "1"
        volume_class: "100"
        volume_size: "20"
        zone: local
    shard-replica:
      [INSTANCE]:
        cpu: "2"
        eip: ""
        gid: "2"
        gpu: "0"
        gpu_class: "0"
        gsid: "390406473"
        hypervisor: kvm
        instance_class: "101"
        instance_id: [INSTANCE]
        ip: 192.168.100.7
        mac: "52:54:00:3d:80:98"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-q8n0kfh0
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDhhqP3ehuPYu7wy9Yhzm0/CDomEH6F4jTHNLkSZtivI shard
        role: shard-replica
        sid: "4"
        volume_class: "100"
        volume_size: "20"
        zone: local
      [INSTANCE]:
        cpu: "2"
        eip: ""
        gid: "1"
        gpu: "0"
        gpu_class: "0"
        gsid: "960572505"
        hypervisor: kvm
        instance_class: "101"
        instance_id: [INSTANCE]
        ip: 192.168.100.6
        mac: "52:54:00:d2:af:ba"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-w1ih8o9e
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDhhqP3ehuPYu7wy9Yhzm0/CDomEH6F4jTHNLkSZtivI shard
        role: shard-replica
        sid: "3"
        volume_class: "100"
        volume_size: "20"
        zone: local
  links:
    coordinator_service: cl-coord
  role-env:
    gateway:
      port: "8400"
      tls.enabled: "false"

"#]],
    );
}

#[test]
fn the_nodes_see_what_the_app_says() {
    let home = example_home();
    let shard = ["mapping", "get", "192.168.100.4"];
    let gateway = ["mapping", "get", "192.168.100.8"];
    assert_text(
        session(&home, [&shard, &gateway]),
        str![[r#"
$ metactl mapping get 192.168.100.4
192.168.100.4	adding-hosts	/cl-queue/adding-hosts
192.168.100.4	cluster	/cl-queue/cluster
192.168.100.4	cmd	/cl-queue/cmd/[INSTANCE]
192.168.100.4	deleting-hosts	/cl-queue/deleting-hosts
192.168.100.4	env	/cl-queue/env
192.168.100.4	host	/cl-queue/hosts/shard/[INSTANCE]
192.168.100.4	hosts	/cl-queue/hosts
192.168.100.4	links/coordinator_service	/cl-coord
192.168.100.4	project	/projects/default
192.168.100.4	vertical-scaling-roles	/cl-queue/vertical-scaling-roles

$ metactl mapping get 192.168.100.8
192.168.100.8	adding-hosts	/cl-queue/adding-hosts
192.168.100.8	cluster	/cl-queue/cluster
192.168.100.8	cmd	/cl-queue/cmd/[INSTANCE]
192.168.100.8	deleting-hosts	/cl-queue/deleting-hosts
192.168.100.8	env/admin.name	/cl-queue/env/admin.name
192.168.100.8	env/admin.password	/cl-queue/env/admin.password
192.168.100.8	env/features	/cl-queue/env/features
192.168.100.8	env/port	/cl-queue/role-env/gateway/port
192.168.100.8	env/retention.hours	/cl-queue/env/retention.hours
192.168.100.8	env/sync.mode	/cl-queue/env/sync.mode
192.168.100.8	env/tls.enabled	/cl-queue/role-env/gateway/tls.enabled
192.168.100.8	host	/cl-queue/hosts/gateway/[INSTANCE]
192.168.100.8	hosts	/cl-queue/hosts
192.168.100.8	links/coordinator_service	/cl-coord
192.168.100.8	project	/projects/default
192.168.100.8	vertical-scaling-roles	/cl-queue/vertical-scaling-roles

"#]],
    );
}

#[test]
fn what_is_said_goes_to_standard_error() {
    let home = Home::new();
    packages::folder(&home, "plain", CONFIG, TEMPLATE);
    let words = ["cluster", "create", "--app", "plain", "--id", "cl-a"];
    assert_transcript(
        home.run(words),
        str![[r#"
$ metactl cluster create --app plain --id cl-a
cl-a
--- stderr
created cluster cl-a with 2 nodes at revision 2
/self is now [INSTANCE] at 192.168.100.1; --as chooses another node

"#]],
    );
    let more = ["--set", "cluster.node.count=1", "--set", "env.name=x", "--cidr", "10.0.0.0/24"];
    let words = [&["cluster", "create", "--app", "plain", "--id", "cl-b"][..], &more].concat();
    assert_transcript(
        home.run(words),
        str![[r#"
$ metactl cluster create --app plain --id cl-b --set cluster.node.count=1 --set env.name=x --cidr 10.0.0.0/24
cl-b
--- stderr
created cluster cl-b with 1 node at revision 3

"#]],
    );
    let seen = [
        &["get", "/self/host/ip", "/cl-b/env/name"][..],
        &["instance", "list", "-o", "value"],
        &["cluster", "list"],
    ];
    assert_text(
        session(&home, seen),
        str![[r#"
$ metactl get /self/host/ip /cl-b/env/name
/self/host/ip	192.168.100.1
/cl-b/env/name	x

$ metactl instance list -o value
[INSTANCE]
[INSTANCE]
[INSTANCE]

$ metactl cluster list
cl-a	plain	2	2	active	vxnet-0	192.168.100.0/24	
cl-b	plain	1	1	active	vxnet-0	10.0.0.0/24	

"#]],
    );
}

#[test]
fn every_wrapping_holds_the_same_package() {
    let config = packages::bytes("coordinator", "config.json");
    let template = packages::bytes("coordinator", "cluster.json.mustache");
    let files = |folder: &str| {
        let name = |file: &str| format!("{folder}{file}");
        [
            (name("README.md"), b"about".to_vec()),
            (name("config.json"), config.clone()),
            (name("cluster.json.mustache"), template.clone()),
            (name("locale/en.json"), b"{}".to_vec()),
        ]
    };
    let trees: Vec<String> = ["dir", "a.zip", "b.zip", "a.tar.gz", "b.tgz"]
        .into_iter()
        .map(|wrapping| {
            let home = Home::new();
            let files = files(if wrapping.starts_with('b') { "coordinator-1.2/" } else { "" });
            let files: Vec<(&str, &[u8])> =
                files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            match wrapping {
                "dir" => files.iter().for_each(|(name, bytes)| {
                    home.file(&format!("dir/{name}"), bytes);
                }),
                zip if zip.ends_with(".zip") => drop(packages::zip(&home, zip, &files)),
                tar => drop(packages::tar_gz(&home, tar, &files)),
            }
            let words = ["cluster", "create", "--app", wrapping, "--id", "cl-x", "--seed", "9"];
            home.run(words).ok();
            home.run(["export", "/cl-x"]).ok().stdout
        })
        .collect();
    assert!(trees[0].contains("client.port"), "{}", trees[0]);
    assert!(trees.iter().all(|tree| *tree == trees[0]));
}

#[test]
fn roles_need_no_package() {
    let home = Home::new();
    let create = ["cluster", "create", "--seed", "5", "--id", "cl-r", "--zone", "z1"];
    let roles = [
        "--role",
        "master=1,cpu=2,memory=4096,replica=1,passphraseless",
        "--role",
        "proxy=1,volume_size=0,reserved_ip=vip",
        "--set-cluster",
        "user_id=usr-1",
        "--set-cluster",
        "api_server/port=7777",
        "--set-host",
        "attributes/rack=r1",
    ];
    assert_transcript(
        home.run([&create[..], &roles].concat()),
        str![[r#"
$ metactl cluster create --seed 5 --id cl-r --zone z1 --role master=1,cpu=2,memory=4096,replica=1,passphraseless --role proxy=1,volume_size=0,reserved_ip=vip --set-cluster user_id=usr-1 --set-cluster api_server/port=7777 --set-host attributes/rack=r1
cl-r
--- stderr
created cluster cl-r with 3 nodes at revision 2
/self is now [INSTANCE] at 192.168.100.1; --as chooses another node
the private key of `master` was not kept; --key-dir keeps it

"#]],
    );
    assert_text(
        home.run(["export", "/cl-r"]).ok().stdout,
        str![[r#"
cl-r:
  cluster:
    api_server:
      port: "7777"
    cluster_id: cl-r
    global_uuid: "2c6731e6-a2df-48f2-b9a6-2695ca733b6a"
    user_id: usr-1
    vxnet: vxnet-0
    zone: z1
  hosts:
    master:
      [INSTANCE]:
        attributes:
          rack: r1
        cpu: "2"
        eip: ""
        gid: "1"
        gpu: "0"
        gpu_class: "0"
        gsid: "350575822"
        hypervisor: kvm
        instance_class: "0"
        instance_id: [INSTANCE]
        ip: 192.168.100.1
        mac: "52:54:00:90:5f:03"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-2wk2jcbg
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINZQF5Q2RzH3fBSAea0QmOOsC6PjWEunygKYVgsJ02Wg master
        role: master
        sid: "1"
        volume_class: "0"
        volume_size: "10"
        zone: z1
    master-replica:
      [INSTANCE]:
        attributes:
          rack: r1
        cpu: "2"
        eip: ""
        gid: "1"
        gpu: "0"
        gpu_class: "0"
        gsid: "929283532"
        hypervisor: kvm
        instance_class: "0"
        instance_id: [INSTANCE]
        ip: 192.168.100.2
        mac: "52:54:00:cb:cd:2b"
        memory: "4096"
        node_id: [NODE]
        physical_machine: pm-1y9fiqxg
        pub_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINZQF5Q2RzH3fBSAea0QmOOsC6PjWEunygKYVgsJ02Wg master
        role: master-replica
        sid: "2"
        volume_class: "0"
        volume_size: "10"
        zone: z1
    proxy:
      [INSTANCE]:
        attributes:
          rack: r1
        cpu: "1"
        eip: ""
        gid: "2"
        gpu: "0"
        gpu_class: "0"
        gsid: "270131205"
        hypervisor: kvm
        instance_class: "0"
        instance_id: [INSTANCE]
        ip: 192.168.100.3
        mac: "52:54:00:b3:41:bb"
        memory: "1024"
        node_id: [NODE]
        physical_machine: pm-9ftdcp5g
        reserved_ips:
          vip:
            value: 192.168.100.4
        role: proxy
        sid: "3"
        volume_class: "0"
        volume_size: "0"
        zone: z1

"#]],
    );
}

#[test]
fn json_tells_everything_that_was_made() {
    let home = Home::new();
    let words = ["cluster", "create", "--role", "=1", "--seed", "3", "--id", "cl-j", "-o", "json"];
    assert_transcript(
        home.run(words),
        str![[r#"
$ metactl cluster create --role =1 --seed 3 --id cl-j -o json
{
  "id": "cl-j",
  "path": "/cl-j",
  "revision": 2,
  "cidr": "192.168.100.0/24",
  "roles": {
    "": 1
  },
  "nodes": [
    {
      "role": "",
      "ip": "192.168.100.1",
      "sid": 1,
      "instance_id": "[INSTANCE]",
      "node_id": "[NODE]"
    }
  ],
  "self": {
    "role": "",
    "ip": "192.168.100.1",
    "sid": 1,
    "instance_id": "[INSTANCE]",
    "node_id": "[NODE]"
  },
  "parts": 1,
  "keys": []
}
--- stderr
created cluster cl-j with 1 node at revision 2
/self is now [INSTANCE] at 192.168.100.1; --as chooses another node

"#]],
    );
    let yaml = ["cluster", "create", "--role", "a=1", "--seed", "4", "--id", "cl-k", "-o", "yaml"];
    assert_transcript(
        home.run(yaml),
        str![[r#"
$ metactl cluster create --role a=1 --seed 4 --id cl-k -o yaml
cidr: 192.168.100.0/24
id: cl-k
keys: []
nodes:
- instance_id: [INSTANCE]
  ip: 192.168.100.2
  node_id: [NODE]
  role: a
  sid: 1
parts: 1
path: /cl-k
revision: 3
roles:
  a: 1
--- stderr
created cluster cl-k with 1 node at revision 3

"#]],
    );
    assert_transcript(
        home.run(["cluster", "create", "--role", "=1", "-o", "env"]),
        str![[r#"
$ metactl cluster create --role =1 -o env
--- stderr
error: output format `env` is not one of this command
hint: Choose one of `-o text|json|yaml`
--- exit 2

"#]],
    );
}

#[test]
fn private_keys_are_kept_where_they_are_wanted() {
    let home = Home::new();
    let words = ["cluster", "create", "--role", "m=2,passphraseless", "--id", "cl-key"];
    let ran = home.run([&words[..], &["--key-dir", "keys"]].concat());
    assert_transcript(
        ran,
        str![[r#"
$ metactl cluster create --role m=2,passphraseless --id cl-key --key-dir keys
cl-key
--- stderr
created cluster cl-key with 2 nodes at revision 2
/self is now [INSTANCE] at 192.168.100.1; --as chooses another node
the private key of `m` is in keys/cl-key-m

"#]],
    );
    let file = home.path().join("keys/cl-key-m");
    let key = std::fs::read_to_string(&file).unwrap();
    assert!(key.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"), "{key}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let tree = home.run(["export", "/cl-key/hosts"]).ok().stdout;
    assert_eq!(tree.matches("pub_key: ssh-ed25519 AAAA").count(), 2, "{tree}");
    let left = std::fs::read_dir(home.path().join("keys")).unwrap().count();
    assert_eq!(left, 1, "only the key is there");
}

#[test]
fn clusters_live_where_the_root_is() {
    let home = Home::new();
    let under = ["--cluster-root", "/clusters"];
    let words = ["cluster", "create", "--role", "=1", "--id", "cl-deep"];
    home.run([&under[..], &words].concat()).ok();
    assert_eq!(home.run(["get", "/self/cluster/cluster_id"]).ok().stdout, "cl-deep\n");
    let host = home.run(["get", "/_metad/mapping/default/192.168.100.1/host"]).ok().stdout;
    assert!(host.starts_with("/clusters/cl-deep/hosts/i-"), "{host}");
    assert_eq!(home.run(["cluster", "list", "-o", "value"]).ok().stdout, "");
    let listed = home.run([&under[..], &["cluster", "list", "-o", "value"]].concat()).ok();
    assert_eq!(listed.stdout, "cl-deep\n");
    home.run([&under[..], &["cluster", "delete", "cl-deep", "--yes"]].concat()).ok();
    assert_eq!(home.run(["export"]).ok().stdout, "{}\n");
}

#[test]
fn a_reader_who_leaves_is_no_failure() {
    let home = Home::new();
    closed_pipe(&home, &["cluster", "create", "--role", "=1", "--id", "cl-pipe"]);
    closed_pipe(&home, &["cluster", "list"]);
    closed_pipe(&home, &["cluster", "show", "cl-pipe"]);
    closed_pipe(&home, &["cluster", "delete", "cl-pipe", "--yes", "-o", "json"]);
}
