//! The store on etcd v3: metad's layout, one transaction and one revision for a commit.

mod commit;
mod compose;
mod fault;
mod gather;
mod layout;
mod lease;
mod limits;
mod link;
mod names;
mod options;
mod plan;
mod ranges;
mod read;
mod status;
mod store;
mod survey;
mod watch;
mod work;

pub use options::{EtcdOptions, EtcdTls};
pub use store::Etcd;
