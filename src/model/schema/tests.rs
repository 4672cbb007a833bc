//! Every key that the tree can hold has its row.

use super::*;

fn found(path: &str) -> Found {
    let path = Path::parse(path).unwrap();
    find(&path, &Path::root()).unwrap_or_else(|| panic!("no row for {path}"))
}

const HOST: &[&str] = &[
    "ip",
    "eip",
    "mac",
    "sid",
    "gid",
    "gsid",
    "node_id",
    "instance_id",
    "cpu",
    "gpu",
    "memory",
    "volume_size",
    "instance_class",
    "gpu_class",
    "volume_class",
    "physical_machine",
    "zone",
    "hypervisor",
    "role",
    "pub_key",
    "token",
    "reserved_ips/vip/value",
    "attributes/key",
];

const CLUSTER: &[&str] = &[
    "app_id",
    "cluster_id",
    "user_id",
    "global_uuid",
    "cluster_tag",
    "vxnet",
    "zone",
    "endpoints/client/port",
    "endpoints/client/protocol",
    "endpoints/reserved_ips/vip/value",
    "api_server/host",
    "api_server/port",
    "api_server/protocol",
    "resource_limits/valid_volume_classes",
    "resource_limits/valid_instance_classes",
    "upgrade-audit/from_app_version",
    "upgrade-audit/to_app_version",
];

const REST: &[&str] = &[
    "env/log.dirs",
    "env/key/access_key_id",
    "env/key/secret_access_key",
    "role-env/master/port",
    "links/zk",
    "cmd/i-abcd1234/id",
    "cmd/i-abcd1234/cmd",
    "cmd/i-abcd1234/timeout",
    "vertical-scaling-roles",
];

#[test]
fn every_key_of_a_cluster_is_found() {
    for key in HOST {
        for directory in ["hosts", "adding-hosts", "deleting-hosts"] {
            for host in ["master/i-abcd1234", "i-abcd1234", "master/node1"] {
                let row = found(&format!("/cl-abcdefgh/{directory}/{host}/{key}")).key;
                assert_ne!(row.value, Value::Directory, "{directory}/{host}/{key}");
            }
            found(&format!("/self/{directory}/master/i-abcd1234/{key}"));
        }
        found(&format!("/self/host/{key}"));
    }
    for key in CLUSTER {
        let row = found(&format!("/cl-abcdefgh/cluster/{key}")).key;
        assert_ne!(row.value, Value::Directory, "{key}");
        assert_eq!(found(&format!("/self/cluster/{key}")).key, row);
        assert_eq!(found(&format!("/self/links/zk/cluster/{key}")).key, row);
        assert_eq!(found(&format!("/cl-abcdefgh/links/zk/cluster/{key}")).key, row);
    }
    for key in REST {
        let row = found(&format!("/cl-abcdefgh/{key}")).key;
        assert_ne!(row.value, Value::Directory, "{key}");
    }
    for path in ["/self/cmd/id", "/self/env/x", "/self/project/attributes/x", "/self"] {
        found(path);
    }
}

#[test]
fn every_key_of_the_root_is_found() {
    found("/projects/default/attributes/key");
    assert_eq!(found("/_metad/mapping/default/10.0.0.1/links/zk").key.value, Value::Path);
    assert_eq!(found("/_metad/rule/default/10.0.0.1").key.value, Value::Json);
}

#[test]
fn every_row_can_be_found() {
    for key in KEYS {
        let path = key
            .pattern
            .replace("CLUSTER", "cl-abcdefgh")
            .replace("HOSTS", "hosts")
            .replace("INSTANCE", "i-abcd1234")
            .replace('…', "links");
        assert_eq!(found(&path).key, key, "{path}");
    }
}

#[test]
fn names_and_lifetimes_come_with_the_row() {
    let row = found("/cl-abcdefgh/adding-hosts/master/i-abcd1234/memory");
    assert_eq!(row.lifetime, Lifetime::ScalingOut);
    assert_eq!(row.key.unit, Some("MiB"));
    assert_eq!(row.name("ROLE"), Some("master"));
    assert_eq!(row.name("INSTANCE"), Some("i-abcd1234"));
    assert_eq!(found("/cl-abcdefgh/hosts/i-abcd1234/ip").name("ROLE"), None);
    assert_eq!(found("/cl-a/deleting-hosts").lifetime, Lifetime::ScalingIn);
    assert!(found("/self/env/key/secret_access_key").key.secret);
}

#[test]
fn clusters_are_looked_for_below_their_root() {
    let root = Path::parse("/clusters").unwrap();
    let row = |path: &str| find(&Path::parse(path).unwrap(), &root);
    assert_eq!(row("/clusters/cl-1/env/x").unwrap().key.pattern, "/CLUSTER/env/KEY");
    assert!(row("/clusters").is_none());
    assert!(row("/somewhere/else").is_none());
    assert!(row("/cl-1/hosts/a/i-1/unheard_of").is_none());
}
