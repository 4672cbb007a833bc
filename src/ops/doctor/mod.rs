//! The check-up of a store: what is wrong, and mending what is safe.

mod everything;
pub mod examine;
pub mod mend;
mod when;
mod writer;

#[cfg(test)]
mod tests;
