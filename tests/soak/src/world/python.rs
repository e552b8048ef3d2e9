//! The Python that runs the caller of another implementation.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::skipped;
use crate::plan::PYTHON_CALLER;

/// The caller.
pub(super) const SCRIPT: &str = include_str!("../../soak_caller.py");

/// Returns the caller in Python, if it can run.
pub(super) fn caller() -> io::Result<Option<&'static str>> {
    if python().is_none() {
        skipped(
            "the caller in Python; install tests/python/requirements.txt to run it",
            true,
        )?;
    }
    Ok(python().map(|_| PYTHON_CALLER))
}

/// Returns a Python with `macula-py`: the one that `.ci/run` installs, or `python3`.
pub(super) fn python() -> Option<PathBuf> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(find).clone()
}

fn find() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let installed = workspace.map(|workspace| workspace.join("target/python/bin/python3"));
    let named = std::env::var_os("SOAK_PYTHON").map(PathBuf::from);
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|folder| folder.join("python3"));
    let mut candidates = named.into_iter().chain(installed).chain(in_path);
    candidates.find(|python| {
        Command::new(python)
            .args(["-c", "import macula_py"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}
