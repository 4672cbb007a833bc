//! Processes killed and frozen, servers with limits: what must not be lost then.

mod etcd;
