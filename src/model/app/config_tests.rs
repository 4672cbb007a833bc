//! Cases of `config.json`.
