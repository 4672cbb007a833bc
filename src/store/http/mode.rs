//! What a service lets this machine do.

use tokio::time::Instant;

use super::store::Inner;
use crate::client::link::{Ask, Fault};
use crate::client::wire;
use crate::error::{Error, Kind, Result};
use crate::store::{At, Revision};

/// What a service lets this machine do.
#[derive(Debug, Clone)]
pub(super) enum Mode {
    /// Everything: its management API is that of `metactl serve`.
    Full,
    /// What metad's management API has: data, mapping and rules, without revisions.
    Metad,
    /// Reads by the metadata API alone: why not more.
    View(String),
}

impl Inner {
    /// Found out at the first call, and kept.
    pub(super) async fn mode(&self) -> Result<&Mode> {
        self.mode.get_or_try_init(|| self.find_mode()).await
    }

    /// For what the metadata API cannot do. `Unavailable` or `Unsupported` unless the
    /// management API is there.
    pub(super) async fn full(&self, doing: impl FnOnce() -> String) -> Result<()> {
        match self.mode().await? {
            Mode::Full => Ok(()),
            Mode::Metad => Err(self.beyond_metad(&doing())),
            Mode::View(why) => {
                let message = format!("{} needs the management API of the service", doing());
                Err(Error::new(Kind::Unsupported, message)
                    .because(why.clone())
                    .hint("Name the management API, if you may use it: `--manage-url URL`"))
            }
        }
    }

    async fn find_mode(&self) -> Result<Mode> {
        let deadline = self.manage.deadline();
        let body = super::store::encoded(&wire::Read::new(&[], At::Latest))?;
        let ask = Ask::json(reqwest::Method::POST, "/v1/read", body);
        let mut turns = self.manage.turns(deadline);
        let mut tried = 0;
        loop {
            let (server, until) = turns.now();
            tried += 1;
            match self.knock(&ask, server, until).await {
                Ok(revision) => {
                    self.saw(revision);
                    return Ok(Mode::Full);
                }
                // An address that nobody has named need not be open to this machine.
                Err(Fault::Away { error, sent: false })
                    if !self.manage_is_named && tried >= self.manage.len() =>
                {
                    let why = error.causes().into_iter().next();
                    let why = why.map(|why| format!("{}: {why}", error.message()));
                    return Ok(Mode::View(why.unwrap_or_else(|| error.message().to_owned())));
                }
                Err(Fault::Refused { status: 401 | 403, failure, .. }) if !self.manage_is_named => {
                    return Ok(Mode::View(failure.message));
                }
                Err(fault @ Fault::Refused { status: 401 | 403, .. }) => {
                    return Err(Error::from(fault)
                        .hint("Give the file with the token: `--manage-token-file FILE`"));
                }
                Err(Fault::Refused { status: 404 | 405 | 501, .. }) => {
                    return self.find_metad(deadline).await;
                }
                Err(fault @ Fault::Away { .. }) => turns.next(fault).await?,
                Err(fault) => return Err(fault.into()),
            }
        }
    }

    /// At a place that is not that of `metactl serve`.
    async fn find_metad(&self, deadline: Instant) -> Result<Mode> {
        match self.manage.call(deadline, &Ask::get("/v1/rule")).await {
            Ok(_) => Ok(Mode::Metad),
            Err(Fault::Refused { status: 404 | 405 | 501, .. }) => {
                let place = self.manage.place();
                Ok(Mode::View(format!("`{place}` is no management API")))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    async fn knock(&self, ask: &Ask, server: usize, until: Instant) -> Result<Revision, Fault> {
        let response = self.manage.begin(server, until, ask).await?;
        let answer = self.manage.whole(response, until).await?;
        let line: wire::ReadLine<'_> =
            serde_json::from_slice(&answer.body).map_err(|error| self.manage.garbled(error))?;
        Ok(line.revision.unwrap_or_default())
    }
}
