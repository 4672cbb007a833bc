//! Commands that another program has put into a slot: they get a record when their node
//! takes them.

use super::{prune, records};
use crate::error::Result;
use crate::model::command::{Order, Step, Target};
use crate::ops::view::View;
use crate::store::{Changes, Guard};

/// What a slot holds, and whose it is.
pub struct Found {
    pub id: String,
    pub command: String,
    /// In seconds.
    pub timeout: u32,
    /// The cluster's id.
    pub cluster: String,
    pub node: Target,
}

/// Adds the record of the command and its place in the list; gives the condition
/// on which that was decided.
pub async fn adopt(view: &View, found: Found, changes: &mut Changes) -> Result<Guard> {
    let order = Order {
        id: found.id,
        cluster: found.cluster,
        actor: String::new(),
        when: records::now(),
        service: None,
        steps: vec![Step {
            stage: 0,
            command: found.command,
            timeout: found.timeout,
            nodes: vec![found.node],
        }],
        parallel: None,
        max_fail: 0,
    };
    changes.put(&crate::model::command::order::path(&order.id)?, &order.write());
    prune::listed_now(view, &order, changes).await
}
