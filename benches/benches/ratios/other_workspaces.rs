//! Programs of workspaces of their own.

use std::path::PathBuf;

use hecate_om_tests::{cargo, workspace};

/// Builds the program of the workspace in `folder`, and returns its path.
pub(crate) fn build(folder: &str, program: &str) -> PathBuf {
    let target = workspace().join("target");
    let built = cargo()
        .args(["build", "--quiet", "--release", "--locked", "--target-dir"])
        .arg(&target)
        .arg("--manifest-path")
        .arg(workspace().join(folder).join("Cargo.toml"))
        .status();
    assert!(built.expect("cargo can be run").success());
    target.join("release").join(program)
}
