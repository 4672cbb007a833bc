//! `wait_for_change`: the answer once the state is another than the caller's.

use std::time::Duration;

use super::answer::{Look, Request};
use super::query::Wait;
use crate::serve::app::App;
use crate::serve::exchange::Reply;

/// The answer as soon as the ETag differs from the caller's (or, if it tells
/// none, from the one at first), or when there is nothing to wait for any more;
/// the unchanged state when the time is over, or the service ends.
pub(super) async fn change(app: &App, request: &Request<'_>, wait: &Wait) -> Reply {
    let longest = app.options.idle_limit();
    let limit = wait.timeout.map_or(longest, |timeout: Duration| timeout.min(longest));
    let over = tokio::time::sleep(limit);
    tokio::pin!(over);
    let mut draining = app.draining.clone();
    let Look { reply, etag, mut depends } = request.look(app).await;
    let Some(now) = etag else { return reply };
    drop(reply);
    let known = wait.last_etag.clone().unwrap_or(now);
    loop {
        // First the registration, then the look: no change falls between.
        let mut waiting = app.engine.register(depends.clone());
        loop {
            let look = request.look(app).await;
            if look.etag.as_ref() != Some(&known) {
                return look.reply;
            }
            if look.depends != depends {
                depends = look.depends;
                break;
            }
            // While it waits, a caller costs no body.
            drop(look);
            let go_on = tokio::select! {
                () = waiting.changed() => true,
                () = &mut over => false,
                _ = draining.wait_for(|draining| *draining) => false,
            };
            if !go_on {
                return request.look(app).await.reply;
            }
        }
    }
}
