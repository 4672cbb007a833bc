//! Cases of a new cluster.
