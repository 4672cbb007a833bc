//! Google's metadata protocol, over sockets and with real clients.

mod answers;
mod clients;
mod forms;
mod guest;
mod refused;
pub mod scene;
mod tokens;
mod waiting;
