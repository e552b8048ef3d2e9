//! Node key: generated and saved on the first boot, loaded later. An invalid key file is refused
//! and never replaced.

use std::error::Error;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use macula_rust::node_key::{KeyFileError, NodeKey};

use super::macula_profile;
use crate::boot_refusal::Reason;
use crate::capability::NodeId;
use crate::cause::Cause;
use crate::config::Profile;
use crate::regular_file;

/// Key of this node. The key file is locked by this process.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) key: Arc<NodeKey>,
    pub(crate) node_id: NodeId,
    /// Lock of the key file until the process ends: two processes with one key would close each
    /// other's links forever.
    _lock: Option<Arc<File>>,
}

/// Why the identity could not be loaded or created. An existing key file is unchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    #[error(
        "the node key `{}` cannot be used: {reason}; restore it from a backup, because the realm's grants are bound \
         to it, or move it away to become a new node. The file is unchanged", path.display()
    )]
    Unloadable {
        path: PathBuf,
        #[source]
        reason: Cause,
    },
    #[error(
        "other users may read the node key `{}`; `chmod 600` it, and consider whether somebody has copied it. The \
         file is unchanged", path.display()
    )]
    Readable { path: PathBuf },
    #[error(
        "the node key `{}` cannot be created: {reason}; make its folder writable for the first start, or put a key \
         there. Without a saved key, each start would be a new node", path.display()
    )]
    Unsaveable {
        path: PathBuf,
        #[source]
        reason: Cause,
    },
    #[error(
        "the node key `{}` is of the profile {found}, and the realm's is {wanted}; set `HECATE_PROFILE={found}` if \
         that is the realm's profile, or use another `HECATE_SECRETS_DIR` for a key of the profile {wanted}. The \
         file is unchanged", path.display()
    )]
    WrongProfile {
        path: PathBuf,
        found: &'static str,
        wanted: &'static str,
    },
    #[error(
        "the node key `{}` is in use by another process on this machine; stop that process, or set another \
         `HECATE_SECRETS_DIR` for this one. Two processes with one key would end each other's links", path.display()
    )]
    InUse { path: PathBuf },
}

impl IdentityError {
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Unloadable { .. } | Self::Readable { .. } => Reason::IDENTITY_KEY_UNLOADABLE,
            Self::Unsaveable { .. } => Reason::IDENTITY_KEY_UNSAVEABLE,
            Self::WrongProfile { .. } => Reason::IDENTITY_KEY_WRONG_PROFILE,
            Self::InUse { .. } => Reason::IDENTITY_KEY_IN_USE,
        }
    }
}

/// Error of a key file that the user has named, outside a service's secrets folder.
#[derive(Debug)]
pub(crate) struct NamedKeyError(pub(crate) IdentityError);

impl fmt::Display for NamedKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            IdentityError::WrongProfile {
                path,
                found,
                wanted,
            } => write!(
                f,
                "the node key `{}` is of the profile {found}, and the mesh's is {wanted}; use one file for each \
                 profile. The file is unchanged",
                path.display()
            ),
            IdentityError::InUse { path } => write!(
                f,
                "the node key `{}` is in use by another process on this machine; wait until that process ends, or \
                 name another file",
                path.display()
            ),
            other => other.fmt(f),
        }
    }
}

impl Error for NamedKeyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl Identity {
    /// Loads the key at `path`. Generates and saves a key if the file does not exist.
    pub(crate) fn load_or_create(path: &Path, profile: Profile) -> Result<Self, IdentityError> {
        regular_file::refuse_other(path).map_err(|error| IdentityError::Unloadable {
            path: path.to_owned(),
            reason: Cause::new(error),
        })?;
        let absent = is_absent(path);
        let key = NodeKey::load_or_create(path, macula_profile(profile))
            .map_err(|error| key_file_error(path, profile, absent, error))?;
        let lock = lock(path)?;
        Self::new(key, lock).map_err(|reason| IdentityError::Unloadable {
            path: path.to_owned(),
            reason: Cause::new(reason),
        })
    }

    /// Generates a key that is not saved.
    pub(crate) fn ephemeral(profile: Profile) -> Result<Self, String> {
        let key = NodeKey::generate_identity(
            macula_profile(profile),
            macula_rust::node_key::PUZZLE_DIFFICULTY,
        )
        .map_err(|error| error.to_string())?;
        Self::new(key, None)
    }

    /// Generates a key without the work that a station requires of it.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        let key = NodeKey::generate_identity(macula_rust::profile::Profile::PqPure, 0);
        Self::new(key.expect("a key can be generated"), None).expect("the key has an id")
    }

    fn new(key: NodeKey, lock: Option<File>) -> Result<Self, String> {
        let node_id = key.node_id().map_err(|error| error.to_string())?;
        Ok(Self {
            key: Arc::new(key),
            node_id: NodeId::from_bytes(node_id),
            _lock: lock.map(Arc::new),
        })
    }
}

/// Locks the key file. Returns `None` on a file system without locks.
fn lock(path: &Path) -> Result<Option<File>, IdentityError> {
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(IdentityError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Returns whether there is no file at `path`, including paths that no file can have.
fn is_absent(path: &Path) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(_) => false,
        Err(error) => matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
        ),
    }
}

fn key_file_error(
    path: &Path,
    profile: Profile,
    absent: bool,
    error: KeyFileError,
) -> IdentityError {
    let path = path.to_owned();
    match error {
        KeyFileError::WrongProfile(found) => IdentityError::WrongProfile {
            path,
            found: found.name(),
            wanted: profile.name(),
        },
        KeyFileError::Permissions => IdentityError::Readable { path },
        _ if absent => IdentityError::Unsaveable {
            path,
            reason: Cause::new(error),
        },
        _ => IdentityError::Unloadable {
            path,
            reason: Cause::new(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn at(dir: &tempfile::TempDir) -> PathBuf {
        dir.path().join("secrets/identity.key")
    }

    fn load(path: &Path) -> Result<Identity, IdentityError> {
        Identity::load_or_create(path, Profile::PqPure)
    }

    #[test]
    fn the_first_boot_generates_a_key_that_the_next_one_loads() {
        let dir = tempfile::tempdir().unwrap();
        let first = load(&at(&dir)).unwrap().node_id;
        assert_eq!(load(&at(&dir)).unwrap().node_id, first);
        let mode = std::fs::metadata(at(&dir)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_in_use_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _first = load(&at(&dir)).unwrap();
        let error = load(&at(&dir)).unwrap_err();
        assert!(matches!(error, IdentityError::InUse { .. }), "{error}");
    }

    #[test]
    fn a_corrupt_key_is_refused_and_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        drop(load(&at(&dir)).unwrap());
        std::fs::write(at(&dir), b"not a key").unwrap();
        let error = load(&at(&dir)).unwrap_err();
        assert!(matches!(error, IdentityError::Unloadable { .. }), "{error}");
        assert_eq!(std::fs::read(at(&dir)).unwrap(), b"not a key");
        let named = NamedKeyError(error);
        let source = named.source().expect("it has the SDK's error");
        assert!(source.is::<KeyFileError>(), "{source:?}");
    }

    #[test]
    fn a_key_that_other_users_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(load(&at(&dir)).unwrap());
        std::fs::set_permissions(at(&dir), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(
            load(&at(&dir)),
            Err(IdentityError::Readable { .. })
        ));
    }

    #[test]
    fn a_key_of_the_other_profile_is_refused_by_an_error_that_names_both() {
        let dir = tempfile::tempdir().unwrap();
        drop(load(&at(&dir)).unwrap());
        let before = std::fs::read(at(&dir)).unwrap();
        let error = Identity::load_or_create(&at(&dir), Profile::PqHybrid).unwrap_err();
        assert_eq!(error.reason(), Reason::IDENTITY_KEY_WRONG_PROFILE);
        let text = error.to_string();
        assert!(
            text.contains("profile pq_pure") && text.contains("realm's is pq_hybrid"),
            "{text}"
        );
        assert_eq!(std::fs::read(at(&dir)).unwrap(), before);
    }

    #[test]
    fn a_folder_or_a_dangling_link_at_the_keys_path_is_refused_and_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("identity.key");
        std::fs::create_dir(&folder).unwrap();
        let error = load(&folder).unwrap_err();
        assert_eq!(error.reason(), Reason::IDENTITY_KEY_UNLOADABLE, "{error}");
        assert!(folder.is_dir());

        let link = dir.path().join("link.key");
        std::os::unix::fs::symlink(dir.path().join("gone"), &link).unwrap();
        let error = load(&link).unwrap_err();
        assert_eq!(error.reason(), Reason::IDENTITY_KEY_UNLOADABLE, "{error}");
        assert!(link.is_symlink() && !dir.path().join("gone").exists());
    }

    #[test]
    fn a_key_that_cannot_be_saved_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        // A file in place of the folder, and a name beyond the maximum length: not even root can
        // create the key there.
        std::fs::write(dir.path().join("secrets"), b"").unwrap();
        let overlong = dir.path().join("x".repeat(300)).join("identity.key");
        for path in [at(&dir), overlong] {
            let error = load(&path).unwrap_err();
            assert_eq!(error.reason(), Reason::IDENTITY_KEY_UNSAVEABLE, "{error}");
        }
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing was made: {left:?}");
    }
}
