//! The development mesh of a machine. One of its programs hosts the station and the others join it;
//! when that program exits, another one takes the station over.
//!
//! The programs share a directory. The process that holds the lock on its file `lock` hosts the
//! station, whose keys, realm and port are in the directory and so stay the same; `mesh.json` tells
//! the others how to join. The operating system releases the lock however a process ends.

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

/// Returns the issuer of the development realm's tokens, whose key is in `directory`; `None` if no
/// mesh was ever hosted there.
///
/// # Errors
///
/// [`DevMeshError::Station`] if the key cannot be read or is damaged.
pub fn issuer(directory: &Path) -> Result<Option<Issuer>, DevMeshError> {
    Ok(Issuer::existing(&directory.join(REALM_KEY))?)
}

/// Returns the time since the host of the mesh in `directory` took it over from another process.
/// Its members may still be linking and advertising again. `None` if the host started the mesh, or
/// if the clock was set back.
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
    /// Joins the mesh in `directory`. If no process hosts its station, it is started in this one;
    /// otherwise this waits for up to 30 seconds until the host has started it. From then on this
    /// process takes the station over when its host exits.
    ///
    /// # Errors
    ///
    /// A [`DevMeshError`] if the directory cannot be used, its mesh has another profile, the
    /// station does not start here, or another process does not start it in time.
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

    /// Returns `mesh.json` as it was when this process joined.
    pub fn file(&self) -> &MeshFile {
        &self.file
    }

    /// Watches `mesh.json`, which is read about once a second while another process hosts. It
    /// changes when the mesh moves to another port or its directory was replaced; a linked process
    /// has to dial again then.
    pub fn watch_file(&self) -> watch::Receiver<MeshFile> {
        self.files.clone()
    }

    /// Whether this process hosts the station.
    pub fn hosting(&self) -> bool {
        *self.hosting.borrow()
    }

    /// Watches [`hosting`](Self::hosting).
    pub fn watch_hosting(&self) -> watch::Receiver<bool> {
        self.hosting.clone()
    }

    /// Leaves the mesh. If this process hosts the station, the station is
    /// [closed](crate::Station::close) first; another process may take it over once this returns.
    pub async fn close(self) {
        drop(self.leave);
        let _ = self.member.await;
    }
}
