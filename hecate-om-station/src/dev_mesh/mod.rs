//! The mesh of this machine: one of its programs runs the station, the others
//! join it, and when that program goes another takes its place.
//!
//! They meet in a directory. Whoever holds the lock on its `lock` file hosts
//! the station, whose keys, realm and port are kept there and so stay the
//! same; `mesh.json` tells everyone else how to join. The operating system
//! releases the lock of a process however it ends.

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

use crate::state::REALM_KEY;
use crate::{Issuer, Profile};
use election::Member;

/// The issuer of the development realm's tokens, whose key is kept in
/// `directory`; `None` if no mesh was ever hosted there.
///
/// # Errors
///
/// A key that cannot be read, or is damaged.
pub fn issuer(directory: &Path) -> Result<Option<Issuer>, DevMeshError> {
    Ok(Issuer::existing(&directory.join(REALM_KEY))?)
}

/// Returns how long ago a process took over the mesh kept in `directory` from the process that hosted it before. Its
/// members may still be linking and advertising again. `None` if its host started it, or if the clock was set back.
#[must_use]
pub fn since_take_over(directory: &Path) -> Option<Duration> {
    election::since_take_over(directory)
}

/// A place in the mesh of this machine, until closed or dropped.
#[derive(Debug)]
pub struct DevMesh {
    file: MeshFile,
    files: watch::Receiver<MeshFile>,
    hosting: watch::Receiver<bool>,
    leave: DropGuard,
    member: JoinHandle<()>,
}

impl DevMesh {
    /// Joins the mesh kept in `directory`: starts its station where nobody
    /// runs it, and otherwise waits, half a minute at most, until whoever does
    /// has written `mesh.json`. From then on this process stands ready to take
    /// the station over.
    ///
    /// # Errors
    ///
    /// A directory that cannot be used or keeps a mesh of another profile; a
    /// station that does not start ([`DevMeshError::Station`]); a host that
    /// does not come up in time.
    pub async fn join(directory: &Path, profile: Profile) -> Result<Self, DevMeshError> {
        let member = Member::join(directory, profile).await?;
        let leaving = CancellationToken::new();
        Ok(Self {
            file: member.file(),
            files: member.watch_file(),
            hosting: member.hosting(),
            leave: leaving.clone().drop_guard(),
            member: tokio::spawn(member.stay(leaving)),
        })
    }

    /// How the mesh was joined: `mesh.json` as this process found or wrote it.
    pub fn file(&self) -> &MeshFile {
        &self.file
    }

    /// Follows `mesh.json`, looked at every second or so while another process
    /// hosts. It changes when the mesh moves to another port, or was begun anew
    /// in its directory; a process that was linked before must dial again.
    pub fn watch_file(&self) -> watch::Receiver<MeshFile> {
        self.files.clone()
    }

    /// Whether this process runs the station now.
    pub fn hosting(&self) -> bool {
        *self.hosting.borrow()
    }

    /// Follows [`DevMesh::hosting`].
    pub fn watch_hosting(&self) -> watch::Receiver<bool> {
        self.hosting.clone()
    }

    /// Leaves the mesh. Where this process runs the station, the calls under way
    /// through it get five seconds to be answered, its clients are told goodbye,
    /// and another process may take it over once this returns.
    pub async fn close(self) {
        drop(self.leave);
        let _ = self.member.await;
    }
}
