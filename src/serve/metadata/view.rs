//! What a client sees at a path, and the body that shows it.

use std::sync::Arc;

use hyper::StatusCode;

use super::bodies::Bodies;
use crate::engine::{Asker, Sight, SightKey, Snapshot};
use crate::model::path::Path;
use crate::model::selfview;
use crate::model::tree::{Leaves, Order};
use crate::serve::accept::Form;
use crate::serve::body;
use crate::serve::exchange::Reply;

/// What decides a body.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct BodyKey {
    sight: SightKey,
    form: Form,
    below_self: bool,
}

/// Something that is there.
pub(super) struct View {
    sight: Sight,
    /// Whether it is shown as the one entry `self` of the root.
    below_self: bool,
}

impl View {
    /// What is at `path`, if anything is. With `only_self` there is nothing
    /// outside `/self`, and the root holds it alone.
    pub(super) fn of(
        snapshot: &Arc<Snapshot>,
        asker: &Arc<Asker>,
        path: &Path,
        only_self: bool,
    ) -> Option<View> {
        if only_self && !path.is_root() && selfview::below_self(path).is_none() {
            return None;
        }
        let below_self = only_self && path.is_root();
        let sight = match below_self {
            true => snapshot.see(asker, &own()),
            false => snapshot.see(asker, path),
        };
        sight.is_there().then_some(View { sight, below_self })
    }

    /// The path whose changes concern who asks for `path`.
    pub(super) fn waited_for(only_self: bool, path: &Path) -> Path {
        if only_self && path.is_root() { own() } else { path.clone() }
    }

    /// The answer that shows it.
    pub(super) fn reply(&self, form: Form, bodies: &Bodies<BodyKey>) -> Reply {
        let body = match self.sight.leaf() {
            Some(value) => body::leaf(value, form),
            None => {
                let key = BodyKey { sight: self.sight.key(), form, below_self: self.below_self };
                bodies.get(key, || body::directory(&self.leaves(body::order(form)), form))
            }
        };
        Reply::new(StatusCode::OK, form.media_type(), body)
    }

    fn leaves(&self, order: Order) -> Leaves {
        let own = self.sight.leaves(order);
        if !self.below_self {
            return own;
        }
        let mut leaves = Leaves::new();
        let mut cursor = own.cursor();
        while cursor.advance() {
            leaves.push(&format!("/{}{}", selfview::NAME, cursor.path()), cursor.value());
        }
        leaves.settle(order);
        leaves
    }
}

/// `/self`.
fn own() -> Path {
    Path::root().child(selfview::NAME).unwrap_or_else(|_| Path::root())
}
