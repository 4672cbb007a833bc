//! Runs a command for each delivery: changes on its standard input and in its environment.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::change::{Change, Commit};
use super::deliver::Arrival;
use crate::error::{Error, Kind, Result};

/// The largest value that goes into a variable; Linux takes 128 KiB for each,
/// name and all.
const MAX_VARIABLE: usize = 100 * 1024;

/// Runs `command` by the shell, in a process group of its own, with one JSON
/// object a line on its standard input, and waits until it has ended.
///
/// Dropped before that, it sends SIGTERM to the group. Whether the command
/// reads its input is its own affair.
pub async fn run(command: String, commits: Arc<[Commit]>) -> Result<Arrival> {
    let mut input = Vec::new();
    for change in changes(&commits) {
        serde_json::to_writer(&mut input, change)
            .map_err(|error| Error::new(Kind::Failed, "writing a change").because(error))?;
        input.push(b'\n');
    }
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(&command)
        .envs(variables(&commits))
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Error::new(Kind::Failed, format!("starting handler `{command}`")).because(error)
        })?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let status = feed_and_wait(&mut child, &input).await.map_err(|error| {
        Error::new(Kind::Failed, format!("waiting for handler `{command}`")).because(error)
    })?;
    group.0 = None;
    Ok(match how_failed(status) {
        Some(how) => Arrival::Failed(how),
        None => Arrival::Arrived,
    })
}

async fn feed_and_wait(child: &mut Child, input: &[u8]) -> std::io::Result<ExitStatus> {
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // A handler that ends without reading everything closes the pipe.
            let _ = stdin.write_all(input).await;
        }
        std::future::pending().await
    };
    tokio::select! {
        status = child.wait() => status,
        status = feed => status,
    }
}

/// None when it went well.
fn how_failed(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit code {code}")),
        (None, Some(signal)) => Some(format!("signal {signal}")),
        (None, None) => Some(status.to_string()),
    }
}

fn changes(commits: &[Commit]) -> impl Iterator<Item = &Change> {
    commits.iter().flat_map(|commit| &commit.changes)
}

/// The batch as a whole, and the last of its changes.
fn variables(commits: &[Commit]) -> Vec<(&'static str, String)> {
    let mut all = vec![("METACTL_EVENT_COUNT", changes(commits).count().to_string())];
    if let Some(commit) = commits.last() {
        all.push(("METACTL_EVENT_REVISION", commit.revision.to_string()));
    }
    if changes(commits).any(|change| change.resync) {
        all.push(("METACTL_EVENT_RESYNC", "true".to_owned()));
    }
    if let Some(last) = changes(commits).last() {
        all.push(("METACTL_EVENT_TYPE", last.kind.word().to_owned()));
        all.push(("METACTL_EVENT_PATH", last.path.to_string()));
        let real = last.real_path.as_ref().unwrap_or(&last.path);
        all.push(("METACTL_EVENT_REAL_PATH", real.to_string()));
        // The system takes no variable with a NUL, and none that is longer.
        let fits = |value: &&String| value.len() <= MAX_VARIABLE && !value.contains('\0');
        if let Some(value) = last.value.as_ref().filter(fits) {
            all.push(("METACTL_EVENT_VALUE", value.clone()));
        }
    }
    all
}

/// The process group of a running handler.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may have ended in this moment.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::Path;
    use crate::ops::watch::change::{Origin, Stamp};

    fn commits(values: &[&str]) -> Arc<[Commit]> {
        let stamp = Stamp::of(5, None);
        let change = |value: &&str| {
            let path = Path::parse("/self/a").unwrap();
            let real = Path::parse("/cl-1/a").unwrap();
            stamp.change(path, Some(real), Some((*value).to_owned()), None)
        };
        let changes = values.iter().map(change).collect();
        Arc::from([Commit { revision: 5, origin: Origin::History, changes, keys: 1 }])
    }

    #[test]
    fn variables_tell_of_the_batch_and_of_its_last_change() {
        let all = variables(&commits(&["1", "2"]));
        let names: Vec<_> =
            all.iter().map(|(name, value)| format!("{}={value}", &name[14..])).collect();
        assert_eq!(
            names,
            ["COUNT=2", "REVISION=5", "TYPE=put", "PATH=/self/a", "REAL_PATH=/cl-1/a", "VALUE=2"]
        );
        for value in ["a\0b", "x".repeat(MAX_VARIABLE + 1).as_str()] {
            let all = variables(&commits(&[value]));
            assert!(all.iter().all(|(name, _)| *name != "METACTL_EVENT_VALUE"));
        }
    }

    #[tokio::test]
    async fn a_handler_need_not_read_and_tells_how_it_ended() {
        let large = "x".repeat(1 << 20);
        let run = |command: &str| run(command.to_owned(), commits(&[&large]));
        assert_eq!(run("exit 0").await.unwrap(), Arrival::Arrived);
        assert_eq!(run("exit 3").await.unwrap(), Arrival::Failed("exit code 3".to_owned()));
        assert_eq!(run("kill -9 $$").await.unwrap(), Arrival::Failed("signal 9".to_owned()));
        assert_eq!(run("[ $(wc -l) = 1 ]").await.unwrap(), Arrival::Arrived);
    }
}
