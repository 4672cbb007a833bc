//! One request for the whole tree, answered at once or when it has changed.

use std::time::Duration;

use reqwest::header::ETAG;
use serde_json::Value;
use tokio::time::Instant;

use crate::client::link::{Ask, Fault, Link};
use crate::error::{Error, Kind};
use crate::model::gce::leaves::{self, Leaves};

/// The whole tree.
const TREE: &str = "/computeMetadata/v1/?recursive=true&alt=json";
const FLAVOR: &str = "metadata-flavor";

/// How long a server is asked to wait for a change, and how much longer its
/// answer may take.
const WAIT: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(10);

/// What names the state of a server that does not know who asks.
const NOBODY: &str = "";

/// What a server tells: the name of its state and the leaves.
pub(super) type Told = (String, Leaves);

/// The present state, from the first server that tells it in time.
pub(super) async fn now(link: &Link) -> Result<Told, Fault> {
    let mut turns = link.turns(link.deadline());
    loop {
        let (server, until) = turns.now();
        match ask(link, server, until, TREE).await {
            Err(fault @ Fault::Away { .. }) => turns.next(fault).await?,
            told => return told,
        }
    }
}

/// The state once it is not `known` any more, or the same one after a while.
pub(super) async fn change(link: &Link, known: &str) -> Result<Told, Fault> {
    if known == NOBODY {
        // There is nothing that a server could wait for.
        tokio::time::sleep(Duration::from_secs(1)).await;
        return now(link).await;
    }
    let last: String = form_urlencoded::byte_serialize(known.as_bytes()).collect();
    let wait = WAIT.as_secs();
    let target = format!("{TREE}&wait_for_change=true&timeout_sec={wait}&last_etag={last}");
    let told = ask(link, link.current(), Instant::now() + WAIT + GRACE, &target).await;
    if let Err(Fault::Away { .. }) = told {
        link.pass(link.current());
    }
    told
}

async fn ask(link: &Link, server: usize, until: Instant, target: &str) -> Result<Told, Fault> {
    let ask = |target: &str| Ask::get(target).with(FLAVOR, "Google");
    let answer = match link.begin(server, until, &ask(target)).await {
        Err(Fault::Refused { status: 404, .. }) => {
            // A server of this protocol that does not know who asks, or another one.
            return match link.begin(server, until, &ask("/")).await {
                Ok(top) if is_ours(&top) => Ok((NOBODY.to_owned(), Leaves::new())),
                Err(fault @ Fault::Away { .. }) => Err(fault),
                _ => Err(another(link)),
            };
        }
        answer => answer?,
    };
    let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let (Some(etag), true) = (etag, is_ours(&answer)) else { return Err(another(link)) };
    let body = link.whole(answer, until).await?.body;
    let tree: Value = serde_json::from_slice(&body).map_err(|error| link.garbled(error))?;
    Ok((etag, leaves::read(&tree)))
}

fn is_ours(answer: &reqwest::Response) -> bool {
    answer.headers().get(FLAVOR).is_some_and(|flavor| flavor == "Google")
}

fn another(link: &Link) -> Fault {
    let message = format!("`{}` is no metadata server of Google's protocol", link.place());
    let error = Error::new(Kind::Unsupported, message);
    Fault::Told(error.hint("Type `--endpoint http://HOST` if it is a metadata service"))
}
