//! Why the mesh of this machine was not joined.

use std::io;
use std::path::PathBuf;

use crate::StationError;

/// Why [`DevMesh::join`](super::DevMesh::join) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevMeshError {
    /// The mesh's directory, or a file in it, could not be used.
    #[error("the development mesh's `{}` cannot be used: {source}; make it writable by this user or name another directory", path.display())]
    Path {
        /// The directory or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory lies in the temporary directory that all users share, and
    /// others can write to it.
    #[error("`{}` lies in a temporary directory shared by all users and is not this user's alone; set `HOME` or `XDG_STATE_HOME` to a directory of this user, or remove it", path.display())]
    Shared {
        /// The part of the directory's path that others can write to.
        path: PathBuf,
    },
    /// `mesh.json` is there and does not read.
    #[error("the mesh file `{}` is damaged: {what}; remove it, and the process that runs the station writes it anew when it starts", path.display())]
    Damaged {
        /// The file, left as it is.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The mesh kept in the directory is of another profile.
    #[error("`{}` tells of a development mesh of profile `{kept}`, and `{wanted}` was asked for; use `{kept}`, or another directory", path.display())]
    OtherProfile {
        /// The mesh file.
        path: PathBuf,
        /// The mesh's profile.
        kept: String,
        /// The profile asked for.
        wanted: String,
    },
    /// The station did not start in this process.
    #[error("the development mesh's station did not start: {0}")]
    Station(#[from] StationError),
    /// Another process holds the lock and did not bring the station up.
    #[error("another process holds `{}` and did not start the station within {seconds} s; stop that process{}", path.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    NoHost {
        /// The lock file.
        path: PathBuf,
        /// The process that last hosted, where known.
        pid: Option<u32>,
        /// How long was waited.
        seconds: u64,
    },
}
