//! The Unix socket of the health listener: accessible only to its owner, and removed when the
//! service stops.

use std::fs::{File, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{UnixListener, UnixSocket, UnixStream};

/// Timeout of the connection that checks whether another process is listening.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of connections that wait to be accepted, as in the standard library.
const BACKLOG: u32 = 128;

/// Error of a socket that cannot be bound.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    #[error(
        "the health socket `{}` is in use: another process answers on it; stop that process, or set another \
         HECATE_HEALTH_SOCKET",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error(
        "the health socket cannot replace `{}`, which is not a socket; move that file away, or set another \
         HECATE_HEALTH_SOCKET",
        path.display()
    )]
    NotASocket { path: PathBuf },
    #[error(
        "the health socket `{}` cannot be created: {source}; make its folder writable, or set another \
         HECATE_HEALTH_SOCKET",
        path.display()
    )]
    NotCreated { path: PathBuf, source: io::Error },
}

/// File of the socket, removed on drop unless another file has replaced it.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    file: (u64, u64),
}

/// Binds the socket at `path`. A stale socket is replaced.
pub(super) async fn bind(path: &Path) -> Result<(UnixListener, SocketFile), SocketError> {
    let not_created = |source| SocketError::NotCreated {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(not_created)?;
    }
    remove_stale(path).await?;
    let listener = listen(path).map_err(not_created)?;
    let file = SocketFile::new(path).map_err(not_created)?;
    std::fs::set_permissions(path, owner_only()).map_err(not_created)?;
    Ok((listener, file))
}

/// Creates the socket file, on Linux with its final mode: a client that connects before a later
/// `chmod` stays connected. Other systems do not take the mode of the file from that of the socket.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let socket = UnixSocket::new_stream()?;
    let descriptor = File::from(socket.as_fd().try_clone_to_owned()?);
    if cfg!(target_os = "linux") {
        descriptor.set_permissions(owner_only())?;
    }
    socket.bind(path)?;
    socket.listen(BACKLOG)
}

fn owner_only() -> Permissions {
    Permissions::from_mode(0o600)
}

async fn remove_stale(path: &Path) -> Result<(), SocketError> {
    let not_created = |source| SocketError::NotCreated {
        path: path.to_owned(),
        source,
    };
    match path.symlink_metadata() {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            return Err(SocketError::NotASocket {
                path: path.to_owned(),
            });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(not_created(error)),
    }
    match tokio::time::timeout(CONNECT_TIMEOUT, UnixStream::connect(path)).await {
        // Only this error means that nothing is listening; a listener may be slow to accept.
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(not_created)
        }
        _ => Err(SocketError::InUse {
            path: path.to_owned(),
        }),
    }
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        let found = path.symlink_metadata()?;
        Ok(Self {
            path: path.to_owned(),
            file: (found.dev(), found.ino()),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let found = self.path.symlink_metadata();
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.file) {
            // A file that cannot be removed is stale, and is replaced at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_is_accessible_to_its_owner_only_and_removed_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/health.sock");
        let (listener, file) = bind(&path).await.unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        drop((listener, file));
        assert!(!path.exists());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_socket_is_never_accessible_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("health.sock");
        let _listener = listen(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_stale_socket_is_replaced_and_a_live_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("health.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it is left behind");
        let _first = bind(&path).await.unwrap();
        let error = bind(&path).await.unwrap_err();
        assert!(matches!(error, SocketError::InUse { .. }), "{error}");
        assert!(UnixStream::connect(&path).await.is_ok(), "it still listens");
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_socket_is_refused_and_not_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("health.sock");
        std::fs::write(&path, "mine").unwrap();
        let error = bind(&path).await.unwrap_err();
        assert!(matches!(error, SocketError::NotASocket { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }

    #[tokio::test]
    async fn the_socket_of_a_successor_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("health.sock");
        let (listener, file) = bind(&path).await.unwrap();
        std::fs::rename(&path, dir.path().join("moved")).unwrap();
        let _successor = bind(&path).await.unwrap();
        drop((listener, file));
        assert!(path.exists());
    }
}
