//! Which store, as whom, and how to reach it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::contexts::Contexts;
use super::{Origin, Setting, Settings, found};
use crate::client::options::Place;
use crate::endpoint::{self, Endpoint};
use crate::error::{Error, Kind, Result};
use crate::model::duration;
use crate::model::path::Path;

/// How long a call may take when nobody says.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything that a context can set.
#[derive(Debug, Clone)]
pub struct Target {
    pub endpoint: Setting<Endpoint>,
    /// The context that chose the endpoint.
    pub context: Option<Setting<String>>,
    /// Who `/self` is.
    pub as_id: Option<Setting<String>>,
    /// The default cluster.
    pub cluster: Option<Setting<String>>,
    /// The directory that holds the clusters.
    pub cluster_root: Setting<Path>,
    /// The group of the mapping.
    pub group: Setting<String>,
    pub request_timeout: Setting<Duration>,
    pub access: Access,
    /// The management API of a metadata service, if it is not beside the metadata.
    pub manage_url: Option<Setting<Place>>,
    /// The file with the secret word of that API.
    pub manage_token_file: Option<Setting<PathBuf>>,
    /// What the user should be warned of.
    pub warning: Option<String>,
}

/// What proves to a server who is calling, and to us who the server is.
#[derive(Debug, Clone, Default)]
pub struct Access {
    pub user: Option<Setting<String>>,
    pub password: Option<Setting<Secret>>,
    /// Files in PEM form.
    pub ca: Option<Setting<PathBuf>>,
    pub cert: Option<Setting<PathBuf>>,
    pub key: Option<Setting<PathBuf>>,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one that must be told it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Finds every value by its order of origins.
pub(super) fn settle(settings: &Settings) -> Result<Target> {
    let source = Source::new(settings)?;
    let global = &settings.global;
    let home = settings.environment.home();
    let endpoint = match source.pick("endpoint", "--endpoint", "METACTL_ENDPOINT", &global.endpoint)
    {
        Some(text) => text.try_map(|text| Endpoint::parse(&text, home.as_deref()))?,
        None => found::endpoint(settings).unwrap_or_else(|| Setting {
            value: Endpoint::File(settings.default_database()),
            origin: Origin::Default,
        }),
    };
    let cluster_root =
        source.pick("cluster-root", "--cluster-root", "METACTL_CLUSTER_ROOT", &global.cluster_root);
    let timeout = source.pick(
        "request-timeout",
        "--request-timeout",
        "METACTL_REQUEST_TIMEOUT",
        &global.request_timeout,
    );
    Ok(Target {
        endpoint,
        as_id: source.pick("as", "--as", "METACTL_AS", &global.as_id),
        cluster: source.pick("cluster", "--cluster", "METACTL_CLUSTER", &global.cluster),
        cluster_root: source.parsed(cluster_root, |text| Path::parse(&text), Path::root())?,
        group: source
            .pick("group", "--group", "METACTL_GROUP", &global.group)
            .unwrap_or(Setting { value: "default".to_owned(), origin: Origin::Default }),
        request_timeout: source.parsed(timeout, positive, REQUEST_TIMEOUT)?,
        access: source.access()?,
        manage_url: source
            .pick("manage-url", "--manage-url", "METACTL_MANAGE_URL", &global.manage_url)
            .map(|text| text.try_map(|text| endpoint::manage(&text)))
            .transpose()?,
        manage_token_file: source
            .pick(
                "manage-token-file",
                "--manage-token-file",
                "METACTL_MANAGE_TOKEN_FILE",
                &global.manage_token_file,
            )
            .map(|text| Setting { value: PathBuf::from(text.value), origin: text.origin }),
        warning: source.warning,
        context: source.context.map(|(name, origin, _)| Setting { value: name, origin }),
    })
}

fn positive(text: String) -> Result<Duration> {
    let length = duration::parse(&text)?;
    if length.is_zero() {
        return Err(Error::new(Kind::Usage, "a request timeout is longer than 0s"));
    }
    Ok(length)
}

/// The places that values come from.
struct Source<'a> {
    settings: &'a Settings,
    /// Only if it is the one that chooses the endpoint: what belongs to one
    /// endpoint, passwords above all, must not be used on another.
    context: Option<(String, Origin, Contexts)>,
    warning: Option<String>,
}

impl<'a> Source<'a> {
    fn new(settings: &'a Settings) -> Result<Source<'a>> {
        let environment = &settings.environment;
        let named = match &settings.global.context {
            Some(name) => Some((name.clone(), Origin::Flag("--context"))),
            None if settings.global.endpoint.is_some() => {
                return Ok(Source { settings, context: None, warning: None });
            }
            None if environment.get("METACTL_ENDPOINT").is_some() => {
                return Ok(Source { settings, context: None, warning: None });
            }
            None => environment
                .get("METACTL_CONTEXT")
                .map(|name| (name, Origin::Variable("METACTL_CONTEXT"))),
        };
        let file = match settings.file() {
            Ok(file) => file,
            Err(_) if named.is_none() => {
                return Ok(Source { settings, context: None, warning: None });
            }
            Err(error) => return Err(error),
        };
        let contexts = Contexts::read(&file)?;
        let current = || Some((contexts.current()?.to_owned(), Origin::File));
        let Some((name, origin)) = named.or_else(current) else {
            return Ok(Source { settings, context: None, warning: None });
        };
        if !contexts.has(&name) {
            return Err(unknown_context(&name, &contexts));
        }
        let warning = contexts.exposure(&file);
        Ok(Source { settings, context: Some((name, origin, contexts)), warning })
    }

    fn pick(
        &self,
        key: &str,
        flag: &'static str,
        variable: &'static str,
        typed: &Option<String>,
    ) -> Option<Setting<String>> {
        if let Some(value) = typed {
            return Some(Setting { value: value.clone(), origin: Origin::Flag(flag) });
        }
        // A context that was asked for by flag is not overruled by a variable.
        let by_flag = matches!(&self.context, Some((_, Origin::Flag(_), _)));
        let of_context = || self.of_context(key);
        let of_variable = || {
            let value = self.settings.environment.get(variable)?;
            Some(Setting { value, origin: Origin::Variable(variable) })
        };
        if by_flag { of_context().or_else(of_variable) } else { of_variable().or_else(of_context) }
    }

    fn of_context(&self, key: &str) -> Option<Setting<String>> {
        let (name, _, contexts) = self.context.as_ref()?;
        let value = contexts.value(name, key)?.to_owned();
        Some(Setting { value, origin: Origin::Context(name.clone()) })
    }

    fn parsed<T>(
        &self,
        text: Option<Setting<String>>,
        parse: impl FnOnce(String) -> Result<T>,
        default: T,
    ) -> Result<Setting<T>> {
        match text {
            Some(text) => text.try_map(parse),
            None => Ok(Setting { value: default, origin: Origin::Default }),
        }
    }

    fn access(&self) -> Result<Access> {
        let global = &self.settings.global;
        let file = |text: Option<Setting<String>>| {
            text.map(|text| Setting { value: PathBuf::from(text.value), origin: text.origin })
        };
        let secret = |value: String, origin: Origin| Setting { value: Secret(value), origin };
        let mut user = self.pick("user", "--user", "METACTL_USER", &global.user);
        let mut password = self
            .pick("password", "--password", "METACTL_PASSWORD", &global.password)
            .map(|text| secret(text.value, text.origin));
        // `name:password`, as etcdctl takes it.
        if let Some(Setting { value, origin }) = &mut user
            && let Some((name, word)) = value.split_once(':')
        {
            password = Some(secret(word.to_owned(), origin.clone()));
            *value = name.to_owned();
        }
        Ok(Access {
            user,
            password,
            ca: file(self.pick("ca", "--ca", "METACTL_CA", &global.ca)),
            cert: file(self.pick("cert", "--cert", "METACTL_CERT", &global.cert)),
            key: file(self.pick("key", "--key", "METACTL_KEY", &global.key)),
        })
    }
}

/// There is no context of that name.
pub fn unknown_context(name: &str, contexts: &Contexts) -> Error {
    let error = Error::not_found(format!("there is no context `{name}`"));
    match contexts.names().as_slice() {
        [] => error.hint(format!("Make it with `metactl context set {name} --endpoint ENDPOINT`")),
        names => error.hint(format!("Choose one of {}", names.join(", "))),
    }
}
