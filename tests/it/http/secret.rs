//! TLS, and certificates that change while the service runs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

use crate::support::{Home, Serve, until};

/// A certificate that vouches for itself, and its key, in PEM form.
fn pair() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["metadata".to_owned()]).unwrap();
    let cert = cert.self_signed(&key).unwrap();
    (cert.pem(), key.serialize_pem())
}

/// What a client that trusts `cert` alone is answered; none if it is another one.
fn asked(to: SocketAddr, cert: &str) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("metadata").unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(to).unwrap();
    let mut stream = Stream::new(&mut session, &mut socket);
    stream.write_all(b"GET /nothing HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
    Some(answer)
}

/// A service with a certificate of its own, and where its files are.
fn serve(home: &Home, cert: &str, key: &str) -> (Serve, PathBuf, PathBuf) {
    let (cert, key) = (home.file("tls/cert.pem", cert), home.file("tls/key.pem", key));
    let words = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    (Serve::start(home, &words), cert, key)
}

#[test]
fn the_metadata_is_served_by_tls() {
    let home = Home::new();
    let (cert, key) = pair();
    let (serve, ..) = serve(&home, &cert, &key);
    assert!(asked(serve.metadata, &cert).unwrap().starts_with("HTTP/1.1 404"));
    // Who speaks no TLS gets nothing, and the API of this machine needs none.
    let mut plain = serve.node("127.0.0.7");
    plain.send("GET", "/nothing", &[], b"");
    assert!(plain.is_ended());
    assert_eq!(serve.manager().get("/livez").status, 200);
}

#[test]
fn a_new_certificate_is_taken_without_a_restart() {
    let home = Home::new();
    let (cert, key) = pair();
    let (serve, cert_file, key_file) = serve(&home, &cert, &key);
    let (new_cert, new_key) = pair();
    std::fs::write(&cert_file, &new_cert).unwrap();
    std::fs::write(&key_file, &new_key).unwrap();
    serve.running.says("the certificate was read again");
    assert!(asked(serve.metadata, &new_cert).is_some());
    assert!(asked(serve.metadata, &cert).is_none());
}

#[test]
fn broken_files_leave_it_as_it_was() {
    let home = Home::new();
    let (cert, key) = pair();
    let (serve, cert_file, key_file) = serve(&home, &cert, &key);
    std::fs::write(&cert_file, "no certificate").unwrap();
    serve.running.says("the certificate stays as it was");
    assert!(asked(serve.metadata, &cert).is_some());
    let (new_cert, new_key) = pair();
    std::fs::write(&key_file, &new_key).unwrap();
    std::fs::write(&cert_file, &new_cert).unwrap();
    until("the new one is taken", || asked(serve.metadata, &new_cert).is_some());
}

#[test]
fn files_that_do_not_fit_are_refused_at_the_start() {
    let home = Home::new();
    let (cert, _) = pair();
    let (_, key) = pair();
    home.file("cert.pem", cert);
    home.file("key.pem", key);
    home.file("empty.pem", "");
    for (cert, key) in [("cert.pem", "key.pem"), ("empty.pem", "key.pem"), ("cert.pem", "none")] {
        let ran = home.run([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--manage",
            "127.0.0.1:0",
            "--tls-cert",
            cert,
            "--tls-key",
            key,
        ]);
        assert_eq!(ran.code, 2, "{ran}");
    }
}
