//! What each phase changes in the tree, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use metactl::model::difference::Difference;
use metactl::model::path::Path;
use metactl::ops::operation::commands::Waiting;
use metactl::ops::operation::drive::{self, Hold, How, PhaseDone};
use metactl::ops::operation::{end, rehearse};
use metactl::store::Store;
use metactl::store::memory::Memory;
use snapbox::str;

use super::scene::{self, CLUSTER, KINDS, Kind, Tree, note, view};
use crate::cli::cluster::create::example_home;
use crate::support::assert_text;

/// What was, and what is, without metactl's own records.
fn difference(before: &Tree, after: &Tree) -> Difference {
    let leaves = |tree: &Tree| -> Vec<(Path, String)> {
        let own = |path: &&String| path.starts_with("/_metactl/");
        let of = tree.keys().filter(|path| !own(path));
        of.map(|path| (Path::parse(path).unwrap(), tree[path].clone())).collect()
    };
    Difference::between(leaves(before), leaves(after))
}

#[tokio::test]
async fn a_dry_run_is_what_then_happens() {
    let tree = scene::tree().await;
    for kind in KINDS {
        let store: Arc<dyn Store> = Arc::new(Memory::new());
        scene::reset(&*store, &tree).await;
        let view = view(Arc::clone(&store));
        let planned = kind.plan(&view).await.unwrap();
        let rehearsed = rehearse::rehearse(&view, CLUSTER, planned.clone(), note()).await.unwrap();
        assert_eq!(scene::read(&*store).await, tree, "a dry run writes nothing");
        let mut before = tree.clone();
        for phase in rehearsed.phases {
            let tell = |_: &_, _: &PhaseDone| {};
            let how = How {
                hold: Hold::At(phase.phase.clone()),
                delay: Duration::ZERO,
                assert: None,
                tell: &tell,
                waiting: Waiting { patience: Duration::ZERO, hear: &|_| {} },
            };
            let ended = if before == tree {
                drive::begin(&view, CLUSTER, planned.clone(), &how, note()).await
            } else {
                end::finish(&view, CLUSTER, &how, note()).await
            };
            assert_eq!(ended.unwrap().phases.len(), 1);
            let after = scene::read(&*store).await;
            let real = difference(&before, &after);
            match kind {
                // New nodes get other ids.
                Kind::Out => assert_eq!(real.counts(), phase.changes.counts(), "{}", phase.phase),
                _ => assert_eq!(real, phase.changes, "{kind:?} {}", phase.phase),
            }
            before = after;
        }
        kind.assert_complete(&tree, &before);
    }
}

#[test]
fn the_phases_at_a_glance() {
    let home = example_home();
    let texts = KINDS.map(|kind| {
        let more = ["--cluster", CLUSTER, "--dry-run", "-o", "table"];
        home.run([kind.words().as_slice(), &more].concat()).ok().to_string()
    });
    assert_text(
        texts.join("\n"),
        str![[r#"
$ metactl scale out shard --count=1 --cluster cl-queue --dry-run -o table
phase register: 100 new
+ /_metad/mapping/default/192.168.100.12/…  10 keys
+ /_metad/mapping/default/192.168.100.13/…  10 keys
+ /cl-queue/adding-hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.13
+ /cl-queue/adding-hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.12
+ /cl-queue/hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.13
+ /cl-queue/hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.12
phase complete: 40 gone
- /cl-queue/adding-hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.13
- /cl-queue/adding-hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.12
--- stderr
dry run: scale out of cluster cl-queue is not begun

$ metactl scale in --role=shard --count=1 --yes --cluster cl-queue --dry-run -o table
phase register: 40 new
+ /cl-queue/deleting-hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.7
+ /cl-queue/deleting-hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.5
phase remove: 100 gone
- /_metad/mapping/default/192.168.100.5/…  10 keys
- /_metad/mapping/default/192.168.100.7/…  10 keys
- /cl-queue/deleting-hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.7
- /cl-queue/deleting-hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.5
- /cl-queue/hosts/shard-replica/[INSTANCE]/…  20 keys, ip 192.168.100.7
- /cl-queue/hosts/shard/[INSTANCE]/…  20 keys, ip 192.168.100.5
--- stderr
dry run: scale in of cluster cl-queue is not begun

$ metactl scale up gateway --cpu=4 --cluster cl-queue --dry-run -o table
phase register: 1 new
+ /cl-queue/vertical-scaling-roles  gateway
phase resize: 2 changed
~ /cl-queue/hosts/gateway/[INSTANCE]/cpu  1 → 4
~ /cl-queue/hosts/gateway/[INSTANCE]/cpu  1 → 4
phase complete: 1 gone
- /cl-queue/vertical-scaling-roles  gateway
--- stderr
dry run: scale up of cluster cl-queue is not begun

$ metactl scale up shard --cpu=8 --cluster cl-queue --dry-run -o table
phase register: 1 new
+ /cl-queue/vertical-scaling-roles  shard,shard-replica
phase resize-1: 1 changed
~ /cl-queue/hosts/shard/[INSTANCE]/cpu  2 → 8
phase resize-2: 1 changed
~ /cl-queue/hosts/shard/[INSTANCE]/cpu  2 → 8
phase resize-3: 1 changed
~ /cl-queue/hosts/shard-replica/[INSTANCE]/cpu  2 → 8
phase resize-4: 1 changed
~ /cl-queue/hosts/shard-replica/[INSTANCE]/cpu  2 → 8
phase complete: 1 gone
- /cl-queue/vertical-scaling-roles  shard,shard-replica
--- stderr
dry run: scale up of cluster cl-queue is not begun

"#]],
    );
}
