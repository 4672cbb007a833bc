//! One request of metad's protocol, and its answer.

use std::net::IpAddr;

use hyper::header::{ALLOW, LOCATION, RETRY_AFTER};
use hyper::{Method, StatusCode};

use super::stamp;
use super::target::{Target, Wishes};
use super::view::View;
use crate::engine::{Asker, Poll, Polled, Sight, Snapshot};
use crate::model::path::Path;
use crate::model::selfview;
use crate::serve::accept::{self, Form};
use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::stale;

/// What is asked for, without what is not needed while it waits.
struct Request {
    ip: IpAddr,
    path: Path,
    form: Form,
}

/// Answers a request. `HEAD` is answered as `GET` is: the body is left out when
/// it is sent.
pub async fn answer(app: &App, asked: Asked) -> Reply {
    let mut reply = match read(&asked) {
        Ok((request, wishes)) => {
            // A request that waits holds nothing that it does not need.
            drop(asked);
            match wishes.wait {
                true => Box::pin(wait(app, request, &wishes)).await,
                false => now(app, &request),
            }
        }
        Err(refusal) => *refusal,
    };
    let number = app.metadata.next_request();
    stamp::number(&mut reply.headers, number);
    reply
}

/// What is asked for, or what is said to a request that asks for nothing.
fn read(asked: &Asked) -> Result<(Request, Wishes), Box<Reply>> {
    if asked.method != Method::GET && asked.method != Method::HEAD {
        let refusal = Reply::text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
        return Err(Box::new(refusal.with(ALLOW, "GET, HEAD")));
    }
    let path = match Target::of(&asked.uri) {
        Target::Path(path) => path,
        Target::Elsewhere(straight) => {
            let moved = Reply::text(StatusCode::MOVED_PERMANENTLY, "Moved permanently");
            return Err(Box::new(moved.with(LOCATION, straight)));
        }
        Target::Nowhere => return Err(Box::new(not_found())),
        Target::Broken => {
            return Err(Box::new(Reply::text(StatusCode::BAD_REQUEST, "Bad path")));
        }
    };
    if path.as_str() == "/favicon.ico" {
        return Err(Box::new(not_found()));
    }
    let wishes = Wishes::of(asked.uri.query());
    let form = match accept::negotiate(&asked.headers) {
        Form::Json if wishes.pretty => Form::Pretty,
        form => form,
    };
    Ok((Request { ip: asked.caller.ip, path, form }, wishes))
}

/// The answer of this moment.
fn now(app: &App, request: &Request) -> Reply {
    let Some(snapshot) = app.engine.snapshot() else { return not_ready() };
    let asker = snapshot.asker(request.ip);
    let place = View::place(&request.path, app.options.only_self);
    let sight = place.map(|place| snapshot.see(&asker, &place));
    shown(app, request, &snapshot, &asker, sight.as_ref())
}

/// Holds the request until something changes, the time is up or the service ends.
async fn wait(app: &App, request: Request, wishes: &Wishes) -> Reply {
    let Ok(since) = wishes.since() else {
        return Reply::text(StatusCode::BAD_REQUEST, "Bad prev_version: it is a number");
    };
    if app.engine.snapshot().is_none() {
        return not_ready();
    }
    let Some(place) = View::place(&request.path, app.options.only_self) else {
        // There is nothing for anybody, and there never will be.
        return now(app, &request);
    };
    let path = place.into_owned();
    let poll = Poll { ip: request.ip, path, since, limit: app.options.idle_limit() };
    let mut draining = app.draining.clone();
    tokio::select! {
        Polled { sight, .. } = app.engine.poll(&poll) => {
            shown(app, &request, sight.snapshot(), sight.asker(), Some(&sight))
        }
        // Without anybody to say so, the service does not end.
        Ok(_) = draining.wait_for(|draining| *draining) => now(app, &request),
    }
}

/// The answer by one snapshot, from which everything in it comes.
fn shown(
    app: &App,
    request: &Request,
    snapshot: &Snapshot,
    asker: &Asker,
    sight: Option<&Sight>,
) -> Reply {
    let Request { path, form, .. } = request;
    let view = sight.map(|sight| View::of(sight, path, app.options.only_self));
    let mut reply = match view.and_then(|view| view.reply(*form, app.metadata.bodies())) {
        Some(reply) => reply,
        None => match own_path(path, asker.mapping()) {
            Some(own) => hinted(&own),
            None => not_found(),
        },
    };
    stamp::version(&mut reply.headers, snapshot.revision());
    stale::mark(&app.engine, &mut reply.headers);
    reply
}

/// What a node means that leaves `/self` out.
fn own_path(path: &Path, mapping: &crate::model::mapping::Mapping) -> Option<String> {
    if selfview::below_self(path).is_some() {
        return None;
    }
    let rest = path.as_str().trim_start_matches('/');
    let leads = match selfview::meaning(mapping, rest) {
        selfview::Meaning::Linked { .. } => true,
        selfview::Meaning::Directory(pieces) => !path.is_root() && !pieces.is_empty(),
    };
    leads.then(|| format!("/self{path}"))
}

fn not_found() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "Not found")
}

fn hinted(own: &str) -> Reply {
    let text = format!("Not found\nWhat this node sees by that name is at {own}");
    Reply::text(StatusCode::NOT_FOUND, &text)
}

fn not_ready() -> Reply {
    let text = "Not ready: the store has not been read yet";
    Reply::text(StatusCode::SERVICE_UNAVAILABLE, text).with(RETRY_AFTER, "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mapping::Mapping;

    #[test]
    fn who_leaves_self_out_is_told_where_it_is() {
        let mapping = Mapping::from_leaves([("hosts", "/cl-1/hosts"), ("links/zk", "/cl-2")]);
        let own = |text: &str| own_path(&Path::parse(text).unwrap(), &mapping);
        assert_eq!(own("/hosts/a").as_deref(), Some("/self/hosts/a"));
        assert_eq!(own("/links").as_deref(), Some("/self/links"));
        for nothing in ["/", "/self/hosts/a", "/other", "/links/other"] {
            assert_eq!(own(nothing), None, "{nothing}");
        }
    }
}
