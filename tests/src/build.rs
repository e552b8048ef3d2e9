//! The binaries under test, built once by the same cargo that runs the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The packages whose binaries are tested.
const PACKAGES: [&str; 4] = ["hecate-om-cli", "hecate-echo", "hecate-rag", "hecate-trial"];

/// This package, selected with them for the features of its dependencies, which `cargo test` has built.
const THIS: &str = env!("CARGO_PKG_NAME");

static DIR: LazyLock<PathBuf> = LazyLock::new(|| {
    let profile = profile();
    let status = build(&profile).status().expect("cargo can be run");
    assert!(status.success(), "the binaries under test do not build");
    profile
});

/// The folder of what cargo builds for these tests: the test binary is `<profile>/deps/it-…`.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().find(|dir| {
        dir.file_name()
            .is_some_and(|name| name == "debug" || name == "release")
    });
    let profile = profile.expect("a test binary is in the target folder");
    profile.to_owned()
}

/// The build of the binaries under test.
fn build(profile: &Path) -> Command {
    let mut build = cargo();
    build.current_dir(workspace()).args(["build", "--quiet"]);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    for package in PACKAGES.into_iter().chain([THIS]) {
        build.args(["-p", package]);
    }
    build
}

/// What cargo reports of the binaries under test and of their dependencies, in JSON.
///
/// # Panics
///
/// Where they do not build.
#[must_use]
pub fn build_messages() -> Vec<Value> {
    let mut build = build(&profile());
    let built = build.arg("--message-format=json").output();
    let built = built.expect("cargo can be run");
    assert!(built.status.success(), "{built:?}");
    let lines = built.stdout.split(|byte| *byte == b'\n');
    let messages = lines.filter(|line| !line.is_empty());
    let messages = messages.map(|line| serde_json::from_slice(line).expect("cargo writes JSON"));
    messages.collect()
}

/// A `cargo` command without the variables that the outer cargo sets for this package.
///
/// Build scripts such as ring's declare these variables as inputs: with other values they run
/// again, and everything that depends on them is compiled again.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let of_package = |name: &str| {
            name == "OUT_DIR"
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
        };
        if name.to_str().is_some_and(of_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
}

/// The path of a binary under test.
///
/// # Panics
///
/// Where it does not build.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    DIR.join(name)
}
