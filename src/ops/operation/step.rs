//! What one phase changes in the tree.

use crate::store::{Changes, Guard};

/// Changes, and what they were decided on; both go into the phase's one commit.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub changes: Changes,
    pub guards: Vec<Guard>,
}
