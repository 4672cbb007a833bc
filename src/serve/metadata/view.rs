//! What a client sees at a path, and the body that shows it.

use std::borrow::Cow;

use hyper::StatusCode;

use super::bodies::Bodies;
use crate::engine::{Content, Sight, SightKey};
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

/// What a client asks for, as one snapshot shows it.
pub(super) struct View<'a> {
    sight: &'a Sight,
    /// Whether it is shown as the one entry `self` of the root.
    below_self: bool,
}

impl View<'_> {
    /// Where that is looked for what is at `path`. With `only_self` there is
    /// nothing outside `/self`, and the root holds it alone.
    pub(super) fn place(path: &Path, only_self: bool) -> Option<Cow<'_, Path>> {
        match only_self {
            true if path.is_root() => Some(Cow::Owned(own())),
            true => selfview::below_self(path).map(|_| Cow::Borrowed(path)),
            false => Some(Cow::Borrowed(path)),
        }
    }

    /// What is at `path`, of which `sight` is the [`View::place`].
    pub(super) fn of<'a>(sight: &'a Sight, path: &Path, only_self: bool) -> View<'a> {
        View { sight, below_self: only_self && path.is_root() }
    }

    /// The answer that shows it, if anything is there.
    pub(super) fn reply(&self, form: Form, bodies: &Bodies<BodyKey>) -> Option<Reply> {
        let body = match self.sight.content() {
            Content::Nothing => return None,
            Content::Leaf(value) => body::leaf(value, form),
            Content::Directory => {
                let key = BodyKey { sight: self.sight.key(), form, below_self: self.below_self };
                bodies.get(key, || body::directory(&self.leaves(body::order(form)), form))
            }
        };
        Some(Reply::new(StatusCode::OK, form.media_type(), body))
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
