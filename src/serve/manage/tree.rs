//! `/v1/data` and `/v1/mapping`: metad's way to change the tree, each request one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use super::asked::{self, Query};
use super::desk::Desk;
use super::form;
use crate::error::{Error, Kind, Result};
use crate::model::document::{self, Source};
use crate::model::mapping::{self, Mapping};
use crate::model::path::Path;
use crate::model::selfview::is_hidden;
use crate::model::tree::Leaves;
use crate::ops::role_env;
use crate::serve::accept::{self, Form};
use crate::serve::body;
use crate::store::{At, Changes, Revision, What};

/// Which part of the store a request is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Data,
    Mapping,
}

/// `/v1/data[/path]`.
pub(super) async fn data(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let path = below(&request, "/v1/data")?;
    if let Some(own @ ("_metad" | "_metactl" | "self")) = path.segments().next() {
        return Err(Error::invalid(format!("`/{own}` is not part of the data"))
            .hint("Change the mapping by `/v1/mapping`, the rules by `/v1/rule`"));
    }
    answer(&desk, Part::Data, path, request).await
}

/// `/v1/mapping[/ip[/name]]`.
pub(super) async fn mapping(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let below = below(&request, "/v1/mapping")?;
    let mut real = mapping::group_directory(&desk.scope.group)?;
    for (index, segment) in below.segments().enumerate() {
        let ip = (index == 0).then(|| mapping::parse_ip(segment)).transpose()?;
        real = real.child(ip.as_deref().unwrap_or(segment))?;
    }
    answer(&desk, Part::Mapping, real, request).await
}

async fn answer(desk: &Desk, part: Part, top: Path, request: Request) -> Result<Response> {
    let form = accept::negotiate(request.headers());
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let command = format!("{method} {}", request.uri().path());
    let changes = match method {
        Method::GET | Method::HEAD => return show(desk, part, &top, form).await,
        Method::PUT => taken(desk, part, &top, request).await?,
        Method::POST => {
            let mut changes = taken(desk, part, &top, request).await?;
            remove(desk, &top, &mut changes).await?;
            changes
        }
        Method::DELETE => {
            let query = Query::of(&request, &["subs"])?;
            let mut changes = Changes::new();
            match query.get("subs") {
                None => remove(desk, &top, &mut changes).await?,
                Some(subs) => {
                    for name in subs.split(',') {
                        changes.delete_tree(&child(&top, name)?);
                    }
                }
            }
            changes
        }
        other => {
            let message = format!("`{other}` is not possible here; GET, PUT, POST and DELETE are");
            return Err(Error::new(Kind::Unsupported, message));
        }
    };
    let revision = commit(desk, part, changes, command, &headers).await?;
    Ok(form::done(form, revision))
}

async fn show(desk: &Desk, part: Part, top: &Path, form: Form) -> Result<Response> {
    let (mut leaf, mut leaves) = (None, Leaves::new());
    let what = [What::Subtree(top.clone())];
    let sink = &mut |item: crate::store::Item<'_>| {
        let hidden = part == Part::Data && is_hidden(item.path);
        match top.relative(item.path) {
            Some("") => leaf = Some(item.value.to_owned()),
            Some(path) if !hidden => leaves.push(path, item.value),
            _ => {}
        }
        Ok(())
    };
    let revision = desk.store.read(&what, At::Latest, sink).await?;
    if let Some(value) = leaf {
        return Ok(form::leaf(form, revision, &value));
    }
    let whole = top.is_root() || *top == mapping::group_directory(&desk.scope.group)?;
    if leaves.is_empty() && !whole {
        return Err(Error::not_found("Not found"));
    }
    leaves.settle(body::order(form));
    Ok(form::directory(form, revision, &leaves))
}

/// The leaves of the body, as they are to be set below `top`.
async fn taken(desk: &Desk, part: Part, top: &Path, request: Request) -> Result<Changes> {
    let sent = asked::body(request).await?;
    let mut pairs: Vec<(Path, String)> = Vec::new();
    let source = Source {
        name: "the request".to_owned(),
        content: sent.as_ref(),
        form: Some(document::Form::Json),
        at: top.clone(),
    };
    document::read(source, &mut |path, value| {
        if part == Part::Data
            && (is_hidden(path.as_str()) || path.segments().next() == Some("self"))
        {
            return Err(Error::invalid("it is not part of the data"));
        }
        pairs.push((path.clone(), value.to_owned()));
        Ok(())
    })?;
    let mut changes = Changes::new();
    match part {
        Part::Data => pairs.iter().for_each(|(path, value)| changes.put(path, value)),
        Part::Mapping => put_links(&desk.scope.group, &pairs, &mut changes)?,
    }
    Ok(changes)
}

/// Checks links as `metactl mapping set` does: by the node they are of.
fn put_links(group: &str, pairs: &[(Path, String)], changes: &mut Changes) -> Result<()> {
    let top = mapping::group_directory(group)?;
    let mut nodes: BTreeMap<String, Mapping> = BTreeMap::new();
    for (path, value) in pairs {
        let below = top.relative(path.as_str()).unwrap_or_default().trim_start_matches('/');
        let refused = |error: Error| error.within(format!("link `{below}` cannot be set"));
        let Some((ip, name)) = below.split_once('/') else {
            return Err(Error::invalid(format!(
                "`{below}` is no link; accepted is `{{\"IP\": {{\"NAME\": \"/PATH\"}}}}`"
            )));
        };
        let ip = mapping::parse_ip(ip).map_err(refused)?;
        if !value.starts_with('/') {
            return Err(refused(Error::invalid(format!("`{value}` is no absolute path"))));
        }
        let real = Path::parse(value).map_err(refused)?;
        if real.segments().next() == Some("self") {
            return Err(refused(Error::invalid("a real path is accepted, not one below `/self`")));
        }
        nodes.entry(ip).or_default().insert(name, real).map_err(refused)?;
    }
    for (ip, links) in &nodes {
        let directory = mapping::directory(group, ip)?;
        for (name, real) in links.links() {
            changes.put(&directory.join(name)?, real.as_str());
        }
    }
    Ok(())
}

/// Deletes what is at and below `top`; of the root, what is data.
async fn remove(desk: &Desk, top: &Path, changes: &mut Changes) -> Result<()> {
    if !top.is_root() {
        changes.delete_tree(top);
        return Ok(());
    }
    let (_, names) = desk.store.names(top, At::Latest).await?;
    for child in names.iter().filter(|child| !is_hidden(&child.name)) {
        changes.delete_tree(&top.child(&child.name)?);
    }
    Ok(())
}

fn child(top: &Path, name: &str) -> Result<Path> {
    if name.contains('/') || (top.is_root() && is_hidden(name)) {
        return Err(Error::invalid(format!("`{}` is no name of a child", name.escape_debug())));
    }
    top.child(name)
}

async fn commit(
    desk: &Desk,
    part: Part,
    changes: Changes,
    command: String,
    headers: &HeaderMap,
) -> Result<Revision> {
    let commit = asked::commit(changes, command, headers);
    let outcome = match part {
        // Parameters of roles have links of their own, which go with them.
        Part::Data => role_env::commit(&desk.view(), &commit).await?,
        Part::Mapping => desk.store.commit(&commit).await?,
    };
    Ok(outcome.revision)
}

/// The path behind a route, decoded.
fn below(request: &Request, route: &str) -> Result<Path> {
    let rest = request.uri().path().strip_prefix(route).unwrap_or_default();
    let text = percent_decode_str(rest).decode_utf8().map_err(|error| {
        Error::invalid("the path of the request is no text in UTF-8").because(error)
    })?;
    if text.is_empty() { Ok(Path::root()) } else { Path::parse(&text) }
}
