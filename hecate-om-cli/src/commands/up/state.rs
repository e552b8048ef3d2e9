//! What `up` tells `ps`, `logs` and `down`, in the folder of what cargo builds.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::workspace::Workspace;
use crate::output::Failure;

/// The folder, and its lock while `up` runs.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    /// Released by the system, however `up` ends.
    _lock: File,
}

/// A running `up`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Running {
    pub(super) pid: i32,
    pub(super) services: Vec<RunningService>,
}

/// A service of a running `up`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunningService {
    pub(super) name: String,
    pub(super) socket: PathBuf,
}

impl State {
    /// Claims the workspace, in which one `up` runs at a time.
    pub(super) fn claim(workspace: &Workspace) -> Result<Self, Failure> {
        let folder = folder(&workspace.target);
        std::fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(Failure::new(
                "already_up",
                "`up` runs in this workspace already; see `hecate-om ps`, or end it with `hecate-om down`",
            )),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Returns the file of a service's log.
    pub(super) fn log(&self, service: &str) -> PathBuf {
        log(&self.folder, service)
    }

    /// Records the services.
    pub(super) fn record(&self, services: Vec<RunningService>) -> Result<(), Failure> {
        let pid = i32::try_from(std::process::id()).unwrap_or_default();
        let running = Running { pid, services };
        let text = serde_json::to_string(&running).unwrap_or_default();
        // Readers see the old file or the new one.
        let written = self.folder.join("up.json.new");
        std::fs::write(&written, text)?;
        std::fs::rename(written, self.folder.join("up.json"))?;
        Ok(())
    }
}

/// Returns the folder in the folder of what cargo builds.
pub(super) fn folder(target: &Path) -> PathBuf {
    target.join("hecate-om-up")
}

pub(super) fn log(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.log"))
}

/// Returns whether `up` runs.
pub(super) fn is_up(folder: &Path) -> bool {
    let lock = File::open(folder.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Returns the `up` that runs in the folder.
pub(super) fn running(folder: &Path) -> Option<Running> {
    if !is_up(folder) {
        return None;
    }
    let text = std::fs::read_to_string(folder.join("up.json")).ok()?;
    serde_json::from_str(&text).ok()
}
