//! Node keys, created once for all tests.
//!
//! Creating a key occupies a core for up to a second, so keys are stored in the target folder. The
//! nth node of every mesh has the nth key: meshes are isolated from each other, and no two nodes of
//! a mesh share a key.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::Profile;
use crate::mesh::Identity;

/// Folder of the keys, in the target folder.
const FOLDER: &str = "hecate-om-testing";
/// File that marks a target folder.
const TAG: &str = "CACHEDIR.TAG";

/// Copies the key with this name to `path`, creating the key if necessary.
pub(super) async fn copy_to(name: String, path: PathBuf) -> io::Result<()> {
    tokio::task::spawn_blocking(move || copy_blocking(key_folder().as_deref(), &name, &path))
        .await?
}

fn copy_blocking(kept: Option<&Path>, name: &str, path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // Without a target folder, each test creates new keys.
    match kept.and_then(|folder| key(folder, name).ok()) {
        // The copy has the same mode, readable only by its owner.
        Some(key) => fs::copy(key, path).map(|_| ()),
        None => make(path),
    }
}

/// Returns the path of the stored key with this name, creating the key if necessary. Tests in other
/// processes wait until it is complete.
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
        // Left by a test that was killed.
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

/// Returns the folder of keys in the target folder of the test binary. Doc tests are built
/// elsewhere and run in the folder of their package, so they use the target folder there or in a
/// parent folder.
fn key_folder() -> Option<PathBuf> {
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
    fn a_key_is_created_once_and_each_name_has_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let kept = dir.path().join("kept");
        for (name, path) in [("one", "a"), ("one", "b"), ("two", "c")] {
            copy_blocking(Some(&kept), name, &at(path)).unwrap();
        }
        assert_eq!(node_id(&at("a")), node_id(&at("b")));
        assert_ne!(node_id(&at("a")), node_id(&at("c")));
    }

    #[test]
    fn a_key_is_created_even_if_it_cannot_be_cached() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        for kept in [None, Some(file.join("kept"))] {
            let path = dir.path().join("secrets/identity.key");
            copy_blocking(kept.as_deref(), "one", &path).unwrap();
            assert!(!node_id(&path).is_empty());
            fs::remove_file(path).unwrap();
        }
    }
}
