//! What goes wrong outside: killed and frozen processes, full disks, wrong files.

mod etcd_access;
mod etcd_away;
mod etcd_foreign;
mod etcd_limits;
mod etcd_outcome;
mod etcd_watch;
mod http_outcome;
mod rehearsals;
mod sqlite_bounds;
mod sqlite_files;
mod sqlite_processes;
mod watch;
mod watch_etcd;
mod watch_sqlite;
