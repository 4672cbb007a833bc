//! Cases of whole packages.
