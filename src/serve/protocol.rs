//! Which protocol a listener speaks.

use std::sync::Arc;

use hyper::Uri;

use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::metrics::Class;
use crate::serve::{gce, metadata, node};

/// From a request to its answer.
pub trait Protocol: Clone + Send + Sync + 'static {
    fn app(&self) -> &App;

    /// As what a request for this is counted, unless it waits.
    fn class(&self, uri: &Uri) -> Class;

    fn answer(&self, asked: Asked) -> impl Future<Output = Reply> + Send;
}

/// The metadata address: metad's protocol, Google's where it is asked for, and
/// what nodes write.
#[derive(Clone)]
pub struct Metadata(pub Arc<App>);

impl Protocol for Metadata {
    fn app(&self) -> &App {
        &self.0
    }

    fn class(&self, uri: &Uri) -> Class {
        match uri.path().starts_with("/computeMetadata/") {
            true => Class::Gce,
            false => Class::Metadata,
        }
    }

    async fn answer(&self, asked: Asked) -> Reply {
        // Boxed, so that a connection that waits for metad's answer is small.
        if gce::is_asked(&asked) {
            Box::pin(gce::answer(&self.0, asked)).await
        } else if node::is_asked(&self.0.options, &asked) {
            Box::pin(node::answer(&self.0, asked)).await
        } else {
            metadata::answer(&self.0, asked).await
        }
    }
}

/// An address of Google's protocol alone.
#[derive(Clone)]
pub struct Gce(pub Arc<App>);

impl Protocol for Gce {
    fn app(&self) -> &App {
        &self.0
    }

    fn class(&self, _: &Uri) -> Class {
        Class::Gce
    }

    async fn answer(&self, asked: Asked) -> Reply {
        gce::answer(&self.0, asked).await
    }
}
