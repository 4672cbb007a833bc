//! TLS: the certificate in force, read again when its files change.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Error, Kind, Result};

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// Where the certificate and its key are, in PEM form.
#[derive(Debug, Clone)]
pub struct Files {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// The certificate in force.
pub struct Tls {
    files: Files,
    config: ArcSwap<ServerConfig>,
    /// How the files were before they were first read.
    first: [State; 2],
}

/// What of a file changes when somebody writes or replaces it.
type State = Option<(u64, i64, i64, u64)>;

impl Tls {
    pub fn open(files: Files) -> Result<Tls> {
        let first = state(&files);
        let config = ArcSwap::new(load(&files)?);
        Ok(Tls { files, config, first })
    }

    /// What makes connections secret, with the certificate of now.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    /// Reads the files again whenever they have changed, and says what came of
    /// it. Files that do not fit leave the certificate as it is.
    pub async fn follow(&self, tell: impl Fn(Result<()>)) -> ! {
        let mut known = self.first;
        let mut before = known;
        loop {
            tokio::time::sleep(PAUSE).await;
            let state = state(&self.files);
            // Between the new certificate and its new key they do not fit: files
            // that have just changed are left in peace for a moment.
            if state != known && state == before {
                known = state;
                tell(load(&self.files).map(|config| self.config.store(config)));
            }
            before = state;
        }
    }
}

fn state(files: &Files) -> [State; 2] {
    let of = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.ino(), file.mtime(), file.mtime_nsec(), file.len()))
    };
    [of(&files.cert), of(&files.key)]
}

fn load(files: &Files) -> Result<Arc<ServerConfig>> {
    let refused = |path: &Path, what: &str| {
        Error::new(Kind::Usage, format!("reading the {what} in `{}`", path.display()))
    };
    let certs: Vec<_> = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(|error| refused(&files.cert, "certificate").because(error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| refused(&files.key, "key").because(error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certs, key))
        .map_err(|error| refused(&files.cert, "certificate").because(error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
