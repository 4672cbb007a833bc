//! The `metactl` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    metactl::run::main()
}
