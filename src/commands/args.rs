//! Arguments that several commands share.

use std::net::IpAddr;
use std::time::Duration;
use std::{fmt, io};

use ipnet::IpNet;
use regex::Regex;

use crate::commands::complete;
use crate::error::{Error, Kind, Result};
use crate::model::duration;
use crate::ops::{metadata, project};
use crate::session::Session;
use crate::ui::Report;

/// Reads a length of time, for clap: `#[arg(value_parser = args::duration)]`.
pub fn duration(text: &str) -> Result<Duration> {
    duration::parse(text)
}

/// Reads a network or a single address, for clap.
pub fn network(text: &str) -> Result<IpNet> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| {
        let accepted = "accepted are networks as `10.0.0.0/8` and `fd00::/8`, and addresses";
        Error::invalid(format!("`{text}` is no network; {accepted}"))
    })
}

/// Reads `MIN` or `MIN:MAX`, the maximum being 4 times MIN otherwise, for clap.
pub fn debounce(text: &str) -> Result<(Duration, Duration)> {
    let (min, max) = match text.split_once(':') {
        Some((min, max)) => (duration(min)?, duration(max)?),
        None => {
            let min = duration(text)?;
            (min, min.saturating_mul(4))
        }
    };
    if min > max {
        return Err(Error::invalid(format!("debounce `{text}` waits longer than its maximum")));
    }
    Ok((min, max))
}

/// Reads a regular expression; `Usage` with what is wrong. The `shown` pattern is
/// the one that was typed.
pub fn regular(pattern: &str, shown: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| {
        // The rest of it draws the pattern once more.
        let why = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
        Error::new(Kind::Usage, format!("pattern `{shown}` is no regular expression: {why}"))
    })
}

/// Whose custom metadata is meant.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Owner {
    /// Instance: its instance id, node id or ip, or self
    #[arg(value_name = "INSTANCE", add = complete::instances())]
    instance: Option<String>,

    /// Project instead of an instance; without =ID it is default
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = project::DEFAULT
    )]
    project: Option<String>,
}

impl Owner {
    /// The one that was typed; clap sees to it that it is one.
    pub fn chosen(&self) -> metadata::Owner {
        match (&self.project, &self.instance) {
            (Some(id), _) => metadata::Owner::Project(id.clone()),
            (None, id) => metadata::Owner::Instance(id.clone().unwrap_or_default()),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chosen() {
            metadata::Owner::Project(id) => write!(out, "--project={id}"),
            metadata::Owner::Instance(id) => out.write_str(&id),
        }
    }
}

/// Says on standard error what became of a change of metadata.
pub fn tell_updated(session: &Session, done: &metadata::Updated, verb: &str) {
    if done.keys.is_empty() {
        return session.ui.status(format!("no change requested for {}", done.owner));
    }
    let keys = done.keys.join(", ");
    session.ui.status(format!("{verb} {keys} of {} at revision {}", done.owner, done.revision));
}

impl Report for metadata::Updated {
    /// Nothing was asked for: the status line says it all.
    fn text(&self, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debounce_has_a_maximum() {
        let seconds = |min, max| (Duration::from_secs(min), Duration::from_secs(max));
        assert_eq!(debounce("1").unwrap(), seconds(1, 4));
        assert_eq!(debounce("2s:1m").unwrap(), seconds(2, 60));
        assert!(debounce("3:2").unwrap_err().message().contains("`3:2`"));
        assert!(debounce("1:").is_err());
    }
}
