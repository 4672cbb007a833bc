//! Cases of the rendered `cluster.json`.
