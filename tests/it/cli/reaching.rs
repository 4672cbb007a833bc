//! The ways to a service: a socket, a token, TLS, several servers.

use rcgen::{CertificateParams, KeyPair};

use crate::support::{Home, Ran, Running, Serve};

/// A command on the service; `settings` are variables without their `METACTL_`.
fn run(home: &Home, settings: &[(&str, &str)], words: &[&str]) -> Ran {
    home.run_with(words, |command| {
        for (name, value) in settings {
            command.env(format!("METACTL_{name}"), value);
        }
    })
}

#[test]
fn the_management_api_on_a_socket() {
    let home = Home::new();
    let manage = format!("unix:{}", home.path().join("manage.sock").display());
    let words = ["serve", "--listen", "127.0.0.1:0", "--manage", &manage];
    let serve = Running::start(home.command(words));
    let line = serve.says("metadata on ");
    let endpoint = format!("http://{}", line.split_once("metadata on ").unwrap().1);
    serve.says("serving ");
    let settings = [("ENDPOINT", endpoint.as_str())];
    run(&home, &settings, &["put", "/x", "1", "--if-absent", "--manage-url", &manage]).ok();
    let shown = run(&home, &settings, &["get", "/x", "--manage-url", &manage]);
    assert_eq!(shown.ok().stdout, "1\n");
    let nowhere = format!("unix:{}", home.path().join("nowhere").display());
    let words = ["get", "/x", "--request-timeout", "300ms", "--manage-url", &nowhere];
    let away = run(&home, &settings, &words);
    assert_eq!(away.code, 5, "{away}");
    assert!(away.stderr.contains("nowhere"), "{away}");
}

#[test]
fn the_management_api_with_a_token() {
    let home = Home::new();
    let right = home.file("right", "geheim\n");
    let wrong = home.file("wrong", "falsch\n");
    let [right, wrong] = [&right, &wrong].map(|file| file.to_str().unwrap());
    let serve = Serve::start(&home, &["--manage-token-file", right]);
    let (endpoint, manage) =
        (format!("http://{}", serve.metadata), format!("http://{}", serve.manage));
    let settings = [("ENDPOINT", endpoint.as_str()), ("MANAGE_URL", manage.as_str())];
    let put = |more: &[&str]| run(&home, &settings, &[&["put", "/x", "1"][..], more].concat());
    put(&["--manage-token-file", right]).ok();
    for refused in [put(&["--manage-token-file", wrong]), put(&[])] {
        assert_eq!(refused.code, 6, "{refused}");
        assert!(refused.stderr.contains("--manage-token-file"), "{refused}");
        assert!(!refused.stderr.contains("falsch"), "{refused}");
    }
    let missing = put(&["--manage-token-file", "nowhere"]);
    assert_eq!(missing.code, 2, "{missing}");
}

#[test]
fn a_service_by_tls() {
    let home = Home::new();
    home.run(["put", "/cl-1/hosts/web/i-1/ip", "127.0.0.1"]).ok();
    home.run(["mapping", "set", "127.0.0.1", "host=/cl-1/hosts/web/i-1"]).ok();
    let files = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let cert = cert.self_signed(&key).unwrap();
        let file = |kind: &str, text: String| {
            home.file(&format!("{name}.{kind}"), text).to_str().unwrap().to_owned()
        };
        (file("cert", cert.pem()), file("key", key.serialize_pem()))
    };
    let ((cert, key), (other, _)) = (files("own"), files("other"));
    let serve = Serve::start(&home, &["--tls-cert", &cert, "--tls-key", &key]);
    let endpoint = format!("https://{}", serve.metadata);
    let settings = [("ENDPOINT", endpoint.as_str())];
    let get = |ca: &str| run(&home, &settings, &["get", "/self/host/ip", "--ca", ca]);
    assert_eq!(get(&cert).ok().stdout, "127.0.0.1\n");
    let stranger = get(&other);
    assert_eq!(stranger.code, 6, "{stranger}");
    assert!(stranger.stderr.contains("TLS"), "{stranger}");
}

#[test]
fn a_dead_server_is_passed_over() {
    let home = Home::new();
    home.run(["put", "/cl-1/hosts/web/i-1/ip", "127.0.0.1"]).ok();
    home.run(["mapping", "set", "127.0.0.1", "host=/cl-1/hosts/web/i-1"]).ok();
    let serve = Serve::start(&home, &[]);
    // Nobody listens on port 1.
    let endpoint = format!("http://127.0.0.1:1,{}", serve.metadata);
    let manage = format!("http://127.0.0.1:1,{}", serve.manage);
    let settings = [("ENDPOINT", endpoint.as_str()), ("MANAGE_URL", manage.as_str())];
    let said = |words: &[&str]| run(&home, &settings, words).ok().stdout;
    assert_eq!(said(&["get", "/self/host/ip"]), "127.0.0.1\n");
    said(&["put", "/x", "1", "--if-absent"]);
    assert_eq!(said(&["get", "/x"]), "1\n");
}
