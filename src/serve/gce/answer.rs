//! One request of the protocol: what it is about, and the one call that answers it.

use std::net::IpAddr;

use hyper::Method;
use hyper::header::HOST;

use super::facts::{self, Extras};
use super::page::{self, shows_flavor};
use super::query::{Alt, Query};
use super::{guest, wait};
use crate::model::gce::account::Account;
use crate::model::gce::node::{Directory, Leaf, Node};
use crate::model::gce::render;
use crate::model::path::Path;
use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::stale;

/// Where everything is.
const TOP: &str = "/computeMetadata";
/// Where the tree is.
const TREE: &str = "/computeMetadata/v1";

/// Whether a request on an address that speaks the metadata API as well is meant
/// for this protocol: its own paths, and the root for who shows the header.
pub fn is_asked(asked: &Asked) -> bool {
    let path = asked.uri.path();
    let own = path.strip_prefix(TOP).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    own || (path == "/" && shows_flavor(&asked.headers))
}

/// The answer to a request of this protocol.
pub async fn answer(app: &App, asked: Asked) -> Reply {
    // Whoever hands on requests of others must not hand on these.
    if asked.caller.forwarded || asked.headers.contains_key("x-forwarded-for") {
        return page::forwarded();
    }
    let path = asked.uri.path();
    match path.strip_prefix(TREE) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            if shows_flavor(&asked.headers) {
                below(app, &asked, rest).await
            } else {
                page::flavor_is_missing()
            }
        }
        _ if !is_read(&asked.method) => page::wrong_method("GET, HEAD"),
        _ => match path {
            "/" => page::content(Alt::Text, "computeMetadata/\n".to_owned(), None),
            TOP => redirect(&asked),
            "/computeMetadata/" => page::content(Alt::Text, "v1/\n".to_owned(), None),
            _ => page::not_found(),
        },
    }
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn redirect(asked: &Asked) -> Reply {
    let host = asked.headers.get(HOST).and_then(|host| host.to_str().ok());
    page::moved(host, asked.uri.path(), asked.uri.query())
}

/// A request for the tree; `rest` is its path below the top, with a slash first.
async fn below(app: &App, asked: &Asked, rest: &str) -> Reply {
    let guest = guest::below(rest);
    match guest {
        Some(_) if !app.options.guest_attributes => return page::no_guest_attributes(),
        Some(name) if !is_read(&asked.method) => return guest::write(app, asked, name).await,
        _ if !is_read(&asked.method) => return page::wrong_method("GET, HEAD"),
        _ => {}
    }
    if rest.is_empty() {
        return redirect(asked);
    }
    let query = match Query::read(asked.uri.query().unwrap_or_default()) {
        Ok(query) => query,
        Err(why) => return page::bad_request(why),
    };
    let request = Request { asked, ip: asked.caller.ip, path: &rest[1..], query: &query };
    match &query.wait {
        None => request.look(app).await.reply,
        Some(wait) => wait::change(app, &request, wait).await,
    }
}

/// A request to read.
pub(super) struct Request<'a> {
    asked: &'a Asked,
    ip: IpAddr,
    /// Below the top of the tree; empty for it, with a slash at the end for a directory.
    path: &'a str,
    query: &'a Query,
}

/// What the current state answers to a request.
pub(super) struct Look {
    pub(super) reply: Reply,
    /// Of what is waited for; none where there is nothing to wait for.
    pub(super) etag: Option<String>,
    /// What the answer depends on.
    pub(super) depends: Vec<Path>,
}

impl Request<'_> {
    /// Looks at the current state.
    pub(super) async fn look(&self, app: &App) -> Look {
        let Some(snapshot) = app.engine.snapshot() else {
            return Look { reply: page::unavailable(), etag: None, depends: Vec::new() };
        };
        let asker = snapshot.asker(self.ip);
        let depends = facts::depends(&asker);
        let account = account(app);
        let extras = Extras {
            guest_attributes: app.options.guest_attributes,
            account: account.as_ref(),
            number: app.numbers.of(&*app.store, &app.actor, facts::project(&asker)).await,
        };
        let Some(tree) = facts::seen(&snapshot, &asker, extras) else {
            return Look { reply: page::not_found(), etag: None, depends };
        };
        let (mut reply, etag) = self.of(Node::Directory(tree));
        stale::mark(&app.engine, &mut reply.headers);
        Look { reply, etag, depends }
    }

    fn of(&self, top: Node<'_>) -> (Reply, Option<String>) {
        let (path, slash) = match self.path.strip_suffix('/') {
            Some(path) => (path, true),
            None => (self.path, self.path.is_empty()),
        };
        let node = match &top {
            top if self.path.is_empty() => Some(top),
            Node::Directory(directory) => directory.find(path),
            Node::Leaf(_) => None,
        };
        match node {
            None => (page::not_found(), None),
            Some(Node::Leaf(_)) if slash => (page::not_found(), None),
            Some(Node::Directory(_)) if !slash => (redirect(self.asked), None),
            Some(node) => match self.form(node) {
                Err(why) => (page::bad_request(why), None),
                Ok((form, body)) => {
                    let etag = render::etag(node);
                    (page::content(form, body, Some(&etag)), Some(etag))
                }
            },
        }
    }

    /// A node in the form that is asked for, or why it has none.
    fn form(&self, node: &Node<'_>) -> Result<(Alt, String), &'static str> {
        let Query { recursive, alt, wait } = self.query;
        match node {
            Node::Leaf(Leaf::Token(_)) if wait.is_some() => Err("A token cannot be waited for."),
            Node::Leaf(leaf) => {
                let form = alt.unwrap_or_else(|| default_form(leaf));
                let body = match form {
                    Alt::Json => render::json(node),
                    Alt::Text => render::text(leaf),
                };
                Ok((form, body))
            }
            Node::Directory(_) if !recursive && wait.is_some() => {
                Err("A directory is waited for with recursive=true.")
            }
            Node::Directory(_) if !recursive && alt.is_some() => {
                Err("A directory has another form with recursive=true only.")
            }
            Node::Directory(directory) => Ok(whole(node, directory, *recursive, *alt)),
        }
    }
}

fn whole(
    node: &Node<'_>,
    directory: &Directory<'_>,
    recursive: bool,
    alt: Option<Alt>,
) -> (Alt, String) {
    match (recursive, alt) {
        (false, _) => (Alt::Text, render::listing(directory)),
        (true, Some(Alt::Text)) => (Alt::Text, render::text_below(directory)),
        (true, _) => (Alt::Json, render::json(node)),
    }
}

fn default_form(leaf: &Leaf<'_>) -> Alt {
    match leaf {
        Leaf::List { json: true, .. } | Leaf::Token(_) => Alt::Json,
        _ => Alt::Text,
    }
}

/// The service account, if a file holds one at this moment: whoever renews the
/// token replaces the file.
fn account(app: &App) -> Option<Account> {
    let file = app.options.service_account_token_file.as_ref()?;
    Account::read(&std::fs::read_to_string(file).ok()?).ok()
}
