//! What goes wrong outside: killed and frozen processes, full disks, wrong files.

mod etcd;
mod sqlite_bounds;
mod sqlite_files;
mod sqlite_processes;
mod watch;
mod watch_etcd;
mod watch_sqlite;
