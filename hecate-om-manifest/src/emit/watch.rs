//! Paths that Cargo watches for missing files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Returns the folders that change when one of `missing` is created.
///
/// For Cargo, a path that does not exist changes with each build, and a folder changes with
/// anything in it. If the folder contains `out`, to which each build writes, the file itself is
/// returned.
pub(super) fn for_missing(missing: &BTreeSet<PathBuf>, out: &Path) -> BTreeSet<PathBuf> {
    let out = out.canonicalize().unwrap_or_else(|_| out.to_owned());
    let watched = |file: &PathBuf| {
        let folder = file.ancestors().find(|path| path.is_dir());
        let folder = folder.and_then(|folder| folder.canonicalize().ok());
        folder
            .filter(|folder| !out.starts_with(folder))
            .unwrap_or_else(|| file.clone())
    };
    missing.iter().map(watched).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_folder_is_watched_unless_builds_write_there() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("target/out")).unwrap();
        let watched = |file: &str| {
            let missing = BTreeSet::from([root.join(file)]);
            for_missing(&missing, &root.join("target/out"))
        };
        assert_eq!(watched("src/a.rs"), BTreeSet::from([root.join("src")]));
        assert_eq!(watched("src/a/mod.rs"), BTreeSet::from([root.join("src")]));
        assert_eq!(watched("a.rs"), BTreeSet::from([root.join("a.rs")]));
    }
}
