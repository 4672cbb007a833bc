//! A user's check after a phase.

use std::process::Stdio;

use tokio::process::Command;

use super::drive::PhaseDone;
use crate::error::{Error, Kind, Result};
use crate::model::operation::Operation;
use crate::ops::view::View;

/// Runs `command` by the shell, with the phase, its revision and where the
/// cluster is in its environment. What it prints goes to standard error.
///
/// `Failed` when it ends otherwise than with 0, or cannot be started.
pub(super) async fn check(
    view: &View,
    command: &str,
    operation: &Operation,
    phase: &PhaseDone,
) -> Result<()> {
    let failed = |how: String| {
        let PhaseDone { phase, revision, .. } = phase;
        Error::new(
            Kind::Failed,
            format!("the assertion `{command}` {how} after phase `{phase}` at revision {revision}"),
        )
    };
    let status = Command::new("sh")
        .arg("-c")
        .arg(command)
        .env("METACTL_PHASE", &phase.phase)
        .env("METACTL_REVISION", phase.revision.to_string())
        .env("METACTL_CLUSTER", &operation.cluster)
        .env("METACTL_OPERATION", &operation.id)
        .env("METACTL_ENDPOINT", view.store().place())
        .env("METACTL_CLUSTER_ROOT", view.scope().cluster_root.as_str())
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .status()
        .await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(match status.code() {
            Some(code) => format!("ended with exit code {code}"),
            None => format!("was ended by a {status}"),
        })),
        Err(error) => Err(failed("could not be started".to_owned()).because(error)),
    }
}
