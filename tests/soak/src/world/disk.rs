//! The small disk with keys and state, which can be full.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Size of the disk.
const SIZE: &str = "size=16m";

/// A file that fills the disk.
const FILLER: &str = "filler";

/// A tmpfs, unmounted when dropped.
#[derive(Debug)]
pub(super) struct Disk(PathBuf);

impl Disk {
    /// Mounts the disk on a folder. Returns `None` if that is not allowed.
    pub(super) fn mount(folder: &Path) -> Option<Self> {
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        let mounted = status.is_ok_and(|status| status.success());
        mounted.then(|| Self(folder.to_owned()))
    }

    /// Unmounts the disk that a killed run has left on a folder.
    pub(super) fn unmount(folder: &Path) {
        // Usually nothing is mounted there.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(folder)
            .stderr(Stdio::null())
            .status();
    }

    /// Fills the disk.
    pub(super) fn fill(&self) -> io::Result<()> {
        let mut file = File::create(self.0.join(FILLER))?;
        let block = [0; 4096];
        while file.write_all(&block).is_ok() {}
        Ok(())
    }

    /// Frees the disk.
    pub(super) fn free(&self) -> io::Result<()> {
        std::fs::remove_file(self.0.join(FILLER))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Self::unmount(&self.0);
    }
}
