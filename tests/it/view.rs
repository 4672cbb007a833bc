//! What typed paths stand for, on the reference store.

use std::sync::Arc;

use metactl::error::{Error, Kind};
use metactl::model::path::Path;
use metactl::ops::default_cluster;
use metactl::ops::view::{Scope, View};
use metactl::store::memory::Memory;
use metactl::store::{At, Changes, Commit, Store};

const LEAVES: &[(&str, &str)] = &[
    ("/cl-a/hosts/web/i-a1/ip", "10.0.0.1"),
    ("/cl-a/hosts/web/i-a1/node_id", "cln-a1"),
    ("/cl-a/hosts/web/i-a2/ip", "10.0.0.2"),
    ("/cl-a/env/port", "80"),
    ("/cl-a/role-env/web/size", "4"),
    ("/cl-a/links/db", "cl-b"),
    ("/cl-b/hosts/i-b1/node_id", "cln-b1"),
    ("/_metad/mapping/default/10.0.0.1/host", "/cl-a/hosts/web/i-a1"),
    ("/_metad/mapping/default/10.0.0.1/hosts", "/cl-a/hosts"),
    ("/_metad/mapping/default/10.0.0.1/env/port", "/cl-a/env/port"),
    ("/_metad/mapping/default/10.0.0.1/env/size", "/cl-a/role-env/web/size"),
    ("/_metad/mapping/default/10.0.0.1/links/db", "/cl-b"),
    ("/_metad/mapping/default/10.0.0.1/broken", "no path"),
    ("/_metad/mapping/default/10.0.0.1/own", "/_metactl"),
    ("/_metad/mapping/default/10.0.0.2/host", "/cl-a/hosts/web/i-a2"),
    ("/_metad/mapping/other/10.0.0.1/host", "/cl-b/hosts/i-b1"),
    ("/_metactl/claims/node_id/cln-b1", "other/10.0.0.1"),
];

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

async fn view(as_id: Option<&str>) -> View {
    let store = Memory::new();
    let mut changes = Changes::new();
    LEAVES.iter().for_each(|(at, value)| changes.put(&path(at), value));
    store.commit(&Commit { changes, ..Commit::default() }).await.unwrap();
    let scope = Scope {
        group: "default".to_owned(),
        cluster_root: Path::root(),
        as_id: as_id.map(str::to_owned),
    };
    View::new(Arc::new(store), scope)
}

async fn real(view: &View, asked: &str) -> Vec<String> {
    let resolved = view.resolve(&path(asked), At::Latest).await.unwrap();
    resolved.pieces.iter().map(|piece| format!("{}={}", piece.asked, piece.real)).collect()
}

#[tokio::test]
async fn paths_lead_through_the_mapping_and_one_link() {
    let view = view(Some("i-a1")).await;
    assert_eq!(real(&view, "/cl-a/env").await, ["/cl-a/env=/cl-a/env"]);
    assert_eq!(real(&view, "/self/host/ip").await, ["/self/host/ip=/cl-a/hosts/web/i-a1/ip"]);
    assert_eq!(
        real(&view, "/self/env").await,
        ["/self/env/port=/cl-a/env/port", "/self/env/size=/cl-a/role-env/web/size"]
    );
    assert_eq!(real(&view, "/self/links/db/env").await, ["/self/links/db/env=/cl-b/env"]);
    assert_eq!(real(&view, "/cl-a/links/db/env").await, ["/cl-a/links/db/env=/cl-b/env"]);
    assert_eq!(real(&view, "/cl-a/links/db").await, ["/cl-a/links/db=/cl-a/links/db"]);
    assert!(real(&view, "/self/broken").await.is_empty());
    assert!(real(&view, "/self/own/self").await.is_empty());
    assert!(real(&view, "/self/unheard/of").await.is_empty());
    assert_eq!(real(&view, "/self").await.len(), 5);
}

#[tokio::test]
async fn what_is_read_fixes_the_revision() {
    let view = view(Some("10.0.0.1")).await;
    let revision = view.store().status().await.unwrap().revision;
    let paths = [path("/cl-a"), path("/self/host"), path("/cl-b")];
    let resolved = view.resolve_all(&paths, At::Latest).await.unwrap();
    assert!(resolved.iter().all(|one| one.at == At::Revision(revision)));
    let plain = view.resolve(&path("/cl-a"), At::Latest).await.unwrap();
    assert_eq!(plain.at, At::Latest);
}

#[tokio::test]
async fn writes_go_to_real_paths_or_are_refused() {
    let view = view(Some("i-a1")).await;
    let target = async |asked: &str| view.target(&path(asked)).await;
    let goes = async |asked: &str| target(asked).await.unwrap().to_string();
    let refused = async |asked: &str| target(asked).await.unwrap_err();
    assert_eq!(goes("/cl-a/env/x").await, "/cl-a/env/x");
    assert_eq!(goes("/cl-a/links/db").await, "/cl-a/links/db");
    assert_eq!(goes("/self/host/attributes/x").await, "/cl-a/hosts/web/i-a1/attributes/x");
    assert_eq!(goes("/self/env/size").await, "/cl-a/role-env/web/size");
    for asked in ["/self", "/self/env", "/self/host", "/self/links", "/self/links/db"] {
        assert_eq!(refused(asked).await.kind(), Kind::Invalid, "{asked}");
    }
    for asked in ["/self/links/db/env/x", "/cl-a/links/db/env/x", "/_metactl/self"] {
        assert_eq!(refused(asked).await.kind(), Kind::Invalid, "{asked}");
    }
    let new = refused("/self/env/new").await;
    assert_eq!(new.kind(), Kind::NotFound);
    assert!(new.hints().iter().any(|hint| hint.contains("`/cl-a/role-env/web/new`")), "{new:?}");
}

#[tokio::test]
async fn nodes_go_by_ip_instance_id_and_node_id() {
    let view = view(None).await;
    let node = async |id: &str| view.node(id).await;
    for id in ["10.0.0.1", "i-a1", "cln-a1"] {
        let found = node(id).await.unwrap();
        assert_eq!((found.cluster.as_str(), found.role.as_deref()), ("cl-a", Some("web")));
        assert_eq!(found.record, path("/cl-a/hosts/web/i-a1"));
        assert_eq!(found.ip, "10.0.0.1");
    }
    let claimed = node("cln-b1").await.unwrap();
    assert_eq!((claimed.group.as_str(), claimed.role), ("other", None));
    assert_eq!(claimed.cluster_path, path("/cl-b"));
    let kind = async |id: &str| node(id).await.map_err(|error: Error| error.kind()).unwrap_err();
    assert_eq!(kind("i-a9").await, Kind::NotFound);
    assert_eq!(kind("cln-a9").await, Kind::NotFound);
    assert_eq!(kind("10.0.0.9").await, Kind::NotFound);
    assert_eq!(kind("web").await, Kind::Invalid);
    assert_eq!(kind("self").await, Kind::Usage);
}

#[tokio::test]
async fn the_store_may_name_self() {
    let view = view(None).await;
    let mut changes = Changes::new();
    changes.put(&path("/_metactl/self"), "cln-a1");
    view.store().commit(&Commit { changes, ..Commit::default() }).await.unwrap();
    assert_eq!(view.identity().await.unwrap().ip, "10.0.0.1");
    assert_eq!(view.node("self").await.unwrap().instance_id, "i-a1");
}

#[tokio::test]
async fn a_machine_s_own_address_may_be_self() {
    let view = view(None).await;
    let mut changes = Changes::new();
    changes.put(&path("/_metad/mapping/default/127.0.0.1/host"), "/cl-a/hosts/web/i-a2");
    view.store().commit(&Commit { changes, ..Commit::default() }).await.unwrap();
    assert_eq!(view.identity().await.unwrap().ip, "127.0.0.1");
    assert_eq!(real(&view, "/self/host/ip").await, ["/self/host/ip=/cl-a/hosts/web/i-a2/ip"]);
}

#[tokio::test]
async fn a_cluster_is_implied_when_it_is_the_only_one() {
    let view = view(None).await;
    let choose = async |given| default_cluster::choose(&view, given).await;
    assert_eq!(choose(Some("cl-x")).await.unwrap(), "cl-x");
    assert_eq!(choose(None).await.unwrap_err().kind(), Kind::Usage);
    let mut changes = Changes::new();
    changes.delete_tree(&path("/cl-b"));
    view.store().commit(&Commit { changes, ..Commit::default() }).await.unwrap();
    assert_eq!(choose(None).await.unwrap(), "cl-a");
}
