//! metad's protocol over sockets, line by line.

mod access;
mod forms;
mod refusals;
mod scene;
mod waiting;
