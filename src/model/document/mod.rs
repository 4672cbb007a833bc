//! Trees written as documents: YAML or JSON, read with their positions.

#[cfg(test)]
mod cases;
mod json;
mod walk;
mod yaml;

pub use walk::{Form, Source, Taken, read};
