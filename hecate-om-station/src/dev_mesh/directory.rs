//! The directory of the development mesh of a machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::DevMeshError;
use crate::storage::create_private_directory;

/// Returns the default state directory of this machine's mesh: `$XDG_STATE_HOME/hecate/dev-mesh`,
/// or `~/.local/state/hecate/dev-mesh`, or, without a home directory, `hecate/dev-mesh` in the
/// temporary directory. Services use the same default.
pub fn default_state_dir() -> PathBuf {
    state_dir(|variable| std::env::var_os(variable))
}

fn state_dir(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    // An empty variable, and one whose value is an unexpanded `${…}`, counts as unset.
    let set = |name: &str| {
        variable(name).filter(|value| {
            let value = value.to_string_lossy();
            let value = value.trim();
            !(value.is_empty() || value.starts_with("${") && value.ends_with('}'))
        })
    };
    // The XDG Base Directory specification ignores a relative `XDG_STATE_HOME`.
    let state = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    state
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
        .join("hecate")
        .join("dev-mesh")
}

/// Creates `directory` if it is missing. A directory below the shared temporary directory must
/// belong to this user, because any user may have created it.
pub(super) fn prepare(directory: &Path) -> Result<(), DevMeshError> {
    let created = create_private_directory(directory);
    let created = created.map_err(|source| DevMeshError::Path {
        path: directory.to_path_buf(),
        source,
    });
    #[cfg(unix)]
    match check_owner(directory, &std::env::temp_dir()) {
        // Another user's directory may also be why the directory could not be created.
        Err(shared @ DevMeshError::SharedDirectory { .. }) => Err(shared),
        checked => created.and(checked),
    }
    #[cfg(not(unix))]
    created
}

/// Refuses a `directory` below `shared` that other users can write to or replace.
#[cfg(unix)]
fn check_owner(directory: &Path, shared: &Path) -> Result<(), DevMeshError> {
    use std::os::unix::fs::MetadataExt;

    let Ok(below) = directory.strip_prefix(shared) else {
        return Ok(());
    };
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| DevMeshError::Path { path, source }
    };
    // The standard library cannot return the user's id, so the id is read from a new file.
    let user = tempfile::tempfile_in(shared)
        .and_then(|file| file.metadata())
        .map_err(failed(shared))?
        .uid();
    let mut path = shared.to_path_buf();
    for part in below {
        path.push(part);
        // Do not follow a symbolic link: another user's link may point anywhere.
        let metadata = std::fs::symlink_metadata(&path).map_err(failed(&path))?;
        if metadata.uid() != user || metadata.mode() & 0o022 != 0 {
            return Err(DevMeshError::SharedDirectory { path });
        }
        if metadata.mode() & 0o077 == 0 {
            // Other users cannot access anything below this directory.
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_directory_follows_the_environment() {
        let in_state = |variables: &[(&str, &str)]| {
            let dir = state_dir(|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| value.into())
            });
            let base = dir.strip_prefix(std::env::temp_dir());
            base.unwrap_or(&dir).to_str().unwrap().to_owned()
        };
        let home = ("HOME", "/home/a");
        assert_eq!(
            in_state(&[("XDG_STATE_HOME", "/state"), home]),
            "/state/hecate/dev-mesh"
        );
        for unset in ["", "relative", "${XDG_STATE_HOME}"] {
            assert_eq!(
                in_state(&[("XDG_STATE_HOME", unset), home]),
                "/home/a/.local/state/hecate/dev-mesh",
                "{unset}"
            );
        }
        assert_eq!(
            in_state(&[]),
            "hecate/dev-mesh",
            "in the temporary directory"
        );
        assert_eq!(in_state(&[("HOME", "${HOME}")]), "hecate/dev-mesh");
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_to_is_refused_in_a_shared_one() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt;

        let shared = tempfile::tempdir().unwrap();
        let hecate = shared.path().join("hecate");
        let directory = hecate.join("dev-mesh");
        create_private_directory(&directory).unwrap();
        let check = || check_owner(&directory, shared.path());
        check().unwrap();
        let mode = |path: &Path, mode| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        mode(&hecate, 0o777);
        let refused = check().unwrap_err();
        assert!(
            matches!(&refused, DevMeshError::SharedDirectory { path } if *path == hecate),
            "{refused}"
        );
        assert!(refused.to_string().contains("XDG_STATE_HOME"), "{refused}");
        mode(&hecate, 0o755);
        check().unwrap();
        mode(&directory, 0o770);
        assert!(check().is_err());
        let elsewhere = tempfile::tempdir().unwrap();
        check_owner(&directory, elsewhere.path()).unwrap();
    }
}
