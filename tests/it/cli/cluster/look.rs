//! Listing and showing clusters.

use snapbox::str;

use super::create::example_home;
use crate::cli::scene::{self, session};
use crate::support::{Home, assert_text, assert_transcript};

/// A transcript in which the time of creation does not change.
fn shown(home: &Home, words: &[&str]) -> String {
    let text = home.run(words).to_string();
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    time.replace_all(&text, "[TIME]").into_owned()
}

#[test]
fn clusters_are_listed_in_every_form() {
    let home = example_home();
    let commands: [&[&str]; 4] = [
        &["cluster", "list"],
        &["cluster", "list", "-o", "table"],
        &["cluster", "list", "-o", "json"],
        &["cluster", "list", "-o", "value"],
    ];
    assert_text(
        session(&home, commands),
        str![[r#"
$ metactl cluster list
cl-coord	coordinator	3	3	active	vxnet-0	192.168.100.0/24	
cl-queue	queue	6	gateway=2,shard=2,shard-replica=2	active	vxnet-0	192.168.100.0/24	coordinator_service=cl-coord

$ metactl cluster list -o table
CLUSTER    APP           NODES   ROLES             STATE    LINKS
cl-coord   coordinator       3                     active
cl-queue   queue             6   gateway=2         active   cl-coord
                                 shard=2
                                 shard-replica=2

$ metactl cluster list -o json
[
  {
    "id": "cl-coord",
    "app": "coordinator",
    "version": "1.2.0",
    "nodes": 3,
    "roles": {
      "": 3
    },
    "state": "active",
    "vxnet": "vxnet-0",
    "cidr": "192.168.100.0/24",
    "links": {}
  },
  {
    "id": "cl-queue",
    "app": "queue",
    "version": "3.0.1",
    "nodes": 6,
    "roles": {
      "gateway": 2,
      "shard": 2,
      "shard-replica": 2
    },
    "state": "active",
    "vxnet": "vxnet-0",
    "cidr": "192.168.100.0/24",
    "links": {
      "coordinator_service": "cl-coord"
    }
  }
]

$ metactl cluster list -o value
cl-coord
cl-queue

"#]],
    );
}

#[test]
fn clusters_of_others_are_listed_too() {
    let home = scene::home();
    assert_transcript(
        home.run(["cluster", "list"]),
        str![[r#"
$ metactl cluster list
cl-one		3	master=1,worker=2				
cl-two		1	1				

"#]],
    );
    assert_transcript(
        home.run(["cluster", "show", "cl-one"]),
        str![[r#"
$ metactl cluster show cl-one
id	cl-one
path	/cl-one
zone	pek3
role	master	1			
role	worker	2			
host	master	10.0.0.2	1	1	i-m1	cln-m1
host	worker	10.0.0.3	2	2	i-w1	cln-w1
host	worker	10.0.0.4	10	3	i-w2	cln-w2
env	motd	one\ntwo\n
env	port	2181

"#]],
    );
    assert_transcript(
        Home::new().run(["cluster", "list"]),
        str![[r#"
$ metactl cluster list
--- stderr
there are no clusters

"#]],
    );
    assert_transcript(
        Home::new().run(["cluster", "list", "-o", "json"]),
        str![[r#"
$ metactl cluster list -o json
[]
--- stderr
there are no clusters

"#]],
    );
}

#[test]
fn one_cluster_is_shown_in_every_form() {
    let home = example_home();
    assert_text(
        shown(&home, &["cluster", "show", "cl-queue"]),
        str![[r#"
$ metactl cluster show cl-queue
id	cl-queue
path	/cl-queue
name	queue
app	queue
version	3.0.1
state	active
created	[TIME]
project	default
vxnet	vxnet-0
zone	local
cidr	192.168.100.0/24
role	gateway	2	1	2048	0
role	shard	2	2	4096	20
role	shard-replica	2	2	4096	20
host	gateway	192.168.100.8	5	3	[INSTANCE]	[NODE]
host	gateway	192.168.100.9	6	4	[INSTANCE]	[NODE]
host	shard	192.168.100.4	1	1	[INSTANCE]	[NODE]
host	shard	192.168.100.5	2	2	[INSTANCE]	[NODE]
host	shard-replica	192.168.100.6	3	1	[INSTANCE]	[NODE]
host	shard-replica	192.168.100.7	4	2	[INSTANCE]	[NODE]
env	admin.name	admin
env	admin.password	********
env	features	metrics
env	port	7400
env	retention.hours	72
env	sync.mode	majority
role_env	gateway	port	8400
role_env	gateway	tls.enabled	false
link	coordinator_service	cl-coord
endpoint	client	tcp	env.gateway.port	8400
endpoint	shards	tcp	env.port	7400
reserved_ip	gateway/vip	192.168.100.10
reserved_ip	write_ip	192.168.100.11

"#]],
    );
    assert_text(
        shown(&home, &["cluster", "show", "cl-queue", "-o", "table"]),
        str![[r#"
$ metactl cluster show cl-queue -o table
CLUSTER   cl-queue
path      /cl-queue
name      queue
app       queue
version   3.0.1
state     active
created   [TIME]
project   default
vxnet     vxnet-0
zone      local
cidr      192.168.100.0/24

ROLE            NODES   CPU     MEMORY   VOLUME
gateway             2     1   2048 MiB    0 GiB
shard               2     2   4096 MiB   20 GiB
shard-replica       2     2   4096 MiB   20 GiB

ROLE            IP              SID   GID   INSTANCE     NODE
gateway         192.168.100.8     5     3   [INSTANCE]   [NODE]
gateway         192.168.100.9     6     4   [INSTANCE]   [NODE]
shard           192.168.100.4     1     1   [INSTANCE]   [NODE]
shard           192.168.100.5     2     2   [INSTANCE]   [NODE]
shard-replica   192.168.100.6     3     1   [INSTANCE]   [NODE]
shard-replica   192.168.100.7     4     2   [INSTANCE]   [NODE]

PARAMETER         VALUE
admin.name        admin
admin.password    ********
features          metrics
port              7400
retention.hours   72
sync.mode         majority

PARAMETER OF GATEWAY   VALUE
port                   8400
tls.enabled            false

LINK                  CLUSTER
coordinator_service   cl-coord

ENDPOINT   PROTOCOL   PORT   FROM
client     tcp        8400   env.gateway.port
shards     tcp        7400   env.port

RESERVED      IP
gateway/vip   192.168.100.10
write_ip      192.168.100.11

"#]],
    );
    assert_text(
        shown(&home, &["cluster", "show", "cl-coord", "-o", "table"]),
        str![[r#"
$ metactl cluster show cl-coord -o table
CLUSTER   cl-coord
path      /cl-coord
name      coordinator
app       coordinator
version   1.2.0
state     active
created   [TIME]
project   default
vxnet     vxnet-0
zone      local
cidr      192.168.100.0/24

IP              SID   GID   INSTANCE     NODE
192.168.100.1     1     1   [INSTANCE]   [NODE]
192.168.100.2     2     2   [INSTANCE]   [NODE]
192.168.100.3     3     3   [INSTANCE]   [NODE]

PARAMETER     VALUE
client.port   2181
tick.time     2000

ENDPOINT   PROTOCOL   PORT   FROM
client     tcp        2181   env.client.port

"#]],
    );
    assert_text(
        shown(&home, &["cluster", "show", "cl-coord", "-o", "json"]),
        str![[r#"
$ metactl cluster show cl-coord -o json
{
  "id": "cl-coord",
  "path": "/cl-coord",
  "name": "coordinator",
  "app": "coordinator",
  "version": "1.2.0",
  "state": "active",
  "created": "[TIME]",
  "project": "default",
  "vxnet": "vxnet-0",
  "zone": "local",
  "cidr": "192.168.100.0/24",
  "roles": [
    {
      "role": "",
      "nodes": 3,
      "cpu": "1",
      "memory": "1024",
      "volume_size": "10"
    }
  ],
  "hosts": [
    {
      "role": "",
      "ip": "192.168.100.1",
      "sid": "1",
      "gid": "1",
      "instance_id": "[INSTANCE]",
      "node_id": "[NODE]"
    },
    {
      "role": "",
      "ip": "192.168.100.2",
      "sid": "2",
      "gid": "2",
      "instance_id": "[INSTANCE]",
      "node_id": "[NODE]"
    },
    {
      "role": "",
      "ip": "192.168.100.3",
      "sid": "3",
      "gid": "3",
      "instance_id": "[INSTANCE]",
      "node_id": "[NODE]"
    }
  ],
  "env": {
    "client.port": "2181",
    "tick.time": "2000"
  },
  "role_env": {},
  "links": {},
  "endpoints": [
    {
      "service": "client",
      "protocol": "tcp",
      "port": "env.client.port",
      "resolved": "2181"
    }
  ],
  "reserved_ips": {}
}

"#]],
    );
}

#[test]
fn what_is_not_there_is_told() {
    let home = Home::new();
    assert_transcript(
        home.run(["cluster", "show", "cl-none"]),
        str![[r#"
$ metactl cluster show cl-none
--- stderr
error: there is no cluster `cl-none`
hint: List the clusters: `metactl cluster list`
--- exit 3

"#]],
    );
    assert_transcript(
        home.run(["cluster", "show", "i-1"]),
        str![[r#"
$ metactl cluster show i-1
--- stderr
error: `i-1` is no cluster id; `cl-` and up to 63 of `a-z`, `0-9` and `-` are accepted
--- exit 2

"#]],
    );
    assert_transcript(
        home.run(["cluster", "show", "cl-none", "-o", "tree"]),
        str![[r#"
$ metactl cluster show cl-none -o tree
--- stderr
error: output format `tree` is not one of this command
hint: Choose one of `-o text|json|yaml|table`
--- exit 2

"#]],
    );
}
