//! The `metactl` binary: everything is in the library.

use std::process::ExitCode;

/// Requests are many small pieces of memory: what comes with the system takes longer
/// for them, and its fragments grow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    metactl::run::main()
}
