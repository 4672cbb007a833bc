//! What has to be known to reach an etcd.

use std::fmt;
use std::path::{Path as File, PathBuf};
use std::time::Duration;

use etcd_client::{Certificate, Identity, TlsOptions};

use crate::error::{Error, Kind, Result};
use crate::model::path::Path;

/// Which servers, as whom, and where in them the tree is.
#[derive(Clone)]
pub struct EtcdOptions {
    /// `host:port` of each server.
    pub endpoints: Vec<String>,
    /// None: in plain text.
    pub tls: Option<EtcdTls>,
    pub user: Option<String>,
    pub password: Option<String>,
    /// The path under which the tree is; none is the root.
    pub prefix: Option<Path>,
    /// How long one call may take, with all its attempts.
    pub timeout: Duration,
}

/// Files in PEM form. Without `ca` the certificates of the system are trusted.
#[derive(Debug, Clone, Default)]
pub struct EtcdTls {
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// Without user and password.
impl fmt::Debug for EtcdOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EtcdOptions")
            .field("endpoints", &self.endpoints)
            .field("tls", &self.tls)
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl EtcdTls {
    /// The certificates, read; `Usage` when a file cannot be read or a half is missing.
    pub(super) fn load(&self) -> Result<TlsOptions> {
        let mut tls = TlsOptions::new();
        tls = match &self.ca {
            Some(ca) => tls.ca_certificate(Certificate::from_pem(pem(ca, "CERTIFICATE")?)),
            None => tls.with_native_roots(),
        };
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Ok(tls
                .identity(Identity::from_pem(pem(cert, "CERTIFICATE")?, pem(key, "PRIVATE KEY")?))),
            (None, None) => Ok(tls),
            (Some(cert), None) => Err(half(cert, "certificate", "key")),
            (None, Some(key)) => Err(half(key, "key", "certificate")),
        }
    }
}

fn half(file: &File, have: &str, lack: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("the {have} `{}` is of no use without its {lack}", file.display()),
    )
}

/// The content of a PEM file, checked for what it should hold.
fn pem(file: &File, holds: &str) -> Result<String> {
    let content = std::fs::read_to_string(file).map_err(|error| {
        Error::new(Kind::Usage, format!("reading `{}`", file.display())).because(error)
    })?;
    if !content.contains(&format!("{holds}-----")) {
        return Err(Error::new(
            Kind::Usage,
            format!("`{}` holds no {} in PEM form", file.display(), holds.to_lowercase()),
        ));
    }
    Ok(content)
}
