//! The terminal: what is printed, where, in which form and colour.

mod confirm;
pub mod document;
pub mod env;
pub mod escape;
pub mod fit;
pub mod format;
pub mod hangup;
pub mod out;
pub mod progress;
pub mod rows;
pub mod styles;
pub mod table;
mod terminal;
pub mod tree;

pub use escape::escape;
pub use format::{Format, Report};
pub use out::Out;
pub use progress::Progress;
pub use rows::Rows;
pub use styles::Styles;
pub use table::{Cell, Table};
pub use terminal::{Color, Options, Ui};
pub use tree::Tree;
