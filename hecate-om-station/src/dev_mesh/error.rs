//! Errors of joining the mesh of a machine.

use std::io;
use std::path::PathBuf;

use crate::StationError;

/// Reason why [`DevMesh::join`](super::DevMesh::join) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevMeshError {
    /// The mesh's directory or a file in it could not be read or written.
    #[error("the development mesh's `{}` cannot be used: {source}; make it writable by this user or name another directory", path.display())]
    Path {
        /// The directory or file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The directory is below the temporary directory that all users share, and other users can
    /// write to it.
    #[error("`{}` is in a temporary directory shared by all users, and other users can write to it; set `HOME` or `XDG_STATE_HOME` to a directory of this user, or remove it", path.display())]
    SharedDirectory {
        /// The part of the directory's path that other users can write to.
        path: PathBuf,
    },
    /// `mesh.json` has invalid contents.
    #[error("the mesh file `{}` is damaged: {problem}; remove it, and the process that runs the station writes it again when it starts", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem with the contents.
        problem: String,
    },
    /// The mesh in the directory has another crypto profile.
    #[error("the development mesh in `{}` has the profile `{existing}`, but `{requested}` was requested; use `{existing}`, or another directory", path.display())]
    OtherProfile {
        /// The mesh file.
        path: PathBuf,
        /// The mesh's profile.
        existing: String,
        /// The requested profile.
        requested: String,
    },
    /// The station did not start in this process.
    #[error("the development mesh's station did not start: {0}")]
    Station(#[from] StationError),
    /// Another process holds the lock, but did not start the station in time.
    #[error("another process has locked `{}` and did not start the station within {seconds} s; stop that process{}", path.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    NoHost {
        /// The lock file.
        path: PathBuf,
        /// The process that last hosted the mesh, if known.
        pid: Option<u32>,
        /// Time that the process waited, in seconds.
        seconds: u64,
    },
}
