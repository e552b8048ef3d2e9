//! The development mesh of a machine. One of the machine's programs hosts the station and the
//! others join the mesh; when the host exits, another program takes over the station.
//!
//! The programs share a directory. The process that holds the lock on the file `lock` hosts the
//! station. The station's keys, realm and port are in the directory and so stay the same;
//! `mesh.json` describes how to join. The operating system releases the lock when the process ends,
//! even after a crash.

mod directory;
mod election;
mod error;
mod mesh_file;

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use directory::default_state_dir;
pub use error::DevMeshError;
pub use mesh_file::{MeshFile, MeshRealm, MeshStation};

use crate::storage::REALM_KEY;
use crate::{Issuer, Profile};
use election::Member;

/// Returns the issuer of the development realm's tokens, whose key is in `directory`. Returns
/// `None` if no process ever hosted a mesh there.
///
/// # Errors
///
/// [`DevMeshError::Station`] if the key cannot be read or is damaged.
pub fn issuer(directory: &Path) -> Result<Option<Issuer>, DevMeshError> {
    Ok(Issuer::existing(&directory.join(REALM_KEY))?)
}

/// Returns the time since the host of the mesh in `directory` took the mesh over from another
/// process. The members may still be linking and advertising again. Returns `None` if the host
/// started the mesh, or if the clock was set back.
#[must_use]
pub fn since_take_over(directory: &Path) -> Option<Duration> {
    election::since_take_over(directory)
}

/// Membership in the mesh of this machine, until it is closed or dropped.
#[derive(Debug)]
pub struct DevMesh {
    file: MeshFile,
    files: watch::Receiver<MeshFile>,
    hosting: watch::Receiver<bool>,
    leave: DropGuard,
    member: JoinHandle<()>,
}

impl DevMesh {
    /// Joins the mesh in `directory`. If no process hosts the station, this process starts it;
    /// otherwise this function waits for up to 30 seconds until the host has started the station.
    /// From then on, this process takes over the station when the host exits.
    ///
    /// # Errors
    ///
    /// A [`DevMeshError`] if the directory cannot be used, the mesh has another profile, the
    /// station does not start in this process, or another process does not start it in time.
    pub async fn join(directory: &Path, profile: Profile) -> Result<Self, DevMeshError> {
        let member = Member::join(directory, profile).await?;
        let leaving = CancellationToken::new();
        Ok(Self {
            file: member.file(),
            files: member.watch_file(),
            hosting: member.hosting(),
            leave: leaving.clone().drop_guard(),
            member: tokio::spawn(member.run(leaving)),
        })
    }

    /// Returns the contents of `mesh.json` at the time when this process joined.
    pub fn file(&self) -> &MeshFile {
        &self.file
    }

    /// Watches `mesh.json`. While another process hosts the station, the file is read about once a
    /// second. It changes when the mesh moves to another port or when its directory is replaced; a
    /// linked process must then dial again.
    pub fn watch_file(&self) -> watch::Receiver<MeshFile> {
        self.files.clone()
    }

    /// Returns whether this process hosts the station.
    pub fn hosting(&self) -> bool {
        *self.hosting.borrow()
    }

    /// Watches [`hosting`](Self::hosting).
    pub fn watch_hosting(&self) -> watch::Receiver<bool> {
        self.hosting.clone()
    }

    /// Leaves the mesh. If this process hosts the station, the station is
    /// [closed](crate::Station::close) first; another process may take over the station once this
    /// function returns.
    pub async fn close(self) {
        drop(self.leave);
        let _ = self.member.await;
    }
}
