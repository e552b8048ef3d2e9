//! Wall clocks of single processes, by libfaketime.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Layout;
use super::python::python;
use crate::plan::{FaultKind, SET_CLOCKS};

/// Folders in which distributions install the library.
const INSTALLED: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// Gives a process a clock that can be set, if it is one of those and the library is there.
pub(super) fn prepare(layout: &Layout, name: &str, command: &mut Command) -> io::Result<()> {
    if !SET_CLOCKS.contains(&name) {
        return Ok(());
    }
    let Some(library) = library() else {
        return Ok(());
    };
    let file = layout.clock(name);
    if !file.exists() {
        std::fs::write(&file, "+0s")?;
    }
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_CACHE_DURATION", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Ok(())
}

/// Returns whether clocks can be set.
pub(super) fn is_possible() -> bool {
    library().is_some()
}

/// Sets the clock of a process, for a kind of fault, or `None` for the right time. It is read again
/// within a second.
pub(super) fn set(layout: &Layout, name: &str, kind: Option<FaultKind>) -> io::Result<()> {
    let offset = match kind {
        Some(FaultKind::ClockForward) => "+90s",
        Some(FaultKind::ClockBack) => "-90s",
        Some(FaultKind::ClockFar) => "+3600s",
        _ => "+0s",
    };
    std::fs::write(layout.clock(name), offset)
}

/// Returns the library: the distribution's, or that of the package `libfaketime` of Python.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(find).as_deref()
}

fn find() -> Option<PathBuf> {
    let installed = PathBuf::from(INSTALLED);
    if installed.exists() {
        return Some(installed);
    }
    let script = "import importlib.util as u; print(u.find_spec('libfaketime').submodule_search_locations[0])";
    let output = Command::new(python()?).args(["-c", script]).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let library = Path::new(folder.trim()).join("vendor/libfaketime/src/libfaketime.so.1");
    library.exists().then_some(library)
}
