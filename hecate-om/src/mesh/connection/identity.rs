//! The node key: made and kept on first boot, otherwise loaded or refused, never replaced.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use macula_rust::node_key::{KeyFileError, NodeKey};

use crate::boot_refusal::Reason;
use crate::capability::NodeId;
use crate::config::Profile;
use crate::mesh::macula_profile;
use crate::regular_file;

/// This node's key, held by this process alone.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) key: Arc<NodeKey>,
    pub(crate) node_id: NodeId,
    /// Locked while the process lives: two processes of one key would take each other's links, in turn, for ever.
    _held: Option<Arc<File>>,
}

/// Why there is no identity. The file, where there is one, is as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    #[error(
        "the node key `{}` is there and cannot be used: {reason}; it was left as it is. Restore it from a backup: \
         the realm's grants are bound to it. Only to become a new node, move it away", path.display()
    )]
    Unloadable { path: PathBuf, reason: String },
    #[error(
        "the node key `{}` may be read by others, and was left as it is: `chmod 600` it, and think of whether another \
         has taken it", path.display()
    )]
    Open { path: PathBuf },
    #[error(
        "the node key `{}` cannot be made and kept: {reason}. A node without a kept key would be another node at \
         each start; make the folder writable for the first start, or put a key there", path.display()
    )]
    Unsaveable { path: PathBuf, reason: String },
    #[error(
        "the node key `{}` is one of the profile {found}, and the realm's is {wanted}; it was left as it is. Set \
         HECATE_PROFILE={found} where that is the realm's, or give this node a key of the other profile in another \
         HECATE_SECRETS_DIR", path.display()
    )]
    WrongProfile {
        path: PathBuf,
        found: &'static str,
        wanted: &'static str,
    },
    #[error(
        "the node key `{}` is in use by another process on this machine, and two of one key take each other's \
         links; stop the other, or give this one its own HECATE_SECRETS_DIR", path.display()
    )]
    InUse { path: PathBuf },
}

impl IdentityError {
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Unloadable { .. } | Self::Open { .. } => Reason::IDENTITY_KEY_UNLOADABLE,
            Self::Unsaveable { .. } => Reason::IDENTITY_KEY_UNSAVEABLE,
            Self::WrongProfile { .. } => Reason::IDENTITY_KEY_WRONG_PROFILE,
            Self::InUse { .. } => Reason::IDENTITY_KEY_IN_USE,
        }
    }

    /// The same of a key file that its user has named, not of one in a service's folder of secrets.
    pub(crate) fn of_file(&self) -> String {
        match self {
            Self::WrongProfile {
                path,
                found,
                wanted,
            } => format!(
                "the node key `{}` is one of the profile {found}, and the mesh's is {wanted}; it was left as it is. \
                 Name a file of its own for each profile",
                path.display()
            ),
            Self::InUse { path } => format!(
                "the node key `{}` is in use by another process on this machine, and two of one key take each \
                 other's links; wait for it to end, or name another file",
                path.display()
            ),
            other => other.to_string(),
        }
    }
}

impl Identity {
    /// The key at `path`, made there when nothing is.
    pub(crate) fn load_or_create(path: &Path, profile: Profile) -> Result<Self, IdentityError> {
        regular_file::refuse_other(path).map_err(|error| IdentityError::Unloadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let absent = nothing_at(path);
        let key = NodeKey::load_or_create(path, macula_profile(profile))
            .map_err(|error| wrong(path, profile, absent, &error))?;
        let held = hold(path)?;
        Self::of(key, held).map_err(|reason| IdentityError::Unloadable {
            path: path.to_owned(),
            reason,
        })
    }

    /// A key of this process only, for a client that need not be known again.
    pub(crate) fn ephemeral(profile: Profile) -> Result<Self, String> {
        let key = NodeKey::generate_identity(
            macula_profile(profile),
            macula_rust::node_key::PUZZLE_DIFFICULTY,
        )
        .map_err(|error| error.to_string())?;
        Self::of(key, None)
    }

    fn of(key: NodeKey, held: Option<File>) -> Result<Self, String> {
        let node_id = key.node_id().map_err(|error| error.to_string())?;
        Ok(Self {
            key: Arc::new(key),
            node_id: NodeId::from_bytes(node_id),
            _held: held.map(Arc::new),
        })
    }
}

/// Locks the key file. A file system that knows no locks is no reason not to start.
fn hold(path: &Path) -> Result<Option<File>, IdentityError> {
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

/// Whether there is no key, so that one had to be made. A path that no file can have is as empty as one that has none.
fn nothing_at(path: &Path) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(_) => false,
        Err(error) => matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
        ),
    }
}

fn wrong(path: &Path, profile: Profile, absent: bool, error: &KeyFileError) -> IdentityError {
    let path = path.to_owned();
    match error {
        KeyFileError::WrongProfile(found) => IdentityError::WrongProfile {
            path,
            found: found.name(),
            wanted: profile.name(),
        },
        KeyFileError::Permissions => IdentityError::Open { path },
        _ if absent => IdentityError::Unsaveable {
            path,
            reason: error.to_string(),
        },
        _ => IdentityError::Unloadable {
            path,
            reason: error.to_string(),
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
    fn a_first_boot_makes_a_key_that_the_next_one_loads() {
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
    fn a_corrupt_key_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        drop(load(&at(&dir)).unwrap());
        std::fs::write(at(&dir), b"not a key").unwrap();
        let error = load(&at(&dir)).unwrap_err();
        assert!(matches!(error, IdentityError::Unloadable { .. }), "{error}");
        assert_eq!(std::fs::read(at(&dir)).unwrap(), b"not a key");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(load(&at(&dir)).unwrap());
        std::fs::set_permissions(at(&dir), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load(&at(&dir)), Err(IdentityError::Open { .. })));
    }

    #[test]
    fn a_key_of_the_other_profile_is_refused_naming_both_and_left_as_it_is() {
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
    fn a_folder_or_a_link_to_nothing_in_the_keys_place_is_refused_and_left() {
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
    fn a_key_that_cannot_be_kept_is_no_key() {
        let dir = tempfile::tempdir().unwrap();
        // A file where the folder should be, and a name longer than any: not even root can make the key there.
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
