//! Node keys, made once for all tests.
//!
//! A key's puzzle takes up to a second of a core, far more than all else that a test needs. So the keys are kept, and
//! the nth node of every mesh has the nth key: meshes know nothing of each other, and within one no two are the same.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Profile;
use crate::mesh::Identity;

/// The folder of the keys, beside what Cargo keeps.
const FOLDER: &str = "hecate-om-testing";
/// The tag that Cargo puts into a target folder.
const TAG: &str = "CACHEDIR.TAG";

/// Gives `path` a copy of the key of this name, which is made where there is none yet.
pub(super) async fn give(name: String, path: PathBuf) -> io::Result<()> {
    tokio::task::spawn_blocking(move || give_now(kept().as_deref(), &name, &path)).await?
}

fn give_now(kept: Option<&Path>, name: &str, path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // Without a folder to keep it in, each test makes its own.
    match kept.and_then(|folder| key(folder, name).ok()) {
        // With its mode, which lets its owner alone read it.
        Some(key) => fs::copy(key, path).map(|_| ()),
        None => make(path),
    }
}

/// The kept key of this name, made where there is none. Tests of other processes wait for it.
fn key(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let key = folder.join(format!("{name}.key"));
    if key.exists() {
        return Ok(key);
    }
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.join(format!("{name}.lock")))?;
    lock.lock()?;
    if !key.exists() {
        let unfinished = folder.join(format!("{name}.unfinished"));
        // Of a test that was ended meanwhile.
        let _ = fs::remove_file(&unfinished);
        make(&unfinished)?;
        fs::rename(unfinished, &key)?;
    }
    Ok(key)
}

fn make(path: &Path) -> io::Result<()> {
    Identity::load_or_create(path, Profile::PqPure)
        .map(|_| ())
        .map_err(io::Error::other)
}

/// In the target folder that the test was built in. Documentation's are built elsewhere, and run in their package's
/// folder: theirs is the one that is there or above.
fn kept() -> Option<PathBuf> {
    let is_target = |folder: &PathBuf| folder.join(TAG).is_file();
    let built = std::env::current_exe().ok()?;
    let mut above = built.ancestors().map(Path::to_path_buf);
    let target = above.find(is_target).or_else(|| {
        let package = std::env::current_dir().ok()?;
        let mut near = package.ancestors().map(|folder| folder.join("target"));
        near.find(is_target)
    });
    Some(target?.join(FOLDER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node_id(path: &Path) -> String {
        let identity = Identity::load_or_create(path, Profile::PqPure).unwrap();
        identity.node_id.to_string()
    }

    #[test]
    fn a_key_is_made_once_and_another_name_is_another_key() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let kept = dir.path().join("kept");
        for (name, path) in [("one", "a"), ("one", "b"), ("two", "c")] {
            give_now(Some(&kept), name, &at(path)).unwrap();
        }
        assert_eq!(node_id(&at("a")), node_id(&at("b")));
        assert_ne!(node_id(&at("a")), node_id(&at("c")));
    }

    #[test]
    fn where_nothing_can_be_kept_a_key_is_made_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        for kept in [None, Some(file.join("kept"))] {
            let path = dir.path().join("secrets/identity.key");
            give_now(kept.as_deref(), "one", &path).unwrap();
            assert!(!node_id(&path).is_empty());
            fs::remove_file(path).unwrap();
        }
    }
}
