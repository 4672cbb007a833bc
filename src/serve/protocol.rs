//! Which protocol a listener speaks.

use std::sync::Arc;

use crate::serve::app::App;
use crate::serve::exchange::{Asked, Reply};
use crate::serve::{gce, metadata};

/// From a request to its answer.
pub trait Protocol: Clone + Send + Sync + 'static {
    fn answer(&self, asked: Asked) -> impl Future<Output = Reply> + Send;
}

/// The metadata address: metad's protocol, and Google's where it is asked for.
#[derive(Clone)]
pub struct Metadata(pub Arc<App>);

impl Protocol for Metadata {
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
    async fn answer(&self, asked: Asked) -> Reply {
        gce::answer(&self.0, asked).await
    }
}
