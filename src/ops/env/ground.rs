//! The parameters of a cluster as they are, and what its app says of them.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::app::assign::{Present, Rules};
use crate::model::app::known::App;
use crate::model::app::near;
use crate::model::app::package::CONFIG;
use crate::model::app::role::REPLICA;
use crate::model::cluster::records;
use crate::model::path::Path;
use crate::ops::cluster::{app, show};
use crate::ops::view::{View, fixed};
use crate::store::reading::Entry;
use crate::store::{At, Guard, What, reading};

/// What is known before anything is shown or changed.
pub(super) struct Ground {
    pub(super) cluster: String,
    /// The role whose own parameters are meant; none: those of all nodes.
    pub(super) role: Option<String>,
    pub(super) app: Option<App>,
    /// Whether the cluster says that it was made from an app.
    pub(super) names_app: bool,
    /// Those of all nodes.
    pub(super) shared: Present,
    /// Those of the role alone.
    pub(super) own: Present,
    /// The directory of those that are meant.
    pub(super) top: Path,
    /// What must be the same when they are changed: the cluster and its app.
    pub(super) guards: Vec<Guard>,
}

impl Ground {
    /// Looks at a cluster. `NotFound` when it is not there, or has no such role;
    /// replicas share the parameters of their masters.
    pub(super) async fn survey(view: &View, cluster: &str, role: Option<&str>) -> Result<Ground> {
        let directory = view.scope().cluster_root.child(cluster)?;
        let role = role.map(|role| role.strip_suffix(REPLICA).unwrap_or(role));
        let (env, roles) = (directory.child("env")?, directory.child("role-env")?);
        let texts = records::app(cluster)?;
        let (id, app_id) =
            (directory.join("cluster/cluster_id")?, directory.join("cluster/app_id")?);
        let what = vec![
            What::Subtree(env.clone()),
            What::Subtree(roles.clone()),
            What::Subtree(texts.clone()),
            What::Key(id.clone()),
            What::Key(app_id.clone()),
        ];
        let (revision, entries) = reading::collect(view.store(), &what, At::Latest).await?;
        let leaf = |path: &Path| entries.iter().find(|entry| entry.path == *path);
        if entries.is_empty() {
            let (_, there) = view.store().names(&directory, fixed(revision)).await?;
            if there.is_empty() {
                return Err(show::missing(cluster));
            }
        }
        let text = |name: &str| Some(leaf(&texts.child(name).ok()?)?.value.clone());
        let app = app::of_texts(cluster, text).as_ref().and_then(App::of);
        let own_top = role.map(|role| roles.child(role)).transpose()?;
        let own = own_top.as_ref().map(|top| below(&entries, top)).unwrap_or_default();
        if let Some(role) = role.filter(|_| own.is_empty()) {
            refuse_unknown(view, &directory, app.as_ref(), role, fixed(revision)).await?;
        }
        let mut guards = vec![match leaf(&id) {
            Some(entry) => Guard::Revision(id, entry.mod_revision),
            None => Guard::Unchanged { unit: cluster.to_owned(), since: revision },
        }];
        let config = texts.child(CONFIG)?;
        guards.push(match leaf(&config) {
            Some(entry) => Guard::Revision(config, entry.mod_revision),
            None => Guard::Absent(config),
        });
        Ok(Ground {
            cluster: cluster.to_owned(),
            role: role.map(str::to_owned),
            app,
            names_app: leaf(&app_id).is_some(),
            shared: below(&entries, &env),
            own,
            top: own_top.unwrap_or(env),
            guards,
        })
    }

    /// The parameters that are meant: the role's own, or those of all nodes.
    pub(super) fn present(&self) -> &Present {
        if self.role.is_some() { &self.own } else { &self.shared }
    }

    /// What the app accepts; none where there is no app to ask.
    pub(super) fn rules(&self) -> Option<Rules<'_>> {
        let role = self.role.as_deref();
        self.app.as_ref().map(|app| Rules { app, role, present: self.present() })
    }
}

/// The leaves below a directory, by their relative paths.
fn below(entries: &[Entry], top: &Path) -> Present {
    let inside = entries.iter().filter_map(|entry| {
        let key = top.relative(entry.path.as_str())?.strip_prefix('/')?;
        Some((key.to_owned(), entry.value.clone()))
    });
    inside.collect()
}

/// `NotFound` for a role that neither the cluster nor its app has.
async fn refuse_unknown(
    view: &View,
    cluster: &Path,
    app: Option<&App>,
    role: &str,
    at: At,
) -> Result<()> {
    let (_, hosts) = view.store().names(&cluster.child("hosts")?, at).await?;
    let mut roles: BTreeSet<&str> = hosts.iter().map(|name| name.name.as_str()).collect();
    roles.retain(|name| !name.starts_with("i-"));
    let of_app = app.into_iter().flat_map(|app| &app.spec.roles);
    roles.extend(of_app.filter_map(|role| role.name.as_deref()));
    if roles.contains(role) {
        return Ok(());
    }
    let id = cluster.name().unwrap_or_default();
    let known: Vec<&str> = roles.into_iter().collect();
    let instead = near::instead(role, &known, "roles");
    Err(Error::not_found(format!("cluster `{id}` has no role `{role}`; {instead}")))
}
