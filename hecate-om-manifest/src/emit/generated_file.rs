//! Writing of generated files.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{Duration, SystemTime};

/// Writes `text` to `path` atomically, unless the file already has it. Sets the modification time
/// to `time`, if given, and follows symbolic links.
///
/// The file is created in `scratch` and then moved, so that an interrupted build leaves nothing
/// among the sources. If `scratch` is on another device, it is created beside `path`.
pub(super) fn write(
    path: &Path,
    text: &str,
    scratch: &Path,
    time: Option<SystemTime>,
) -> io::Result<()> {
    let path = &followed(path)?;
    if fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!(".{name}.{}", process::id());
    match make_and_move(&scratch.join(&name), path, text, time) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            make_and_move(&path.with_file_name(name), path, text, time)
        }
        done => done,
    }
}

/// Follows symbolic links, also to a file that does not exist.
fn followed(path: &Path) -> io::Result<PathBuf> {
    // The limit of Linux.
    const MAX_LINKS: usize = 40;
    let mut file = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&file) else {
            return Ok(file);
        };
        // `join` replaces the folder if the target is absolute.
        file = file.parent().unwrap_or(&file).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

fn make_and_move(from: &Path, to: &Path, text: &str, time: Option<SystemTime>) -> io::Result<()> {
    let moved = File::create(from).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        time.map_or(Ok(()), |time| file.set_modified(time))?;
        fs::rename(from, to)
    });
    moved.inspect_err(|_| {
        // The error of the write matters more than an error of this removal.
        let _ = fs::remove_file(from);
    })
}

/// Returns the time at which Cargo started this build script.
///
/// Cargo runs a build script again if a file that it named is newer than that, so a file written by
/// the script itself gets this time. Cargo stores the time in a file beside `OUT_DIR`; without that
/// file, two seconds ago is close enough.
pub(super) fn started(out: &Path) -> SystemTime {
    let noted = out.parent().map(|run| run.join("invoked.timestamp"));
    let noted = noted.and_then(|file| file.metadata().ok()?.modified().ok());
    noted.unwrap_or_else(|| SystemTime::now() - Duration::from_secs(2))
}

/// Returns whether `path` is in a folder to which Cargo unpacks packages or checks out
/// repositories.
pub(super) fn is_in_cargo_home(path: &Path) -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    home.is_some_and(|home| is_copy_in(&home, path))
}

fn is_copy_in(cargo_home: &Path, path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // The file may not exist yet.
    let folder = real(path.parent().unwrap_or(path));
    ["git/checkouts", "registry/src"]
        .iter()
        .any(|copies| folder.starts_with(real(&cargo_home.join(copies))))
}

/// Returns whether a write failed because the folder is read-only.
pub(super) fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_the_same_bytes_is_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("manifest.json");
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        write(&path, "one", dir.path(), Some(long_ago)).unwrap();
        write(&path, "one", dir.path(), None).unwrap();
        assert_eq!(path.metadata().unwrap().modified().unwrap(), long_ago);
        write(&path, "two", dir.path(), None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_ne!(path.metadata().unwrap().modified().unwrap(), long_ago);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_written_through() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (link, shared) = (dir.path().join("manifest.json"), dir.path().join("shared"));
        fs::create_dir(&shared).unwrap();
        symlink("shared/first.json", &link).unwrap();
        symlink(shared.join("last.json"), shared.join("first.json")).unwrap();
        // At first, the target does not exist.
        for text in ["one", "two"] {
            write(&link, text, dir.path(), None).unwrap();
            assert_eq!(fs::read_to_string(shared.join("last.json")).unwrap(), text);
            assert!(link.is_symlink() && shared.join("first.json").is_symlink());
        }
        assert_eq!(fs::read_dir(&shared).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn cyclic_links_are_an_error() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        symlink(&one, &two).unwrap();
        symlink(&two, &one).unwrap();
        write(&one, "text", dir.path(), None).unwrap_err();
        assert!(one.is_symlink());
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        // A file cannot replace a folder.
        let path = dir.path().join("manifest.json");
        fs::create_dir(&path).unwrap();
        write(&path, "one", dir.path(), None).unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_created_in_the_scratch_folder() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = dir.path().join("nowhere");
        // Created beside `path`, the file would not need the missing folder.
        let error = write(&dir.path().join("a"), "one", &nowhere, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn packages_that_cargo_fetched_are_copies() {
        let home = tempfile::tempdir().unwrap();
        let checkout = home.path().join("git/checkouts/rag-1f2e/abc");
        fs::create_dir_all(&checkout).unwrap();
        assert!(is_copy_in(home.path(), &checkout.join("manifest.json")));
        // Cargo's home may also contain other projects.
        let own = home.path().join("services/manifest.json");
        assert!(!is_copy_in(home.path(), &own));
    }
}
