//! The binary `hecate-om`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hecate_om_cli::main()
}
