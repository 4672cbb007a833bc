//! Ports of a cluster's endpoints, which may refer to its parameters.

use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::schema::{self, Value};
use crate::model::tree::{Leaves, Order};
use crate::ops::read::{Answer, Content};
use crate::ops::view::{self, View};
use crate::store::{At, What, reading};

/// Replaces every reference (`env.<key>`, `env.<role>.<key>`) that a port in
/// `answer` holds by the number of that parameter, at the answer's revision.
///
/// `NotFound` when there is no such parameter, `Invalid` when it is no port.
pub async fn resolve_ports(view: &View, answer: &mut Answer, order: Order) -> Result<()> {
    let at = view::fixed(answer.revision);
    for found in &mut answer.found {
        match &mut found.content {
            None => {}
            Some(Content::Leaf(value)) => {
                if let Some(port) = number(view, &found.path, value, at).await? {
                    *value = port;
                }
            }
            Some(Content::Directory(leaves)) => {
                let mut all: Vec<(String, String)> = Vec::with_capacity(leaves.len());
                let mut cursor = leaves.cursor();
                while cursor.advance() {
                    all.push((cursor.path().to_owned(), cursor.value().to_owned()));
                }
                let mut resolved = Leaves::new();
                for (below, value) in all {
                    let path = found.path.join(&below)?;
                    let port = number(view, &path, &value, at).await?;
                    resolved.push(&below, port.as_deref().unwrap_or(&value));
                }
                resolved.settle(order);
                *leaves = resolved;
            }
        }
    }
    Ok(())
}

/// The number that a port's value stands for; none when `path` is no endpoint's
/// port, or holds a number already.
async fn number(view: &View, path: &Path, value: &str, at: At) -> Result<Option<String>> {
    let is_port = schema::find(path, &view.scope().cluster_root)
        .is_some_and(|found| found.key.value == Value::PortOrEnv);
    let Some(reference) = value.strip_prefix("env.").filter(|_| is_port) else {
        return Ok(None);
    };
    let resolved = view.resolve(path, at).await?;
    // `<cluster>/cluster/endpoints/<service>/port`
    let cluster = resolved.pieces.first().and_then(|piece| {
        let above = piece.real.ancestors().nth(3)?;
        Path::from_stored(above)
    });
    let Some(cluster) = cluster else { return Ok(None) };
    let keys = candidates(&cluster, reference)?;
    let what: Vec<What> = keys.iter().cloned().map(What::Key).collect();
    let (_, entries) = reading::collect(view.store(), &what, resolved.at).await?;
    let Some(parameter) = entries.into_iter().next() else {
        let place = keys.last().unwrap_or(&cluster);
        return Err(Error::not_found(format!(
            "the port at `{path}` is `{value}`, and there is no such parameter at `{place}`"
        ))
        .hint(format!("See the parameters: `metactl get {cluster}/env`")));
    };
    match parameter.value.trim().parse::<u16>() {
        Ok(port) => Ok(Some(port.to_string())),
        Err(_) => Err(Error::invalid(format!(
            "the port at `{path}` is `{value}`, and the parameter `{}` is no port: `{}`",
            parameter.path,
            parameter.value.escape_debug()
        ))),
    }
}

/// Where a referenced parameter may be: a key may hold dots, so every dot may
/// be the one after the role; the cluster's own parameter comes first.
fn candidates(cluster: &Path, reference: &str) -> Result<Vec<Path>> {
    let mut keys = Vec::new();
    keys.extend(cluster.child("env")?.child(reference).ok());
    for (dot, _) in reference.match_indices('.') {
        let (role, key) = (reference.get(..dot), reference.get(dot + 1..));
        if let (Some(role), Some(key)) = (role, key) {
            let directory = cluster.child("role-env")?.child(role);
            keys.extend(directory.and_then(|directory| directory.child(key)).ok());
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dot_may_end_the_role() {
        let cluster = Path::parse("/cl-1").unwrap();
        let keys = candidates(&cluster, "a.b.c").unwrap();
        let texts: Vec<_> = keys.iter().map(Path::as_str).collect();
        assert_eq!(texts, ["/cl-1/env/a.b.c", "/cl-1/role-env/a/b.c", "/cl-1/role-env/a.b/c"]);
    }
}
