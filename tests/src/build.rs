//! The binaries under test, built once by the cargo that runs the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

/// The packages whose binaries are tested.
const PACKAGES: [&str; 5] = [
    "hecate-configured",
    "hecate-om-cli",
    "hecate-echo",
    "hecate-rag",
    "hecate-trial",
];

/// This package, selected with them for the features of its dependencies, which `cargo test` has
/// built.
const THIS: &str = env!("CARGO_PKG_NAME");

static SELECTED: OnceLock<&[&str]> = OnceLock::new();

static BINARIES: LazyLock<PathBuf> = LazyLock::new(|| {
    let profile_dir = profile_dir();
    let status = build_command(&profile_dir)
        .status()
        .expect("cargo can be run");
    assert!(status.success(), "the binaries under test do not build");
    profile_dir
});

/// Returns the folder of the test binary's build: the test binary is `<profile>/deps/it-…`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile_dir = test.ancestors().find(|dir| {
        dir.file_name()
            .is_some_and(|name| name == "debug" || name == "release")
    });
    let profile_dir = profile_dir.expect("a test binary is in the target folder");
    profile_dir.to_owned()
}

/// Returns the command that builds the binaries under test.
fn build_command(profile_dir: &Path) -> Command {
    let mut command = cargo();
    command.current_dir(workspace()).args(["build", "--quiet"]);
    if profile_dir.ends_with("release") {
        command.arg("--release");
    }
    let packages = SELECTED.get().copied().unwrap_or(&PACKAGES);
    for package in packages.iter().chain([&THIS]) {
        command.args(["-p", package]);
    }
    command
}

/// Returns cargo's JSON messages about the binaries under test and their dependencies.
///
/// # Panics
///
/// If the binaries do not build.
#[must_use]
pub fn build_messages() -> Vec<Value> {
    let mut command = build_command(&profile_dir());
    let built = command.arg("--message-format=json").output();
    let built = built.expect("cargo can be run");
    assert!(built.status.success(), "{built:?}");
    let lines = built.stdout.split(|byte| *byte == b'\n');
    let messages = lines.filter(|line| !line.is_empty());
    let messages = messages.map(|line| serde_json::from_slice(line).expect("cargo writes JSON"));
    messages.collect()
}

/// Builds the program of the workspace in `folder`, with the profile of the test binary, and returns
/// its path.
///
/// # Panics
///
/// If the program does not build.
#[must_use]
pub fn binary_of_workspace(folder: &str, program: &str) -> PathBuf {
    let profile_dir = profile_dir();
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--locked", "--target-dir"])
        .arg(profile_dir.join(".."))
        .arg("--manifest-path")
        .arg(workspace().join(folder).join("Cargo.toml"));
    if profile_dir.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().expect("cargo can be run");
    assert!(status.success(), "`{program}` does not build");
    profile_dir.join(program)
}

/// Returns a `cargo` command without the variables that the outer cargo sets for this package.
///
/// Build scripts such as ring's declare these variables as inputs, so other values would compile
/// them and all their dependents again.
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

/// Returns the workspace's folder.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
}

/// Builds the binaries of only these packages, to save time. Has no effect once they are built.
pub fn build_only(packages: &'static [&'static str]) {
    let _ = SELECTED.set(packages);
}

/// Returns the path of a binary under test.
///
/// # Panics
///
/// If the binary does not build.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    BINARIES.join(name)
}
