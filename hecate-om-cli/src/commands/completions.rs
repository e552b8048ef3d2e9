//! `completions`: generates shell completions.

use clap_complete::Shell;
use serde_json::json;

use crate::output::{Failure, Output};

pub(crate) fn run(
    shell: Shell,
    mut command: clap::Command,
    output: &Output,
) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "hecate-om", &mut script);
    let script = String::from_utf8(script).map_err(|e| Failure::new("failed", e.to_string()))?;
    output.print_result(&json!({ "script": script }), || script.clone())
}
