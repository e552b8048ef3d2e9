//! Keys on disk, in macula's key file form: made where missing, refused where
//! damaged, never replaced.

use std::io;
use std::path::Path;

use macula_rust::node_key::{KeyFileError, NodeKey, Purpose};
use macula_rust::profile::Profile;

use crate::StationError;

/// No admission puzzle: realm and org keys open no connection.
pub(crate) const NO_PUZZLE: u32 = 0;

/// The key kept at `path`, or a new one kept there first. `difficulty` is the
/// admission puzzle a new key's node id solves; a station's own key needs
/// macula's, as any node's.
pub(crate) fn load_or_generate(
    path: &Path,
    profile: Profile,
    difficulty: u32,
) -> Result<NodeKey, StationError> {
    // The link itself is asked for, so that a dangling one is not taken for a
    // missing file and written through.
    match std::fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            let key = NodeKey::generate_identity(profile, difficulty)
                .map_err(|why| StationError::crypto("key", &why))?;
            key.save(path).map_err(|why| refused(path, profile, why))?;
            Ok(key)
        }
        _ => refuse_other(path).and_then(|()| {
            NodeKey::load(path, Purpose::Identity, profile)
                .map_err(|why| refused(path, profile, why))
        }),
    }
}

/// Refuses what exists and is not a regular file: reading a device may have no
/// end, and opening a pipe waits for its writer.
fn refuse_other(path: &Path) -> Result<(), StationError> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(StationError::File {
            path: path.to_path_buf(),
            source: io::Error::other("it is not a regular file"),
        }),
        _ => Ok(()),
    }
}

/// Gives `path` a copy of the key file `given`, unless there is something.
pub(crate) fn copy_if_missing(given: &Path, path: &Path) -> Result<(), StationError> {
    match std::fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            // With its mode, which lets its owner alone read it.
            std::fs::copy(given, path).map_err(|source| StationError::File {
                path: given.to_path_buf(),
                source,
            })?;
            Ok(())
        }
        // What is there is read, and refused where it is no key.
        _ => Ok(()),
    }
}

fn refused(path: &Path, profile: Profile, why: KeyFileError) -> StationError {
    let path = path.to_path_buf();
    match why {
        KeyFileError::Io(source) => StationError::File { path, source },
        KeyFileError::WrongProfile(kept) => StationError::OtherProfile {
            path,
            kept: kept.name().to_owned(),
            wanted: profile.name().to_owned(),
        },
        KeyFileError::Permissions | KeyFileError::Owner => StationError::File {
            path,
            source: io::Error::new(io::ErrorKind::PermissionDenied, why.to_string()),
        },
        damaged => StationError::Damaged {
            path,
            what: damaged.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_given_the_key_once_and_what_is_there_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let load = |name| load_or_generate(&at(name), Profile::PqPure, NO_PUZZLE).unwrap();
        let (given, other) = (load("given").node_id(), load("other").node_id());
        copy_if_missing(&at("given"), &at("kept")).unwrap();
        assert_eq!(load("kept").node_id(), given);
        copy_if_missing(&at("other"), &at("kept")).unwrap();
        assert_eq!(load("kept").node_id(), given);
        assert_ne!(given, other);
        let none = copy_if_missing(&at("nowhere"), &at("new")).unwrap_err();
        assert!(matches!(none, StationError::File { .. }), "{none}");
    }
}
