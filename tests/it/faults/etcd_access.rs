//! Who may reach an etcd: certificates, users, passwords.

use std::path::Path;
use std::time::Duration;

use etcd_client::{Permission, PermissionType};
use metactl::error::Kind;
use metactl::store::etcd::{Etcd as Store, EtcdOptions, EtcdTls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::store::words::*;
use crate::support::etcd::{Etcd, ServerTls, Setup};

/// A certificate authority, and what it has signed for server and client.
struct Authority {
    directory: TempDir,
    server: ServerTls,
    client: EtcdTls,
}

impl Authority {
    fn new(mutual: bool) -> Authority {
        let directory = TempDir::new().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = |name: &str, content: String| {
            let file = directory.path().join(name);
            std::fs::write(&file, content).unwrap();
            file
        };
        let ca = file("ca.pem", issuer.pem());
        let signed = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
            let cert = params.signed_by(&key, &issuer).unwrap();
            (
                file(&format!("{name}.pem"), cert.pem()),
                file(&format!("{name}.key"), key.serialize_pem()),
            )
        };
        let (cert, key) = signed("server");
        let server = ServerTls { ca: ca.clone(), cert, key, mutual };
        let (cert, key) = signed("client");
        let client = EtcdTls { ca: Some(ca), cert: Some(cert), key: Some(key) };
        Authority { directory, server, client }
    }

    fn start(&self) -> Etcd {
        Etcd::start_with(Setup { tls: Some(self.server.clone()), ..Setup::default() })
    }
}

fn with(etcd: &Etcd, change: impl FnOnce(&mut EtcdOptions)) -> Store {
    let mut options = etcd.options();
    options.timeout = Duration::from_secs(5);
    change(&mut options);
    Store::open(&options).unwrap()
}

#[tokio::test]
async fn a_server_with_a_certificate() {
    let authority = Authority::new(false);
    let etcd = authority.start();
    let ca = authority.client.ca.clone();
    let store = with(&etcd, |options| options.tls = Some(EtcdTls { ca, ..EtcdTls::default() }));
    let start = newest(&store).await;
    let mut watch = watch(&store, &["/"], start).await;
    put(&store, &["/cl-1/a=1"]).await;
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/cl-1/a:->1"]);

    let stranger = Authority::new(false);
    let ca = stranger.client.ca.clone();
    let store = with(&etcd, |options| options.tls = Some(EtcdTls { ca, ..EtcdTls::default() }));
    let error = metactl::store::Store::status(&store).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied, "{error} {:?}", error.causes());
    assert!(error.causes().concat().contains("certificate"), "{:?}", error.causes());
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate() {
    let authority = Authority::new(true);
    let etcd = authority.start();
    let store = with(&etcd, |options| options.tls = Some(authority.client.clone()));
    put(&store, &["/cl-1/a=1"]).await;
    assert_eq!(value(&store, "/cl-1/a").await.as_deref(), Some("1"));
    let ca = authority.client.ca.clone();
    let without = with(&etcd, |options| {
        options.tls = Some(EtcdTls { ca, ..EtcdTls::default() });
        options.timeout = Duration::from_secs(2);
    });
    let error = try_commit(&without, vec![], puts(&["/cl-1/a=2"])).await.unwrap_err();
    assert!(matches!(error.kind(), Kind::Denied | Kind::Unavailable), "{error}");
}

#[test]
fn certificates_that_cannot_be_used_are_named() {
    let authority = Authority::new(true);
    let open = |tls: EtcdTls| {
        let endpoints = vec!["127.0.0.1:1".to_owned()];
        let timeout = Duration::from_secs(1);
        let (user, password, prefix) = (None, None, None);
        let options = EtcdOptions { endpoints, tls: Some(tls), user, password, prefix, timeout };
        refused(Store::open(&options).map(drop), Kind::Usage)
    };
    let (ca, cert) = (authority.client.ca.clone(), authority.client.cert.clone());
    let missing = authority.directory.path().join("missing.pem");
    let sentence = open(EtcdTls { ca: Some(missing), cert: None, key: None });
    assert!(sentence.contains("missing.pem"), "{sentence}");
    assert!(open(EtcdTls { ca, cert: cert.clone(), key: None }).contains("without its key"));
    let no_key = open(EtcdTls { ca: None, cert: cert.clone(), key: cert });
    assert!(no_key.contains("no private key"), "{no_key}");
    assert!(!Path::new(&no_key).exists());
}

/// Turns users on: root, and `app` that may read and write `/cl-1` and bookkeeping.
async fn with_users(etcd: &Etcd) {
    let mut client = etcd.client().await;
    client.role_add("root").await.unwrap();
    client.user_add("root", "secret-of-root", None).await.unwrap();
    client.user_grant_role("root", "root").await.unwrap();
    client.role_add("app").await.unwrap();
    for prefix in ["/cl-1", "/_metactl/"] {
        let permission = Permission::new(PermissionType::Readwrite, prefix).with_prefix();
        client.role_grant_permission("app", permission).await.unwrap();
    }
    client.user_add("app", "secret-of-app", None).await.unwrap();
    client.user_grant_role("app", "app").await.unwrap();
    client.auth_enable().await.unwrap();
}

fn as_user(etcd: &Etcd, user: &str, password: &str) -> Store {
    with(etcd, |options| {
        options.user = Some(user.to_owned());
        options.password = Some(password.to_owned());
    })
}

#[tokio::test]
async fn users_and_passwords() {
    let etcd = Etcd::start();
    with_users(&etcd).await;
    let root = as_user(&etcd, "root", "secret-of-root");
    let start = put(&root, &["/cl-1/a=1", "/cl-2/a=1"]).await;
    let app = as_user(&etcd, "app", "secret-of-app");
    put(&app, &["/cl-1/a=2"]).await;
    let error = try_commit(&app, vec![], puts(&["/cl-2/a=2"])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);
    for (user, password) in [("app", "wrong-word"), ("nobody", "secret-of-app")] {
        let store = as_user(&etcd, user, password);
        let error = try_commit(&store, vec![], puts(&["/cl-1/a=3"])).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Denied, "{error}");
        let told = format!("{error} {:?}", error.causes());
        assert!(!told.contains(password) && !told.contains("nobody"), "{told}");
    }
    let stranger = with(&etcd, |_| {});
    let error = try_commit(&stranger, vec![], puts(&["/cl-1/a=3"])).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Denied);

    // Tokens live in the server's memory: after a restart both commits and
    // watches have to prove anew who they are.
    let mut watch = watch(&root, &["/cl-1"], start).await;
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/cl-1/a:1>2"]);
    etcd.member(0).restart();
    put(&app, &["/cl-1/a=4"]).await;
    assert_eq!(told(&next(&mut *watch).await.unwrap()), ["/cl-1/a:2>4"]);
    // Whoever may not watch everything that is needed is told so.
    let mut denied = crate::store::words::watch(&app, &["/cl-2"], start).await;
    refused(next(&mut *denied).await, Kind::Denied);
}

#[tokio::test]
async fn a_user_where_none_is_asked_for() {
    let etcd = Etcd::start();
    put(&as_user(&etcd, "root", "any"), &["/cl-1/a=1"]).await;
}
