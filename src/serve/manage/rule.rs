//! `/v1/rule`: what each client may read.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use hyper::Method;

use super::asked::{self, Query};
use super::desk::Desk;
use super::form;
use crate::error::{Error, Kind, Result};
use crate::model::mapping;
use crate::model::path::Path;
use crate::model::rule::{self, Rules};
use crate::serve::accept::{self, Form};
use crate::store::{At, Changes, What};

/// `/v1/rule[?hosts=IP,IP]`.
pub(super) async fn rule(desk: Arc<Desk>, request: Request) -> Result<Response> {
    let form = accept::negotiate(request.headers());
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let query = Query::of(&request, &["hosts"])?;
    let hosts = query.get("hosts").map(|hosts| hosts.split(',').map(mapping::parse_ip).collect());
    let hosts: Option<Vec<String>> = hosts.transpose()?;
    let group = desk.scope.group.as_str();
    let mut changes = Changes::new();
    match method {
        Method::GET | Method::HEAD => return show(&desk, hosts, form).await,
        Method::PUT | Method::POST => {
            let rules: BTreeMap<String, Rules> = asked::json(request).await?;
            for (ip, rules) in &rules {
                let ip = mapping::parse_ip(ip)?;
                rules.0.iter().try_for_each(|rule| rule::check_path(&rule.path))?;
                changes.put(&rule::leaf(group, &ip)?, &rules.to_json());
            }
        }
        Method::DELETE => {
            let missing = || Error::invalid("`hosts` is missing in the query");
            for ip in hosts.ok_or_else(missing)? {
                changes.delete(&rule::leaf(group, &ip)?);
            }
        }
        other => {
            let message = format!("`{other}` is not possible here; GET, PUT, POST and DELETE are");
            return Err(Error::new(Kind::Unsupported, message));
        }
    }
    let commit = asked::commit(changes, format!("{method} /v1/rule"), &headers);
    Ok(form::done(form, desk.store.commit(&commit).await?.revision))
}

async fn show(desk: &Desk, hosts: Option<Vec<String>>, form: Form) -> Result<Response> {
    let top = Path::parse(rule::ROOT)?.child(&desk.scope.group)?;
    let what = match hosts {
        None => vec![What::Subtree(top.clone())],
        Some(hosts) => {
            let leaf = |ip: &String| Ok(What::Key(rule::leaf(&desk.scope.group, ip)?));
            hosts.iter().map(leaf).collect::<Result<_>>()?
        }
    };
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let sink = &mut |item: crate::store::Item<'_>| {
        let ip = top.relative(item.path).unwrap_or_default().trim_start_matches('/');
        found.insert(ip.to_owned(), item.value.to_owned());
        Ok(())
    };
    let revision = desk.store.read(&what, At::Latest, sink).await?;
    if form == Form::Text {
        let lines = found.iter().map(|(ip, rules)| format!("/{ip}\t{rules}\n"));
        return Ok(form::text(form, revision, lines.collect()));
    }
    // Rules that somebody else has written and that are none decide nothing.
    let rules: BTreeMap<&str, Rules> = found
        .iter()
        .filter_map(|(ip, text)| Some((ip.as_str(), Rules::parse(text).ok()?)))
        .collect();
    let body = serde_json::to_string(&rules)
        .map_err(|error| Error::new(Kind::Failed, "writing the answer").because(error))?;
    Ok(form::text(form, revision, body))
}
