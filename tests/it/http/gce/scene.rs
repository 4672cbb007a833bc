//! A small shop: three instances with addresses of this machine, served to Google's clients.

use std::net::SocketAddr;

use crate::support::Home;
use crate::support::Serve;
use crate::support::http::{Answer, Client};

/// The header that every client sends.
pub const FLAVOR: (&str, &str) = ("Metadata-Flavor", "Google");

/// The address of `i-web1`, which sees everything.
pub const WEB1: &str = "127.0.0.1";
/// The address of `i-web2`, whose record says little.
pub const WEB2: &str = "127.0.0.2";
/// An address that no mapping knows.
pub const STRANGER: &str = "127.0.0.9";

const TREE: &str = r##"
cl-shop:
  cluster: {cluster_id: cl-shop, vxnet: vxnet-shop}
  hosts:
    web:
      i-web1:
        gsid: 12345678901234567890
        instance_id: i-web1
        node_id: cln-web1
        sid: 1
        ip: 192.168.100.2
        eip: 203.0.113.7
        mac: 52:54:00:0A:BC:01
        cpu: 2
        memory: 4096
        zone: pek3a
        attributes: {tags: "web,front", Some_Key: "one\ntwo", user-data: "#cloud-config\n"}
      i-web2: {instance_id: i-web2, ip: 192.168.100.3, eip: "", sid: 2}
projects:
  shop:
    attributes: {color: blue, size: "12"}
"##;

/// A home whose store holds the shop.
pub fn home() -> Home {
    let home = Home::new();
    fill(&home, &[]);
    home
}

/// Writes the shop to the store that `flags` choose.
pub fn fill(home: &Home, flags: &[&str]) {
    home.file("shop.yaml", TREE);
    home.run([&["import", "shop.yaml"], flags].concat()).ok();
    for (ip, instance) in [(WEB1, "i-web1"), (WEB2, "i-web2")] {
        let host = format!("host=/cl-shop/hosts/web/{instance}");
        let links = [host.as_str(), "cluster=/cl-shop/cluster", "project=/projects/shop"];
        home.run([&["mapping", "set", ip], &links[..], flags].concat()).ok();
    }
}

/// The shop, served with these arguments besides.
pub struct Shop {
    pub home: Home,
    pub serve: Serve,
}

impl Shop {
    #[track_caller]
    pub fn open(args: &[&str]) -> Shop {
        let home = home();
        let serve = Serve::start(&home, &[&["--gce", "127.0.0.1:0"], args].concat());
        Shop { home, serve }
    }

    pub fn address(&self) -> SocketAddr {
        self.serve.gce.unwrap()
    }

    /// A connection of `i-web1`.
    pub fn web1(&self) -> Client {
        self.from(WEB1)
    }

    pub fn from(&self, ip: &str) -> Client {
        Client::from(ip, self.address())
    }

    /// Sets custom metadata of `i-web1`.
    #[track_caller]
    pub fn set(&self, metadata: &str) {
        self.home.run(["add-metadata", "i-web1", "--metadata", metadata]).ok();
    }
}

/// `GET /computeMetadata/v1/<path>` as clients send it.
#[track_caller]
pub fn get(client: &mut Client, path: &str) -> Answer {
    client.ask("GET", &format!("/computeMetadata/v1/{path}"), &[FLAVOR], b"")
}

/// What is sent and what comes back, without what differs from run to run: the
/// project's number reads `[NUMBER]`, an ETag `[ETAG]`.
#[track_caller]
pub fn told(client: &mut Client, paths: &[&str]) -> String {
    paths.iter().map(|path| format!("GET {path}\n{}\n", shown(&get(client, path)))).collect()
}

/// An answer as a block of a transcript.
pub fn shown(answer: &Answer) -> String {
    let kind = answer.header("content-type").unwrap_or("-");
    let number = regex::Regex::new(r"\b[1-9][0-9]{11}\b").unwrap();
    let text = answer.text();
    let body = number.replace_all(&text, "[NUMBER]");
    let end = if body.ends_with('\n') { "" } else { "⏎̸\n" };
    format!("{} {kind}\n{body}{end}", answer.status)
}
