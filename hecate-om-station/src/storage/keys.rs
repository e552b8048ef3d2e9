//! Keys on disk, in the format of macula's key files: generated if missing, refused if damaged,
//! never replaced.

use std::io;
use std::path::Path;

use macula_rust::node_key::{KeyFileError, NodeKey, Purpose};
use macula_rust::profile::Profile;

use crate::StationError;

/// Difficulty for a key without an admission puzzle: realm and org keys open no connections.
pub(crate) const NO_PUZZLE: u32 = 0;

/// Loads the key at `path`, or generates and saves a key. `difficulty` is the difficulty of the
/// admission puzzle that a new key's node id must solve; nodes need macula's difficulty.
pub(crate) fn load_or_generate(
    path: &Path,
    profile: Profile,
    difficulty: u32,
) -> Result<NodeKey, StationError> {
    // Do not follow a symbolic link: a dangling link is not a missing file to create.
    match std::fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            let key = NodeKey::generate_identity(profile, difficulty)
                .map_err(|error| StationError::crypto("key", &error))?;
            key.save(path)
                .map_err(|error| key_file_error(path, profile, error))?;
            Ok(key)
        }
        _ => check_regular_file(path).and_then(|()| {
            NodeKey::load(path, Purpose::Identity, profile)
                .map_err(|error| key_file_error(path, profile, error))
        }),
    }
}

/// Refuses a path that is not a regular file: reading a device may not end, and opening a pipe
/// waits for a writer.
fn check_regular_file(path: &Path) -> Result<(), StationError> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(StationError::File {
            path: path.to_path_buf(),
            source: io::Error::other("it is not a regular file"),
        }),
        _ => Ok(()),
    }
}

/// Copies the key file `source` to `path`, unless `path` exists.
pub(crate) fn copy_if_missing(source: &Path, path: &Path) -> Result<(), StationError> {
    match std::fs::symlink_metadata(path) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            // The mode is copied too, so that only the file's owner can read the copy.
            std::fs::copy(source, path).map_err(|error| StationError::File {
                path: source.to_path_buf(),
                source: error,
            })?;
            Ok(())
        }
        // Loading the key refuses anything else.
        _ => Ok(()),
    }
}

fn key_file_error(path: &Path, profile: Profile, error: KeyFileError) -> StationError {
    let path = path.to_path_buf();
    match error {
        KeyFileError::Io(source) => StationError::File { path, source },
        KeyFileError::WrongProfile(existing) => StationError::OtherProfile {
            path,
            existing: existing.name().to_owned(),
            requested: profile.name().to_owned(),
        },
        KeyFileError::Permissions | KeyFileError::Owner => StationError::File {
            path,
            source: io::Error::new(io::ErrorKind::PermissionDenied, error.to_string()),
        },
        damaged => StationError::Damaged {
            path,
            problem: damaged.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_copied_only_into_a_directory_without_one() {
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
