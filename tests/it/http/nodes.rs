//! What nodes write of themselves through the service, with nothing but its metadata address.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::http::{Answer, Client};
use crate::support::{Home, Running, Serve, until};

const TREE: &str = "\
cl-one:
  hosts:
    master:
      i-m1: {ip: 10.0.0.2, node_id: cln-m1, instance_id: i-m1, attributes: {motd: hello}}
    worker:
      i-w1: {ip: 10.0.0.3, node_id: cln-w1, instance_id: i-w1}
  cluster: {cluster_id: cl-one}
";
const M1: &str = "127.0.0.1";
const W1: &str = "127.0.0.2";
const STRANGER: &str = "127.0.0.9";
const JSON: (&str, &str) = ("Accept", "application/json");

struct Scene {
    home: Home,
    serve: Serve,
}

impl Scene {
    fn open(flags: &[&str]) -> Scene {
        let home = Home::new();
        home.run_input(["import", "-"], TREE).ok();
        for (ip, role, instance) in [(M1, "master", "i-m1"), (W1, "worker", "i-w1")] {
            let host = format!("host=/cl-one/hosts/{role}/{instance}");
            let cmd = format!("cmd=/cl-one/cmd/{instance}");
            home.run(["mapping", "set", ip, &host, &cmd, "cluster=/cl-one/cluster"]).ok();
        }
        let serve = Serve::start(&home, flags);
        Scene { home, serve }
    }

    fn node(&self, ip: &str) -> Client {
        self.serve.node(ip)
    }

    /// The agent of `i-m1`, which knows the metadata address alone.
    fn agent(&self) -> Running {
        let endpoint = format!("http://{}", self.serve.metadata);
        let agent = Running::start(self.home.command(["agent", "--endpoint", &endpoint]));
        let said = agent.says("agent of");
        assert!(said.contains("agent of i-m1 (cln-m1) in cl-one"), "{said}");
        agent
    }

    fn send(&self, node: &str, id: &str, command: &str) {
        self.home.run(["cmd", "send", node, "--id", id, "--", command]).ok();
    }

    fn shown(&self, id: &str) -> Value {
        let ran = self.home.run(["cmd", "show", id, "-o", "json"]).ok();
        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
        shown["nodes"][0].clone()
    }

    /// Every record below a directory, as the management API reads it.
    fn records(&self, tree: &str) -> String {
        self.serve.manager().get(&format!("/v1/read?tree={tree}")).text()
    }
}

fn ask(client: &mut Client, method: &str, rest: &str, body: &Value) -> Answer {
    client.ask(method, &format!("/self/_agent{rest}"), &[], body.to_string().as_bytes())
}

/// A commit that says `running`, of that node's record.
fn claim(id: &str, node_id: &str) -> Value {
    let path = format!("/_metactl/cmd/{id}/{node_id}");
    json!({
        "guards": [{"revision": {"path": path, "revision": 0}}],
        "puts": [{"path": path, "value": r#"{"state":"running"}"#}],
    })
}

#[test]
fn an_agent_works_with_the_metadata_address_alone() {
    let scene = Scene::open(&["--node-writes"]);
    let agent = scene.agent();
    until("its presence is there", || scene.records("/_metactl/agents/cln-m1").contains("lease"));
    let send = ["cmd", "send", "i-m1", "--id", "cmd-a", "--wait", "--"];
    let ran = scene.home.run([&send[..], &["echo $METACTL_CMD_NODE; exit 3"]].concat());
    assert_eq!(ran.code, 1, "{ran}");
    let shown = scene.shown("cmd-a");
    assert_eq!((&shown["state"], &shown["exit"]), (&json!("done"), &json!(3)), "{shown}");
    assert!(ran.stdout.contains("cln-m1"), "{ran}");
    let log = scene.records("/_metactl/cmd/output/cmd-a");
    assert!(log.contains(r#""value":"cln-m1\n""#), "{log}");
    // Who it was stands in the notes.
    let mut watch = scene.serve.manager();
    watch.send("GET", "/v1/watch?from=1", &[], b"");
    watch.head().unwrap();
    let mut told = String::new();
    while !told.contains(r#""actor":"node 127.0.0.1""#) {
        told += &String::from_utf8(watch.chunk().unwrap()).unwrap();
    }
    // A command reaches its own node's metadata without being told who it is.
    let own = format!("{} get /self/host/ip", env!("CARGO_BIN_EXE_metactl"));
    let url = format!("http://{}", scene.serve.metadata);
    let own = format!("{own} --endpoint {url}");
    let send = ["cmd", "send", "i-m1", "--id", "cmd-b", "--wait", "--", &own];
    let ran = scene.home.run(send).ok();
    assert!(ran.stdout.contains("10.0.0.2"), "{ran}");
    agent.signal(Signal::TERM);
    assert_eq!(agent.end().0, 143);
    assert!(!scene.records("/_metactl/agents").contains("cln-m1"), "its lease is given back");
}

#[test]
fn what_other_programs_send_gets_its_record_from_the_service() {
    let scene = Scene::open(&["--node-writes"]);
    let _agent = scene.agent();
    let slot = "id: req-1\ncmd: echo foreign\ntimeout: '5'\n";
    scene.home.run_input(["import", "--at", "/cl-one/cmd/i-m1", "-"], slot).ok();
    until("it has run", || scene.home.run(["cmd", "list"]).stdout.contains("done=1"));
    let listed = scene.home.run(["cmd", "list"]).ok().stdout;
    assert!(listed.contains("req-1") && listed.contains("echo foreign"), "{listed}");
}

#[test]
fn a_running_command_is_cancelled() {
    let scene = Scene::open(&["--node-writes"]);
    let _agent = scene.agent();
    scene.send("i-m1", "cmd-long", "sleep 1000");
    until("it runs", || scene.shown("cmd-long")["state"] == "running");
    scene.home.run(["cmd", "cancel", "cmd-long", "--yes"]).ok();
    until("it is cancelled", || scene.shown("cmd-long")["state"] == "cancelled");
}

#[test]
fn an_agent_says_what_the_service_lacks() {
    let scene = Scene::open(&[]);
    let endpoint = format!("http://{}", scene.serve.metadata);
    let ran = scene.home.run(["agent", "--endpoint", &endpoint]);
    assert_eq!(ran.code, 6, "{ran}");
    assert!(ran.stderr.contains("metactl serve --node-writes"), "{ran}");
    for (method, rest) in [("GET", ""), ("PUT", "/cmd/cmd-a"), ("POST", "/commit")] {
        let answer = ask(&mut scene.node(M1), method, rest, &json!({}));
        assert_eq!(answer.status, 403, "{method} {rest}");
        assert!(answer.text().contains("without `--node-writes`"), "{}", answer.text());
    }
    let own = "/self/host/attributes/motd";
    assert_eq!(scene.node(M1).ask("PUT", own, &[], b"x").status, 405);
}

#[test]
fn curl_is_enough_for_an_agent() {
    let scene = Scene::open(&["--node-writes"]);
    scene.send("i-w1", "cmd-a", "true");
    let mut client = scene.node(W1);
    let me: Value = serde_json::from_slice(&ask(&mut client, "GET", "", &json!({})).body).unwrap();
    let own = json!({"ip": W1, "node_id": "cln-w1", "instance_id": "i-w1", "cluster": "cl-one"});
    assert_eq!(me, own);
    let mut put = |body: Value| ask(&mut client, "PUT", "/cmd/cmd-a", &body).status;
    assert_eq!(put(json!({"state": "done", "exit": 0})), 409, "it has not begun");
    assert_eq!(put(json!({"state": "running"})), 200);
    assert_eq!(put(json!({"state": "running"})), 409, "once");
    assert_eq!(put(json!({"state": "pending"})), 409);
    assert_eq!(put(json!({"state": "done", "tail": "x".repeat(16 * 1024 + 1)})), 413);
    assert_eq!(put(json!({"state": "done", "tail": "x".repeat(64 * 1024)})), 413);
    assert_eq!(put(json!({"state": "finished"})), 400);
    assert_eq!(put(json!({"state": "done", "order": "x"})), 400);
    assert_eq!(put(json!({"state": "done", "exit": 2, "tail": "oh\n"})), 200);
    let shown = scene.shown("cmd-a");
    assert_eq!((&shown["state"], &shown["exit"]), (&json!("done"), &json!(2)), "{shown}");
    let read = ask(&mut client, "GET", "/cmd/cmd-a", &json!({}));
    let read: Value = serde_json::from_slice(&read.body).unwrap();
    assert_eq!((&read["exit"], &read["tail"]), (&json!(2), &json!("oh\n")));
}

#[test]
fn a_node_writes_about_itself_alone() {
    let scene = Scene::open(&["--node-writes"]);
    scene.send("i-m1", "cmd-m", "true");
    let before = scene.records("/_metactl/cmd");
    let mut other = scene.node(W1);
    let mut status =
        |method: &str, rest: &str, body: Value| ask(&mut other, method, rest, &body).status;
    // Another node's command, one that is nobody's, another node's record of it.
    assert_eq!(status("PUT", "/cmd/cmd-m", json!({"state": "running"})), 404);
    assert_eq!(status("PUT", "/cmd/cmd-none", json!({"state": "running"})), 404);
    assert_eq!(status("GET", "/cmd/cmd-m", json!({})), 404);
    assert_eq!(status("POST", "/commit", claim("cmd-m", "cln-w1")), 404);
    assert_eq!(status("POST", "/commit", claim("cmd-m", "cln-m1")), 403);
    for id in ["output", "cl-one", "cl-two"] {
        assert_eq!(status("PUT", &format!("/cmd/{id}"), json!({"state": "running"})), 403, "{id}");
        assert_eq!(status("POST", "/commit", claim(id, "cln-w1")), 403, "{id}");
    }
    for path in ["/cl-one/env/a", "/_metactl/log", "/_metad/mapping/default/127.0.0.2/host"] {
        let puts = json!({"puts": [{"path": path, "value": "x"}]});
        assert_eq!(status("POST", "/commit", puts), 403, "{path}");
        assert_eq!(status("POST", "/commit", json!({"deletes": [path]})), 403, "{path}");
        assert_eq!(status("POST", "/commit", json!({"delete_trees": [path]})), 403, "{path}");
        let guards = json!({"guards": [{"value": {"path": path, "value": "x"}}]});
        assert_eq!(status("POST", "/commit", guards), 403, "{path}");
        assert_eq!(status("POST", "/read", json!({"what": [{"key": path}]})), 403, "{path}");
    }
    for what in [json!({"tree": "/"}), json!({"all": "/_metactl/cmd/cmd-m/cln-w1"})] {
        assert_eq!(status("POST", "/read", json!({"what": [what]})), 403);
    }
    // Of an order a node learns that it is there.
    let order = json!({"what": [{"key": "/_metactl/cmd/cmd-m/order"}]});
    let read = ask(&mut other, "POST", "/read", &order).text();
    assert!(read.contains(r#""value":"""#), "{read}");
    assert_eq!(scene.records("/_metactl/cmd"), before);
    assert_eq!(ask(&mut scene.node(STRANGER), "GET", "", &json!({})).status, 404);
    let forwarded = [("X-Forwarded-For", M1)];
    let answer = scene.node(M1).ask("GET", "/self/_agent", &forwarded, b"");
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[test]
fn a_lease_is_of_the_node_that_was_given_it() {
    let scene = Scene::open(&["--node-writes"]);
    let (mut own, mut other) = (scene.node(M1), scene.node(W1));
    let granted = ask(&mut own, "POST", "/leases", &json!({"ttl_ms": 60_000}));
    let granted: Value = serde_json::from_slice(&granted.body).unwrap();
    let id = granted["id"].as_i64().unwrap();
    let at = format!("/leases/{id}");
    let leaf = |node: &str| {
        let path = format!("/_metactl/agents/{node}/token");
        json!({"puts": [{"path": path, "value": "here", "lease": id}]})
    };
    let lasting = json!({"puts": [{"path": "/_metactl/agents/cln-m1/t", "value": "here"}]});
    assert_eq!(ask(&mut own, "POST", "/commit", &lasting).status, 403);
    // Not before its leaf is there, not after: somebody else's lease is none.
    for _ in 0..2 {
        assert_eq!(ask(&mut other, "POST", "/commit", &leaf("cln-w1")).status, 403);
        assert_eq!(ask(&mut other, "PUT", &at, &json!({})).status, 404);
        assert_eq!(ask(&mut other, "DELETE", &at, &json!({})).status, 404);
        assert_eq!(ask(&mut own, "POST", "/commit", &leaf("cln-m1")).status, 200);
    }
    assert_eq!(ask(&mut own, "PUT", &at, &json!({})).status, 200);
    assert!(scene.records("/_metactl/agents").contains("token"));
    assert_eq!(ask(&mut own, "DELETE", &at, &json!({})).status, 200);
    assert!(!scene.records("/_metactl/agents").contains("token"));
    assert_eq!(ask(&mut own, "PUT", &at, &json!({})).status, 404);
    assert_eq!(ask(&mut own, "POST", "/leases", &json!({"ttl_ms": 86_400_000})).status, 400);
    for _ in 0..8 {
        assert_eq!(ask(&mut own, "POST", "/leases", &json!({"ttl_ms": 60_000})).status, 200);
    }
    assert_eq!(ask(&mut own, "POST", "/leases", &json!({"ttl_ms": 60_000})).status, 403);
}

#[test]
fn other_ways_lead_nowhere() {
    let scene = Scene::open(&["--node-writes", "--node-attributes"]);
    scene.send("i-m1", "cmd-m", "true");
    let mut client = scene.node(M1);
    for (method, rest, status) in [
        ("POST", "", 405),
        ("DELETE", "/cmd/cmd-m", 405),
        ("POST", "/cmd/cmd-m", 405),
        ("GET", "/read", 405),
        ("PUT", "/commit", 405),
        ("GET", "/leases/1", 405),
        ("PUT", "/leases/x", 400),
        ("PUT", "/cmd", 404),
        ("PUT", "/cmd/", 404),
        ("PUT", "/cmd/../cmd/cmd-m", 404),
        ("PUT", "/cmd/cmd-m/", 404),
        ("PUT", "//cmd/cmd-m", 404),
        ("PUT", "/cmd/cmd%2Dm", 404),
        ("PUT", "/cmd/cmd-m/cln-w1", 404),
        ("PUT", "/../_agent/cmd/cmd-m", 404),
        ("PUT", "x/cmd/cmd-m", 405),
    ] {
        let answer = ask(&mut client, method, rest, &json!({"state": "running"}));
        assert_eq!(answer.status, status, "{method} {rest}: {}", answer.text());
    }
    for path in ["/_metactl/cmd/cmd-m/cln-m1", "/self/%5Fagent/cmd/cmd-m", "/_agent/cmd/cmd-m"] {
        assert_eq!(client.ask("PUT", path, &[], b"{}").status, 405, "{path}");
        assert_eq!(client.get(path).status, 404, "{path}");
    }
    assert_eq!(scene.shown("cmd-m")["state"], "pending");
    let answer = client.ask("POST", "/self/_agent/commit", &[JSON], b"nothing");
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &told["kind"]), (400, &json!("invalid")));
}

#[test]
fn a_node_writes_its_own_custom_metadata() {
    let scene = Scene::open(&["--node-writes", "--node-attributes"]);
    let mut client = scene.node(M1);
    let at = |key: &str| format!("/self/host/attributes/{key}");
    let value = "two\nlines, no end";
    assert_eq!(client.ask("PUT", &at("note"), &[], value.as_bytes()).status, 200);
    assert_eq!(client.get(&at("note")).text(), value);
    let real = "/cl-one/hosts/master/i-m1/attributes/note";
    assert_eq!(scene.home.run(["get", "--raw", real]).ok().stdout, value);
    assert_eq!(scene.node(W1).get(&at("note")).status, 404);
    assert_eq!(client.ask("DELETE", &at("note"), &[], b"").status, 200);
    assert_eq!(client.ask("DELETE", &at("note"), &[], b"").status, 404);
    assert_eq!(client.get(&at("note")).status, 404);
    let long = "k".repeat(129);
    for key in ["", "a/b", "a.b", "..", "%6Eote", "a%2Fb", &long] {
        assert_eq!(client.ask("PUT", &at(key), &[], b"x").status, 400, "{key}");
    }
    assert_eq!(client.ask("PUT", &at("a"), &[], b"\xff").status, 400);
    assert_eq!(client.ask("PUT", &at("a"), &[], &vec![b'v'; 262_145]).status, 413);
    assert_eq!(client.ask("PUT", &at("a"), &[], &vec![b'v'; 262_144]).status, 200);
    assert_eq!(client.ask("PUT", &at("b"), &[], &vec![b'v'; 262_144]).status, 413, "in all");
    assert_eq!(client.ask("POST", &at("a"), &[], b"x").status, 405);
    for path in ["/self/host/ip", "/cl-one/hosts/worker/i-w1/attributes/a", "/self/cluster/a"] {
        assert_eq!(client.ask("PUT", path, &[], b"x").status, 405, "{path}");
    }
    assert_eq!(scene.node(STRANGER).ask("PUT", &at("a"), &[], b"x").status, 404);
    let forwarded = [("X-Forwarded-For", W1)];
    assert_eq!(client.ask("PUT", &at("c"), &forwarded, b"x").status, 403);
    assert_eq!(client.get(&at("motd")).text(), "hello");
}
