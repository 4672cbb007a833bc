//! Completions that ask the store: cluster ids, roles, instances, paths, contexts.
//!
//! Put on an argument with `#[arg(add = complete::paths())]`. They are silent
//! when something fails, and give up after a short while.

use std::ffi::OsStr;
use std::future::Future;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::{self, GlobalArgs};
use crate::config::contexts::Contexts;
use crate::config::{Environment, Settings};
use crate::error::Result;
use crate::ops::names;
use crate::ops::view::View;
use crate::session::Session;

/// Who presses Tab does not wait longer.
const PATIENCE: Duration = Duration::from_millis(300);

/// Answers a shell that asks for completions, or for the script that makes it ask.
pub fn answer() -> ExitCode {
    let directory = std::env::current_dir().ok();
    match CompleteEnv::with_factory(cli::command)
        .try_complete(std::env::args_os(), directory.as_deref())
    {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = error.print();
            ExitCode::from(2)
        }
    }
}

/// Completes a path of the tree, one segment at a time.
pub fn paths() -> ArgValueCompleter {
    asking(|view, typed| async move { names::paths(&view, &typed).await })
}

/// Completes the id of a cluster.
pub fn clusters() -> ArgValueCompleter {
    asking(|view, _| async move { names::clusters(&view).await })
}

/// Completes a role of the default cluster, else of all clusters.
pub fn roles() -> ArgValueCompleter {
    asking(|view, _| async move { names::roles(&view, typed_cluster().as_deref()).await })
}

/// Completes the instance id of a host of the default cluster, else of all clusters.
pub fn instances() -> ArgValueCompleter {
    asking(|view, _| async move { names::instances(&view, typed_cluster().as_deref()).await })
}

/// Completes a parameter of the default cluster, else of all clusters.
pub fn parameters() -> ArgValueCompleter {
    asking(|view, _| async move { names::parameters(&view, typed_cluster().as_deref()).await })
}

/// Completes a parameter, ready for its value.
pub fn assigned_parameters() -> ArgValueCompleter {
    asking(|view, _| async move {
        let keys = names::parameters(&view, typed_cluster().as_deref()).await?;
        Ok(keys.into_iter().map(|key| format!("{key}=")).collect())
    })
}

/// Completes the id of a command that was sent, of the default cluster, else of all.
pub fn commands() -> ArgValueCompleter {
    asking(|view, _| async move { names::commands(&view, typed_cluster().as_deref()).await })
}

/// Completes the cluster of a link, what follows `SERVICE=`.
pub fn links() -> ArgValueCompleter {
    asking(|view, typed| async move {
        let Some((service, _)) = typed.split_once('=') else { return Ok(Vec::new()) };
        let clusters = names::clusters(&view).await?;
        Ok(clusters.into_iter().map(|cluster| format!("{service}={cluster}")).collect())
    })
}

/// Completes the service of a link that some cluster has.
pub fn services() -> ArgValueCompleter {
    asking(|view, _| async move { names::services(&view).await })
}

/// Completes the name of a context.
pub fn contexts() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let contexts = settings().file().and_then(|file| Contexts::read(&file)).unwrap_or_default();
        candidates(contexts.names().into_iter().map(str::to_owned).collect(), typed)
    })
}

fn asking<F, A>(find: F) -> ArgValueCompleter
where
    F: Fn(View, String) -> A + Copy + Send + Sync + 'static,
    A: Future<Output = Result<Vec<String>>>,
{
    ArgValueCompleter::new(move |typed: &OsStr| {
        let Some(text) = typed.to_str().map(str::to_owned) else { return Vec::new() };
        let (send, receive) = mpsc::channel();
        // The process ends with the answer, whatever the thread still waits for.
        std::thread::spawn(move || drop(send.send(ask(find, text))));
        let found = receive.recv_timeout(PATIENCE).ok().and_then(Result::ok).unwrap_or_default();
        candidates(found, typed)
    })
}

fn ask<F, A>(find: F, typed: String) -> Result<Vec<String>>
where
    F: Fn(View, String) -> A,
    A: Future<Output = Result<Vec<String>>>,
{
    let settings = settings();
    // Asking must not bring a store into being.
    if settings.target()?.endpoint.value.file().is_some_and(|file| !file.exists()) {
        return Ok(Vec::new());
    }
    let session = Session::for_completion(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return Ok(Vec::new()) };
    runtime.block_on(async { find(session.view().await?, typed).await })
}

fn candidates(found: Vec<String>, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let fitting = found.into_iter().filter(|candidate| candidate.starts_with(&*typed));
    fitting.map(CompletionCandidate::new).collect()
}

fn typed_cluster() -> Option<String> {
    settings().cluster().ok()?.map(str::to_owned)
}

/// The settings of the line that is being typed.
fn settings() -> Settings {
    let words = std::env::args().skip_while(|word| word != "--").skip(2);
    let global = typed_flags(words);
    Settings::new(global, Environment::process())
}

/// The global flags among the words; what is unfinished or unknown is passed over.
fn typed_flags(words: impl Iterator<Item = String>) -> GlobalArgs {
    let mut global = GlobalArgs::default();
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), words.peek().cloned()),
        };
        let place = match flag {
            "--endpoint" => &mut global.endpoint,
            "--context" => &mut global.context,
            "--as" => &mut global.as_id,
            "--cluster" => &mut global.cluster,
            "--cluster-root" => &mut global.cluster_root,
            "--group" => &mut global.group,
            "--user" => &mut global.user,
            "--password" => &mut global.password,
            "--ca" => &mut global.ca,
            "--cert" => &mut global.cert,
            "--key" => &mut global.key,
            _ => continue,
        };
        *place = value.filter(|value| !value.is_empty());
    }
    global.request_timeout = Some(format!("{}ms", PATIENCE.as_millis()));
    global
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_the_line_count() {
        let words = ["--endpoint", "file:/x", "get", "--as=i-1", "--cluster"].map(str::to_owned);
        let global = typed_flags(words.into_iter());
        assert_eq!(global.endpoint.as_deref(), Some("file:/x"));
        assert_eq!(global.as_id.as_deref(), Some("i-1"));
        assert_eq!(global.cluster, None);
    }
}
