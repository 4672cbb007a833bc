//! Key pairs of roles whose nodes reach others without a passphrase.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

use crate::error::{Error, Kind, Result};
use crate::model::app::spec::Spec;

/// The pairs of a new cluster; without a directory the private halves are gone
/// once this is.
#[derive(Default)]
pub struct Keys {
    /// By role, in the form of `authorized_keys`; a role without a name is empty.
    pub public: BTreeMap<String, String>,
    /// Private halves that lie in the key directory under another name.
    waiting: Vec<(String, tempfile::NamedTempFile)>,
    directory: Option<PathBuf>,
}

impl Keys {
    /// Makes an ed25519 pair for each role that wants one, its replicas
    /// included. Private halves go to `directory`, readable by the owner alone.
    ///
    /// A seed makes the pairs the same at every run: for rehearsals, not for
    /// machines that anybody else can reach.
    pub fn make(spec: &Spec, directory: Option<&Path>, seed: Option<u64>) -> Result<Keys> {
        let mut keys = Keys { directory: directory.map(Path::to_owned), ..Keys::default() };
        let mut seeded = seed.map(fastrand::Rng::with_seed);
        for role in spec.roles.iter().filter(|role| role.passphraseless) {
            let name = role.name.clone().unwrap_or_default();
            let comment = if name.is_empty() { "metactl" } else { &name };
            let pair = pair(comment, seeded.as_mut())?;
            let public = pair.public_key().to_openssh().map_err(unmade)?;
            if let Some(directory) = directory {
                let text = pair.to_openssh(LineEnding::LF).map_err(unmade)?;
                let doing = |error| unwritten(directory, error);
                std::fs::create_dir_all(directory).map_err(doing)?;
                let mut file = tempfile::NamedTempFile::new_in(directory).map_err(doing)?;
                file.write_all(text.as_bytes()).map_err(doing)?;
                file.as_file().sync_all().map_err(doing)?;
                keys.waiting.push((name.clone(), file));
            }
            keys.public.insert(name, public);
        }
        Ok(keys)
    }

    /// Gives the private halves their names, `<cluster>-<role>`, and returns
    /// role and file of each.
    pub fn keep(self, cluster: &str) -> Result<Vec<(String, PathBuf)>> {
        let directory = self.directory.unwrap_or_default();
        let mut kept = Vec::new();
        for (role, file) in self.waiting {
            let name =
                if role.is_empty() { cluster.to_owned() } else { format!("{cluster}-{role}") };
            let path = directory.join(name);
            file.persist_noclobber(&path).map_err(|error| unwritten(&path, error.error))?;
            kept.push((role, path));
        }
        Ok(kept)
    }
}

fn pair(comment: &str, seeded: Option<&mut fastrand::Rng>) -> Result<PrivateKey> {
    let mut seed = [0; 32];
    match seeded {
        Some(random) => random.fill(&mut seed),
        None => {
            let drawn =
                PrivateKey::random(&mut ssh_key::rand_core::OsRng, ssh_key::Algorithm::Ed25519);
            let mut drawn = drawn.map_err(unmade)?;
            drawn.set_comment(comment);
            return Ok(drawn);
        }
    }
    PrivateKey::new(Ed25519Keypair::from_seed(&seed).into(), comment).map_err(unmade)
}

fn unmade(error: ssh_key::Error) -> Error {
    Error::new(Kind::Failed, "making a key pair").because(error.to_string())
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::Failed, format!("writing a private key to `{}`", path.display()))
        .because(error)
}
