//! The folders and files of a run.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;

/// The folder of keys and state.
const STATE: &str = "state";

/// The folder of a run.
#[derive(Debug, Clone)]
pub struct Layout {
    folder: PathBuf,
    /// A short path: the path of a socket has at most 108 bytes.
    sockets: PathBuf,
}

impl Layout {
    /// Creates the folder, in place of that of an earlier run.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        Disk::unmount(&folder.join(STATE));
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        for part in ["history", "logs", "keys", STATE] {
            std::fs::create_dir_all(folder.join(part))?;
        }
        let sockets = std::env::temp_dir().join(format!("hecate-soak-{}", std::process::id()));
        std::fs::create_dir_all(&sockets)?;
        Ok(Self {
            folder: std::path::absolute(folder)?,
            sockets,
        })
    }

    /// Returns the folder of the run.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of the histories.
    #[must_use]
    pub fn histories(&self) -> PathBuf {
        Self::histories_of(&self.folder)
    }

    /// Returns the folder of the histories in the folder of a run.
    #[must_use]
    pub fn histories_of(folder: &Path) -> PathBuf {
        folder.join("history")
    }

    /// Returns the history of a process.
    pub(super) fn history(&self, process: &str) -> PathBuf {
        self.histories().join(format!("{process}.jsonl"))
    }

    /// Returns the log of a process.
    pub(super) fn log(&self, process: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{process}.log"))
    }

    /// Returns the file with the last metrics of a process.
    pub(super) fn metrics(&self, process: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{process}.metrics"))
    }

    /// Returns the folder of all keys and state of services and stations.
    pub(super) fn states(&self) -> PathBuf {
        self.folder.join(STATE)
    }

    /// Returns the folder of a service's or station's keys and state.
    pub(super) fn state(&self, name: &str) -> PathBuf {
        self.states().join(name)
    }

    /// Returns the key of a caller.
    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(format!("{name}.key"))
    }

    /// Returns the files of a caller's tokens, without their extension.
    pub(super) fn token(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(format!("{name}.token"))
    }

    /// Returns the file with the offset of a process's clock.
    pub(super) fn clock(&self, name: &str) -> PathBuf {
        self.folder.join("keys").join(format!("{name}.clock"))
    }

    /// Returns the health socket of a service.
    pub(super) fn socket(&self, name: &str) -> PathBuf {
        self.sockets.join(format!("{name}.sock"))
    }
}
