//! Which protocol a listener speaks.

use std::sync::Arc;

use hyper::Uri;

use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::metrics::Class;
use crate::serve::{gce, metadata};

/// From a request to its answer.
pub trait Protocol: Clone + Send + Sync + 'static {
    fn app(&self) -> &App;

    /// As what a request for this is counted, unless it waits.
    fn class(&self, uri: &Uri) -> Class;

    fn answer(&self, asked: Asked) -> impl Future<Output = Reply> + Send;
}

/// The metadata address: metad's protocol, and Google's where it is asked for.
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
        match gce::is_asked(&asked) {
            // Boxed, so that a connection that waits for metad's answer is small.
            true => Box::pin(gce::answer(&self.0, asked)).await,
            false => metadata::answer(&self.0, asked).await,
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
