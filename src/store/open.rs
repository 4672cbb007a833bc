//! From an endpoint to its store: the only place that asks for its kind.

use std::path::PathBuf;
use std::sync::Arc;

use super::Store;
use super::etcd::{Etcd, EtcdOptions, EtcdTls};
use super::gce::{Gce, GceOptions};
use super::http::{Http, HttpOptions};
use super::sqlite::{Sqlite, Threaded};
use crate::client::tls::TlsFiles;
use crate::config::{Setting, Target};
use crate::endpoint::{self, Endpoint};
use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// Opens the store that `target` names; `Unavailable` when it cannot be reached.
pub async fn open(target: &Target) -> Result<Arc<dyn Store>> {
    match &target.endpoint.value {
        Endpoint::File(path) => Ok(Arc::new(Sqlite::new(path, target.request_timeout.value))),
        Endpoint::Etcd(etcd) => Ok(Arc::new(Etcd::open(&options(etcd, target)?)?)),
        Endpoint::Http(http) => Ok(Arc::new(Http::open(&service(http, target)?)?)),
        Endpoint::Gce(host) => {
            let options = GceOptions { host: host.clone(), timeout: target.request_timeout.value };
            Ok(Arc::new(Gce::open(&options)?))
        }
    }
}

/// As [`open`], for a service that many ask at once.
pub async fn open_for_many(target: &Target) -> Result<Arc<dyn Store>> {
    match &target.endpoint.value {
        Endpoint::File(path) => {
            let file = Sqlite::new(path, target.request_timeout.value);
            Ok(Arc::new(Threaded::start(file)?))
        }
        _ => open(target).await,
    }
}

fn service(http: &endpoint::Http, target: &Target) -> Result<HttpOptions> {
    let access = &target.access;
    let file = |setting: &Option<Setting<PathBuf>>| setting.as_ref().map(|s| s.value.clone());
    let token = |file: &Setting<PathBuf>| {
        let file = &file.value;
        let text = std::fs::read_to_string(file).map_err(|error| {
            Error::new(Kind::Usage, format!("reading the token `{}`", file.display()))
                .because(error)
        })?;
        Ok::<_, Error>(text.trim().to_owned())
    };
    Ok(HttpOptions {
        metadata: http.place(),
        manage: target.manage_url.as_ref().map_or_else(|| http.manage(), |url| url.value.clone()),
        manage_is_named: target.manage_url.is_some(),
        tls: TlsFiles { ca: file(&access.ca), cert: file(&access.cert), key: file(&access.key) },
        token: target.manage_token_file.as_ref().map(token).transpose()?,
        timeout: target.request_timeout.value,
    })
}

fn options(etcd: &endpoint::Etcd, target: &Target) -> Result<EtcdOptions> {
    fn value<T: Clone>(setting: &Option<Setting<T>>) -> Option<T> {
        setting.as_ref().map(|setting| setting.value.clone())
    }
    let access = &target.access;
    let prefix = (!etcd.prefix.is_empty()).then(|| Path::parse(&etcd.prefix)).transpose()?;
    let tls =
        || EtcdTls { ca: value(&access.ca), cert: value(&access.cert), key: value(&access.key) };
    Ok(EtcdOptions {
        endpoints: etcd.hosts.clone(),
        tls: etcd.tls.then(tls),
        user: value(&access.user),
        password: access.password.as_ref().map(|password| password.value.reveal().to_owned()),
        prefix,
        timeout: target.request_timeout.value,
    })
}
