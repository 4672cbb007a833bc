//! The table itself: every key of the tree, from the root down.

use super::Lifetime::{Commanded, Optional, Resizing, Upgrading};
use super::Writer::{Developer, Node, Platform, User};
use super::{Key, Lifetime, Value, Writer};

const fn key(pattern: &'static str, value: Value, writer: Writer, meaning: &'static str) -> Key {
    let lifetime = Lifetime::Always;
    Key { pattern, meaning, value, unit: None, writer, lifetime, secret: false }
}

impl Key {
    const fn unit(mut self, unit: &'static str) -> Key {
        self.unit = Some(unit);
        self
    }

    const fn when(mut self, lifetime: Lifetime) -> Key {
        self.lifetime = lifetime;
        self
    }

    const fn secret(mut self) -> Key {
        self.secret = true;
        self
    }
}

/// Every key; the first row that matches a path is its own.
#[rustfmt::skip] // One row a line reads as the table it is.
pub const KEYS: &[Key] = {
    use Value::*;
    &[
        key("/self", Directory, Platform, "the view of the requesting node, resolved through its mapping; not stored"),
        key("/projects", Directory, User, "projects"),
        key("/projects/PROJECT", Directory, User, "one project; `default` exists implicitly"),
        key("/projects/PROJECT/attributes", Directory, User, "project-wide custom metadata").when(Optional),
        key("/projects/PROJECT/attributes/KEY", Text, User, "one entry of project-wide custom metadata").when(Optional),
        key("/_metad/mapping/GROUP/IP", Directory, Platform, "the self mapping of one ip"),
        key("/_metad/mapping/GROUP/IP/…", Path, Platform, "the path that this name under `/self` stands for"),
        key("/_metad/rule/GROUP/IP", Json, Platform, "access rules of one client ip: a JSON array of `{\"path\",\"mode\"}`, mode 0 forbidden, 1 read").when(Optional),

        key("/CLUSTER", Directory, Platform, "one cluster"),
        key("/CLUSTER/HOSTS", Directory, Platform, "host records by role and instance id; all nodes, those being added, or those being removed"),
        key("/CLUSTER/HOSTS/ROLE", Directory, Platform, "the hosts of one role"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE", Directory, Platform, "the record of one host"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/ip", Ip, Platform, "private ip address"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/eip", MaybeIp, Platform, "public ip address, empty by default"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/mac", Mac, Platform, "MAC address"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/sid", Positive, Platform, "server id: from 1, unique in the cluster, the smallest free number is reused"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/gid", Positive, Platform, "group id: from 1, shared by a master and its replicas"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/gsid", Positive, Platform, "global server id: nine digits, unique across all clusters"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/node_id", NodeId, Platform, "node id, never changes for the node"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/instance_id", InstanceId, Platform, "instance id, also the hostname; changes when a stopped cluster starts again"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/cpu", Count, Platform, "number of CPU cores").unit("cores"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/gpu", Count, Platform, "number of GPUs").unit("cards"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/memory", Count, Platform, "memory").unit("MiB"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/volume_size", Count, Platform, "size of the data disk").unit("GiB"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/instance_class", Count, Platform, "class of the instance: 0 performance, 1 high performance (newer platforms: 101, 202, …)"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/gpu_class", Count, Platform, "class of the GPU: 0 performance"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/volume_class", Count, Platform, "class of the data disk: 0 performance, 2 capacity, 3 high performance"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/physical_machine", Text, Platform, "the physical machine it runs on"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/zone", Text, Platform, "the zone it runs in"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/hypervisor", Text, Platform, "the hypervisor it runs on"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/role", Role, Platform, "the name of its role"),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/pub_key", Text, Platform, "public ssh key of a role with `passphraseless`").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/token", Text, Node, "output of the role's `custom_metadata` command").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/reserved_ips", Directory, Platform, "reserved addresses of the host").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/reserved_ips/NAME", Directory, Platform, "one reserved address").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/reserved_ips/NAME/value", Ip, Platform, "a reserved ip address, such as a vip").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/attributes", Directory, User, "custom metadata of the instance").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/attributes/KEY", Text, User, "one entry of the instance's custom metadata").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/guest-attributes", Directory, Node, "what the instance has written of itself").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/guest-attributes/NAMESPACE", Directory, Node, "what one program of the instance has written").when(Optional),
        key("/CLUSTER/HOSTS/ROLE/INSTANCE/guest-attributes/NAMESPACE/KEY", Text, Node, "one entry that the instance has written of itself").when(Optional),

        key("/CLUSTER/cluster", Directory, Platform, "what identifies the cluster and what it offers"),
        key("/CLUSTER/cluster/app_id", Text, Platform, "id of the application"),
        key("/CLUSTER/cluster/cluster_id", ClusterId, Platform, "id of the cluster"),
        key("/CLUSTER/cluster/user_id", Text, Platform, "the user who created the cluster").when(Optional),
        key("/CLUSTER/cluster/global_uuid", Text, Platform, "globally unique id, for licences"),
        key("/CLUSTER/cluster/cluster_tag", Text, Platform, "tag of the cluster and of what it creates").when(Optional),
        key("/CLUSTER/cluster/vxnet", Text, Platform, "network of the cluster"),
        key("/CLUSTER/cluster/zone", Text, Platform, "zone of the cluster"),
        key("/CLUSTER/cluster/endpoints", Directory, Developer, "what the cluster offers to others").when(Optional),
        key("/CLUSTER/cluster/endpoints/reserved_ips", Directory, Platform, "reserved addresses of the cluster").when(Optional),
        key("/CLUSTER/cluster/endpoints/reserved_ips/NAME", Directory, Platform, "one reserved address").when(Optional),
        key("/CLUSTER/cluster/endpoints/reserved_ips/NAME/value", Ip, Platform, "a reserved ip address of the cluster").when(Optional),
        key("/CLUSTER/cluster/endpoints/SERVICE", Directory, Developer, "one service the cluster offers").when(Optional),
        key("/CLUSTER/cluster/endpoints/SERVICE/port", PortOrEnv, Developer, "port of the service: a number, or `env.<key>` or `env.<role>.<key>`").when(Optional),
        key("/CLUSTER/cluster/endpoints/SERVICE/protocol", Text, Developer, "protocol of the service").when(Optional),
        key("/CLUSTER/cluster/api_server", Directory, Platform, "API server reachable from inside").when(Optional),
        key("/CLUSTER/cluster/api_server/host", Text, Platform, "host of the API server").when(Optional),
        key("/CLUSTER/cluster/api_server/port", Port, Platform, "port of the API server").when(Optional),
        key("/CLUSTER/cluster/api_server/protocol", Text, Platform, "protocol of the API server").when(Optional),
        key("/CLUSTER/cluster/resource_limits", Directory, Platform, "kinds of resources the zone has").when(Optional),
        key("/CLUSTER/cluster/resource_limits/valid_volume_classes", List, Platform, "classes of disks the zone has").when(Optional),
        key("/CLUSTER/cluster/resource_limits/valid_instance_classes", List, Platform, "classes of instances the zone has").when(Optional),
        key("/CLUSTER/cluster/upgrade-audit", Directory, Platform, "the upgrade that runs").when(Upgrading),
        key("/CLUSTER/cluster/upgrade-audit/from_app_version", Text, Platform, "version of the app before the upgrade").when(Upgrading),
        key("/CLUSTER/cluster/upgrade-audit/to_app_version", Text, Platform, "version of the app after the upgrade").when(Upgrading),

        key("/CLUSTER/env", Directory, User, "application parameters").when(Optional),
        key("/CLUSTER/env/KEY", Text, User, "an application parameter; of type accesskey, a directory").when(Optional),
        key("/CLUSTER/env/KEY/access_key_id", Text, User, "id of an API key").when(Optional),
        key("/CLUSTER/env/KEY/secret_access_key", Text, User, "private half of an API key").when(Optional).secret(),
        key("/CLUSTER/role-env", Directory, User, "application parameters of single roles").when(Optional),
        key("/CLUSTER/role-env/ROLE", Directory, User, "application parameters of one role").when(Optional),
        key("/CLUSTER/role-env/ROLE/KEY", Text, User, "an application parameter of one role; its nodes see it under `/self/env`").when(Optional),
        key("/CLUSTER/role-env/ROLE/KEY/access_key_id", Text, User, "id of an API key").when(Optional),
        key("/CLUSTER/role-env/ROLE/KEY/secret_access_key", Text, User, "private half of an API key").when(Optional).secret(),
        key("/CLUSTER/links", Directory, User, "clusters this one depends on").when(Optional),
        key("/CLUSTER/links/SERVICE", ClusterId, User, "id of a cluster this one depends on; below it, that cluster's directory").when(Optional),
        key("/CLUSTER/cmd", Directory, Platform, "commands sent to nodes").when(Commanded),
        key("/CLUSTER/cmd/INSTANCE", Directory, Platform, "the command one node is to run").when(Commanded),
        key("/CLUSTER/cmd/INSTANCE/id", Text, Platform, "id of the command; a node runs each id once").when(Commanded),
        key("/CLUSTER/cmd/INSTANCE/cmd", Text, Platform, "the command, as text for a shell").when(Commanded),
        key("/CLUSTER/cmd/INSTANCE/timeout", Positive, Platform, "time limit of the command").unit("s").when(Commanded),
        key("/CLUSTER/vertical-scaling-roles", List, Platform, "roles being resized, a role's replicas among them").when(Resizing),
    ]
};
