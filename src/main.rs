//! The `metactl` binary: everything is in the library.

use std::process::ExitCode;

/// Requests are many small pieces of memory, from one thread to the other: what
/// comes with the system takes twice as long for them, and grows with its fragments.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    metactl::run::main()
}
