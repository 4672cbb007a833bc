//! Making a cluster.

use std::collections::BTreeMap;
use std::path::{Path as File, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::guards::{self, Ground};
use super::keys::Keys;
use super::request::{Request, ZONE};
use super::write;
use crate::error::{Error, Kind, Result};
use crate::model::app::package::Described;
use crate::model::cidr;
use crate::model::cluster::{self, AppText, Draft, Leaf, Plan, records};
use crate::model::ids::Draw;
use crate::model::path::Path;
use crate::ops::notes::Notes;
use crate::ops::view::View;
use crate::store::{Guard, Note, Revision};

/// How often ids and addresses are drawn again when others were faster: each
/// time somebody else has made a cluster.
const ATTEMPTS: usize = 64;
/// Up to how long to wait before that, so that many do not meet again.
const PAUSE: Duration = Duration::from_millis(40);
/// The most bytes of a package that are kept with its cluster.
pub(super) const MAX_KEPT: usize = 256 << 10;

/// Hears how many more leaves are written, of how many in all.
pub type Done<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// A cluster that was made.
#[derive(Debug, Serialize)]
pub struct Created {
    pub id: String,
    /// Its directory.
    pub path: Path,
    /// The revision at which it is complete.
    pub revision: Revision,
    pub cidr: String,
    /// By role; a cluster without roles has one with an empty name.
    pub roles: BTreeMap<String, usize>,
    pub nodes: Vec<Node>,
    /// The node that `/self` has become.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub own: Option<Node>,
    /// 1 when all was one commit; more when the store could not take it at once.
    pub parts: usize,
    pub keys: Vec<Key>,
    /// Whether the package was too large to be kept for later checks.
    #[serde(skip)]
    pub package_left_out: bool,
}

/// One node of it.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    pub role: String,
    pub ip: String,
    pub sid: u32,
    pub instance_id: String,
    pub node_id: String,
}

/// A key pair that was made.
#[derive(Debug, Serialize)]
pub struct Key {
    pub role: String,
    pub public: String,
    /// Where its private half is; none when nobody wanted it.
    pub private: Option<PathBuf>,
}

/// Makes the cluster in one commit, where the store takes it.
///
/// `described` is what [`Request::check`] made of the request; `done` hears how
/// many more leaves are written, of how many in all. `Conflict` when the id is in use or the block of
/// addresses is full, `NotFound` when a cluster to link to is not there. Ids
/// and addresses that somebody else took meanwhile are drawn again.
pub async fn create(
    view: &View,
    request: &Request,
    described: &Described,
    key_directory: Option<&File>,
    note: Note,
    done: Done<'_>,
) -> Result<Created> {
    let keys = Keys::make(&described.spec, key_directory, request.seed)?;
    let mut making = Making {
        view,
        request,
        described,
        pub_keys: &keys.public.clone(),
        draw: Draw::new(request.seed),
        notes: Notes::new(note),
    };
    let mut attempt = 1;
    let (plan, own, written) = loop {
        match making.attempt(done).await {
            Ok(made) => break made,
            Err(error)
                if error.kind() == Kind::Conflict && attempt < ATTEMPTS && error.can_retry() =>
            {
                attempt += 1;
                tokio::time::sleep(PAUSE.mul_f64(fastrand::f64())).await;
            }
            Err(error) => return Err(error),
        }
    };
    let id = plan.directory.name().unwrap_or_default().to_owned();
    let public = keys.public.clone();
    let mut private: BTreeMap<String, PathBuf> = keys.keep(&id)?.into_iter().collect();
    let key =
        |(role, public): (String, String)| Key { private: private.remove(&role), role, public };
    Ok(Created {
        package_left_out: request.app.is_some() && texts(request).is_none(),
        keys: public.into_iter().map(key).collect(),
        ..created(&plan, own, written)
    })
}

fn created(plan: &Plan, own: Option<String>, written: write::Written) -> Created {
    let nodes: Vec<Node> = plan.hosts.iter().map(node).collect();
    let mut roles = BTreeMap::new();
    for node in &nodes {
        *roles.entry(node.role.clone()).or_default() += 1;
    }
    Created {
        id: plan.directory.name().unwrap_or_default().to_owned(),
        path: plan.directory.clone(),
        revision: written.revision,
        cidr: plan.cidr.to_string(),
        roles,
        own: own.and_then(|own| nodes.iter().find(|node| node.node_id == own).cloned()),
        nodes,
        parts: written.parts,
        keys: Vec::new(),
        package_left_out: false,
    }
}

fn node(host: &crate::model::host::Host) -> Node {
    Node {
        role: host.role.clone().unwrap_or_default(),
        ip: host.ip.clone(),
        sid: host.sid,
        instance_id: host.instance_id.clone(),
        node_id: host.node_id.clone(),
    }
}

struct Making<'a> {
    view: &'a View,
    request: &'a Request,
    described: &'a Described,
    pub_keys: &'a BTreeMap<String, String>,
    draw: Draw,
    notes: Notes,
}

impl Making<'_> {
    async fn attempt(&mut self, done: Done<'_>) -> Result<(Plan, Option<String>, write::Written)> {
        let ground = guards::survey(self.view, &self.described.spec).await?;
        let id = self.id().await?;
        let plan = self.plan(id, &ground)?;
        let mut guards = guards::of_plan(self.view, &plan, &ground).await?;
        let own = self.own(&plan, &ground)?;
        guards.extend(own.iter().map(|(path, _)| Guard::Absent(path.clone())));
        let store = self.view.store();
        let written = write::plan(store, &plan, own.clone(), guards, &mut self.notes, done).await;
        match written {
            Ok(written) => Ok((plan, own.map(|(_, node)| node), written)),
            // What was read above decides; if it says no, the next attempt tells why.
            Err(error) if error.kind() == Kind::Conflict && error.hints().is_empty() => {
                Err(error.retryable())
            }
            Err(error) => Err(error),
        }
    }

    /// The id that was asked for, which nobody may have; or one that nobody has.
    async fn id(&mut self) -> Result<String> {
        let root = &self.view.scope().cluster_root;
        if let Some(id) = &self.request.id {
            if guards::exists(self.view, &root.child(id)?).await?
                || guards::exists(self.view, &records::cluster(id)?).await?
            {
                return Err(Error::conflict(format!("cluster `{id}` is there already"))
                    .hint(format!("Look at it with `metactl cluster show {id}`")));
            }
            return Ok(id.clone());
        }
        loop {
            let id = self.draw.cluster();
            if !guards::exists(self.view, &root.child(&id)?).await?
                && !guards::exists(self.view, &records::cluster(&id)?).await?
            {
                return Ok(id);
            }
        }
    }

    fn plan(&mut self, id: String, ground: &Ground) -> Result<Plan> {
        let (request, scope, spec) = (self.request, self.view.scope(), &self.described.spec);
        let own = Some(spec.vxnet.clone()).filter(|vxnet| !vxnet.is_empty());
        let draft = Draft {
            id,
            cluster_root: scope.cluster_root.clone(),
            group: scope.group.clone(),
            project: request.project.clone(),
            zone: request.zone.clone().unwrap_or_else(|| ZONE.to_owned()),
            vxnet: request.vxnet.clone().or(own).unwrap_or_else(|| request.wishes.vxnet.clone()),
            cidr: request.cidr.unwrap_or(cidr::DEFAULT),
            widen: request.cidr.is_none(),
            spec,
            special: &self.described.special,
            pub_keys: self.pub_keys,
            set_cluster: &request.set_cluster,
            set_host: &request.set_host,
            app: request.app.as_ref().map(|(name, _)| AppText { name, texts: texts(request) }),
            created: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        cluster::plan(&draft, &ground.taken, &mut self.draw)
    }

    /// On the embedded store the first node becomes `/self`, if nobody is.
    fn own(&self, plan: &Plan, ground: &Ground) -> Result<Option<Leaf>> {
        let embedded = self.view.store().place().starts_with("file:");
        match plan.hosts.first().filter(|_| embedded && !ground.has_self) {
            Some(first) => Ok(Some((Path::parse(records::SELF)?, first.node_id.clone()))),
            None => Ok(None),
        }
    }
}

/// The package's texts, unless they are too large to be kept.
fn texts(request: &Request) -> Option<(&str, &str)> {
    let (_, package) = request.app.as_ref()?;
    let size = package.config.len() + package.template.len();
    (size <= MAX_KEPT).then_some((package.config.as_str(), package.template.as_str()))
}
