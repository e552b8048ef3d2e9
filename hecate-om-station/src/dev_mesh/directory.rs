//! The directory the programs of this machine meet in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::DevMeshError;
use crate::state::create_private_directory;

/// Where the mesh of this machine keeps its state:
/// `$XDG_STATE_HOME/hecate/dev-mesh`, or `~/.local/state/hecate/dev-mesh`, or,
/// with no home directory, `hecate/dev-mesh` in the temporary directory. A
/// service's runtime looks in the same place.
pub fn default_state_dir() -> PathBuf {
    state_dir(|variable| std::env::var_os(variable))
}

fn state_dir(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    // A variable that is empty, or that whoever set it did not expand, is none.
    let set = |name: &str| {
        variable(name).filter(|value| {
            let value = value.to_string_lossy();
            let value = value.trim();
            !(value.is_empty() || value.starts_with("${") && value.ends_with('}'))
        })
    };
    // A relative `XDG_STATE_HOME` is to be ignored (XDG Base Directory).
    let state = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    state
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/state")))
        .unwrap_or_else(std::env::temp_dir)
        .join("hecate")
        .join("dev-mesh")
}

/// Makes `directory` where it is missing. One in the temporary directory, where
/// anyone may have made it before, must be this user's own.
pub(super) fn prepare(directory: &Path) -> Result<(), DevMeshError> {
    let made = create_private_directory(directory);
    let made = made.map_err(|source| DevMeshError::Path {
        path: directory.to_path_buf(),
        source,
    });
    #[cfg(unix)]
    match refuse_another_users(directory, &std::env::temp_dir()) {
        // Why it could not be made, too.
        Err(shared @ DevMeshError::Shared { .. }) => Err(shared),
        judged => made.and(judged),
    }
    #[cfg(not(unix))]
    made
}

/// Refuses a `directory` below `shared` that somebody else could write to or
/// replace.
#[cfg(unix)]
fn refuse_another_users(directory: &Path, shared: &Path) -> Result<(), DevMeshError> {
    use std::os::unix::fs::MetadataExt;

    let Ok(below) = directory.strip_prefix(shared) else {
        return Ok(());
    };
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| DevMeshError::Path { path, source }
    };
    // The standard library does not tell who this user is; a file just made is
    // this user's.
    let own = tempfile::tempfile_in(shared)
        .and_then(|file| file.metadata())
        .map_err(failed(shared))?
        .uid();
    let mut path = shared.to_path_buf();
    for part in below {
        path.push(part);
        // The link itself is asked for: another user's may lead anywhere.
        let metadata = std::fs::symlink_metadata(&path).map_err(failed(&path))?;
        if metadata.uid() != own || metadata.mode() & 0o022 != 0 {
            return Err(DevMeshError::Shared { path });
        }
        if metadata.mode() & 0o077 == 0 {
            // Nobody else reaches what is below.
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_the_one_the_runtime_looks_in() {
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
        assert_eq!(in_state(&[]), "hecate/dev-mesh", "in the temporary one");
        assert_eq!(in_state(&[("HOME", "${HOME}")]), "hecate/dev-mesh");
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_others_can_write_to_is_refused_in_a_shared_one() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt;

        let shared = tempfile::tempdir().unwrap();
        let hecate = shared.path().join("hecate");
        let directory = hecate.join("dev-mesh");
        create_private_directory(&directory).unwrap();
        let judged = || refuse_another_users(&directory, shared.path());
        judged().unwrap();
        let mode = |path: &Path, mode| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        mode(&hecate, 0o777);
        let refused = judged().unwrap_err();
        assert!(
            matches!(&refused, DevMeshError::Shared { path } if *path == hecate),
            "{refused}"
        );
        assert!(refused.to_string().contains("XDG_STATE_HOME"), "{refused}");
        mode(&hecate, 0o755);
        judged().unwrap();
        mode(&directory, 0o770);
        assert!(judged().is_err());
        let elsewhere = tempfile::tempdir().unwrap();
        refuse_another_users(&directory, elsewhere.path()).unwrap();
    }
}
