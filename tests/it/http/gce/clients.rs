//! Real clients, as their projects ship them.

use std::path::{Path, PathBuf};
use std::process::Command;

use snapbox::str;

use super::scene::{self, Shop, WEB2};
use crate::support::etcd::program;
use crate::support::serve::Serve;
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
    let mut command = python(&unpacked("google-auth", "google"). join(".."), shop);
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
    assert_text(text, str![]);
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
    assert_text(text, str![]);
}

#[test]
fn cloud_init_reads_its_instance() {
    let shop = Shop::open(&[]);
    let modules = unpacked("cloud-init", "usr/lib/python3/dist-packages");
    let endpoint = format!("http://{}/computeMetadata/v1/", shop.address());
    let mut command = python(&modules, &shop);
    command.args(["-m", "cloudinit.sources.DataSourceGCE", "--no-platform-check"]);
    let text = output(command.args(["--endpoint", &endpoint]));
    let shown = text.replace(&shop.home.path().display().to_string(), "[HOME]");
    assert_text(shown, str![]);
}

fn curl(shop: &Shop, args: &[&str], path: &str) -> String {
    let mut command = Command::new(program("curl"));
    command.env_clear().env("HOME", shop.home.path()).args(["-sS", "--max-time", "30"]).args(args);
    output(command.arg(format!("http://{}{path}", shop.address())))
}

#[test]
fn curl_reads_and_waits_as_the_documentation_has_it() {
    let shop = Shop::open(&[]);
    let header = ["-H", "Metadata-Flavor: Google"];
    let path = "/computeMetadata/v1/instance/attributes/?recursive=true&wait_for_change=true";
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| curl(&shop, &header, path));
        until("it waits", || {
            let told = curl_metrics(&shop);
            told.contains("waiters 1")
        });
        shop.set("Some_Key=new");
        let text = waiting.join().unwrap();
        assert!(text.contains(r#""Some_Key":"new""#), "{text}");
    });
    let from = [&header[..], &["--interface", WEB2]].concat();
    assert_eq!(curl(&shop, &from, "/computeMetadata/v1/instance/name"), "i-web2");
    // It follows the redirect to the directory with its query.
    let followed =
        [&header[..], &["-L", "-w", "%{http_code} %{url_effective}", "-o", "/dev/null"]].concat();
    assert_eq!(
        curl(&shop, &followed, "/computeMetadata/v1/project?recursive=true"),
        format!("200 http://{}/computeMetadata/v1/project/?recursive=true", shop.address())
    );
    let status = ["-o", "/dev/null", "-w", "%{http_code}"];
    assert_eq!(curl(&shop, &status, "/computeMetadata/v1/instance/name"), "403");
}

fn curl_metrics(shop: &Shop) -> String {
    shop.serve.manager().get("/metrics").text()
}
