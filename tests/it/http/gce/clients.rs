//! Real clients, as their projects ship them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::str;

use super::scene::{self, Shop, WEB2, get};
use crate::support::Serve;
use crate::support::etcd::program;
use crate::support::{assert_text, until};

/// Runs a program to its end and returns what it has printed.
#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `.ci/tools NAME` has unpacked.
#[track_caller]
fn unpacked(name: &str, folder: &str) -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(name);
    let path = top.join(folder);
    assert!(path.exists(), "{name} is missing; type `.ci/tools {name}`");
    path
}

/// Python with the modules of a folder, in an environment of its own.
fn python(modules: &Path, shop: &Shop) -> Command {
    let mut command = Command::new(program("python3"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", shop.home.path())
        .env("PYTHONPATH", modules)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(shop.home.path());
    command
}

fn google(shop: &Shop, script: &str) -> String {
    let address = shop.address().to_string();
    let mut command = python(&unpacked("google-auth", "google").join(".."), shop);
    command.env("GCE_METADATA_HOST", &address).env("GCE_METADATA_IP", &address);
    output(command.args(["-W", "ignore", "-c", script]))
}

#[test]
fn google_auth_finds_the_server_and_reads_the_project() {
    let shop = Shop::open(&[]);
    let text = google(
        &shop,
        r#"
import json
from google.auth import exceptions
from google.auth.compute_engine import _metadata
from google.auth.transport.requests import Request

request = Request()
print("ping", _metadata.ping(request))
print("on gce", _metadata.is_on_gce(request))
print("project", _metadata.get_project_id(request))
print("universe", _metadata.get_universe_domain(request))
print("zone", _metadata.get(request, "instance/zone").split("/")[-1])
print("id", _metadata.get(request, "instance/id"))
print("tags", _metadata.get(request, "instance/tags"))
print("attributes", json.dumps(_metadata.get(request, "instance/attributes/", recursive=True)))
print("id in the tree", _metadata.get(request, "instance/", recursive=True)["id"])
try:
    _metadata.get_service_account_info(request)
except exceptions.TransportError as error:
    print("no account:", "404" in str(error))
"#,
    );
    assert_text(
        text,
        str![[r##"
ping True
on gce True
project shop
universe googleapis.com
zone pek3a
id 12345678901234567890
tags ['web', 'front']
attributes {"Some_Key": "one\ntwo", "tags": "web,front", "user-data": "#cloud-config\n"}
id in the tree 12345678901234567890
no account: True

"##]],
    );
}

#[test]
fn google_auth_takes_the_default_credentials_of_a_file() {
    let home = scene::home();
    let file = home.file(
        "token.json",
        r#"{"access_token": "ya29.x", "expires_in": 3599, "scope": "a b", "email": "r@shop.example"}"#,
    );
    let flags = ["--gce", "127.0.0.1:0", "--service-account-token-file", file.to_str().unwrap()];
    let serve = Serve::start(&home, &flags);
    let shop = Shop { home, serve };
    let text = google(
        &shop,
        r#"
import google.auth
from google.auth.transport.requests import Request

credentials, project = google.auth.default()
print("before", project, credentials.service_account_email)
credentials.refresh(Request())
print("after", credentials.token, credentials.service_account_email, credentials.valid)
"#,
    );
    assert_text(
        text,
        str![[r#"
before shop default
after ya29.x r@shop.example True

"#]],
    );
}

#[test]
fn cloud_init_reads_its_instance_and_publishes_its_keys() {
    let shop = Shop::open(&["--guest-attributes"]);
    let modules = unpacked("cloud-init", "usr/lib/python3/dist-packages");
    let base = format!("http://{}/computeMetadata/v1/", shop.address());
    let mut command = python(&modules, &shop);
    // The data source as a booting machine uses it; that the mainboard is not
    // Google's is all that is passed over.
    let script = r#"
import json, sys
from cloudinit import helpers
from cloudinit.sources import DataSourceGCE as gce

base = sys.argv[1]
settings = {"datasource": {"GCE": {"metadata_url": base}}}
source = gce.DataSourceGCE(settings, None, helpers.Paths({}))
read = gce.read_md(
    address=source.metadata_address, url_params=source.get_url_params(), platform_check=False
)
print(read["success"], read["reason"], read["user-data"])
print(json.dumps(read["meta-data"], indent=1, sort_keys=True))
gce.GUEST_ATTRIBUTES_URL = base + "instance/guest-attributes"
source.publish_host_keys([("ssh-rsa", "AAAA"), ("ssh-ed25519", "BBBB")])
"#;
    let text = output(command.args(["-c", script, &base]));
    assert_text(
        text,
        str![[r##"
True None b'#cloud-config\n'
{
 "availability-zone": "pek3a",
 "instance-data": "{\"Some_Key\":\"one\\ntwo\",\"tags\":\"web,front\",\"user-data\":\"#cloud-config\\n\"}",
 "instance-id": "12345678901234567890",
 "local-hostname": "i-web1.c.shop.internal",
 "project-data": "{\"color\":\"blue\",\"size\":\"12\"}",
 "public-keys-data": []
}

"##]],
    );
    let keys = get(&mut shop.web1(), "instance/guest-attributes/?recursive=true");
    assert_eq!(keys.text(), r#"{"hostkeys":{"ssh-ed25519":"BBBB","ssh-rsa":"AAAA"}}"#);
}

fn curl(shop: &Shop, args: &[&str], path: &str) -> Command {
    let mut command = Command::new(program("curl"));
    command.env_clear().env("HOME", shop.home.path()).args(["-sS", "--max-time", "30"]).args(args);
    command.arg(format!("http://{}{path}", shop.address()));
    command
}

#[test]
fn curl_reads_and_waits_as_the_documentation_has_it() {
    let shop = Shop::open(&[]);
    let header = ["-H", "Metadata-Flavor: Google"];
    let path = "/computeMetadata/v1/instance/attributes/?recursive=true&wait_for_change=true";
    let mut waiting = curl(&shop, &header, path).stdout(Stdio::piped()).spawn().unwrap();
    let mut count = 0;
    // Without an ETag only what comes after its request is told.
    until("curl is answered", || {
        count += 1;
        shop.set(&format!("count={count}"));
        waiting.try_wait().unwrap().is_some()
    });
    let told = waiting.wait_with_output().unwrap();
    assert!(told.status.success());
    assert!(String::from_utf8(told.stdout).unwrap().contains(r#""count":""#));
    let from = [&header[..], &["--interface", WEB2]].concat();
    assert_eq!(output(&mut curl(&shop, &from, "/computeMetadata/v1/instance/name")), "i-web2");
    // It follows the redirect to the directory with its query.
    let followed =
        [&header[..], &["-L", "-w", "%{http_code} %{url_effective}", "-o", "/dev/null"]].concat();
    assert_eq!(
        output(&mut curl(&shop, &followed, "/computeMetadata/v1/project?recursive=true")),
        format!("200 http://{}/computeMetadata/v1/project/?recursive=true", shop.address())
    );
    let status = ["-o", "/dev/null", "-w", "%{http_code}"];
    assert_eq!(output(&mut curl(&shop, &status, "/computeMetadata/v1/instance/name")), "403");
}
