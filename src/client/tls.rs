//! TLS of a client: whom it trusts and what it shows.

use std::path::{Path as File, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Kind, Result};

/// Files in PEM form. Without `ca` the certificates of the system are trusted.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    pub ca: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

impl TlsFiles {
    /// What a client speaks TLS with; `Usage` when a file cannot be read or a half
    /// is missing.
    pub(super) fn load(&self) -> Result<ClientConfig> {
        let mut roots = RootCertStore::empty();
        match &self.ca {
            Some(file) => {
                for certificate in certificates(file)? {
                    roots.add(certificate).map_err(|error| unusable(file, error))?;
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
        }
        let builder = builder()?.with_root_certificates(roots);
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => {
                let chain = certificates(cert)?;
                let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, e))?;
                builder.with_client_auth_cert(chain, private).map_err(|e| unusable(cert, e))
            }
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(cert), None) => Err(half(cert, "certificate", "key")),
            (None, Some(key)) => Err(half(key, "key", "certificate")),
        }
    }
}

/// For services without TLS: nothing is loaded, and nobody trusted.
pub(super) fn none() -> Result<ClientConfig> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

type Builder =
    tokio_rustls::rustls::ConfigBuilder<ClientConfig, tokio_rustls::rustls::WantsVerifier>;

fn builder() -> Result<Builder> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Kind::Failed, "preparing TLS").because(error))
}

fn certificates(file: &File) -> Result<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
        .and_then(|certificates| certificates.collect())
        .map_err(|error| unusable(file, error));
    match found? {
        none if none.is_empty() => Err(Error::new(
            Kind::Usage,
            format!("`{}` holds no certificate in PEM form", file.display()),
        )),
        some => Ok(some),
    }
}

fn unusable(file: &File, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Usage, format!("reading `{}`", file.display())).because(error)
}

fn half(file: &File, have: &str, lack: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("the {have} `{}` is of no use without its {lack}", file.display()),
    )
}
