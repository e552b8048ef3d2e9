//! Changes to files that are made together or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cannot_write;
use crate::file;
use crate::output::{Failure, print_note};

/// Changes made so far, which are undone in reverse order if dropped before [`Changes::commit`].
#[derive(Debug, Default)]
pub(super) struct Changes {
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    /// Remove a parent folder that was created, if it is empty.
    RemoveEmpty(PathBuf),
    RemoveFolder(PathBuf),
    Restore(Edit),
}

/// Text of a file before and after a change.
#[derive(Debug)]
struct Edit {
    file: PathBuf,
    before: String,
    after: String,
}

impl Changes {
    /// Writes files into a new folder. It is created under a temporary name and then renamed, so
    /// that an interruption leaves no incomplete folder.
    pub(super) fn add_folder(
        &mut self,
        dir: &Path,
        files: &[(String, String)],
        edition: &str,
    ) -> Result<(), Failure> {
        let missing = dir.ancestors().skip(1);
        let missing: Vec<&Path> = missing
            .take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists())
            .collect();
        for parent in missing.into_iter().rev() {
            match fs::create_dir(parent) {
                Ok(()) => self.undo.push(Undo::RemoveEmpty(parent.to_owned())),
                // Another run created it in the meantime.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(parent, &error)),
            }
        }
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let scratch = dir.with_file_name(format!(".{name}.{}", std::process::id()));
        let write = || {
            for (path, text) in files {
                let path = scratch.join(path);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                fs::write(path, text)?;
            }
            format_sources(&scratch, files, edition);
            fs::rename(&scratch, dir)
        };
        write().map_err(|error| {
            // The original error is reported, even if the removal fails.
            let _ = fs::remove_dir_all(&scratch);
            cannot_write(dir, &error)
        })?;
        self.undo.push(Undo::RemoveFolder(dir.to_owned()));
        Ok(())
    }

    /// Replaces the text of a file atomically, if it is still `before`.
    pub(super) fn replace(
        &mut self,
        file: &Path,
        before: &str,
        after: &str,
    ) -> Result<(), Failure> {
        let edit = Edit {
            file: file.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        if !replace(file, before, after).map_err(|error| cannot_write(file, &error))? {
            return Err(Failure::new(
                "changed",
                format!(
                    "`{}` was changed by another process in the meantime, so nothing was written; run the command again",
                    file.display()
                ),
            ));
        }
        self.undo.push(Undo::Restore(edit));
        Ok(())
    }

    /// Makes the changes final, and returns the files whose text was replaced.
    pub(super) fn commit(mut self) -> Vec<PathBuf> {
        let replaced = self.undo.drain(..).filter_map(|undo| match undo {
            Undo::Restore(edit) => Some(edit.file),
            Undo::RemoveEmpty(_) | Undo::RemoveFolder(_) => None,
        });
        replaced.collect()
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        for undo in self.undo.drain(..).rev() {
            // The failure that led here is reported; a failure to undo is not.
            let _ = match undo {
                Undo::RemoveEmpty(dir) => fs::remove_dir(dir),
                Undo::RemoveFolder(dir) => fs::remove_dir_all(dir),
                Undo::Restore(edit) => restore(&edit),
            };
        }
    }
}

/// Restores the text of a file, unless another process has changed it.
fn restore(
    Edit {
        file,
        before,
        after,
    }: &Edit,
) -> io::Result<()> {
    if !replace(file, after, before)? {
        print_note(&format!(
            "`{}` was changed by another process in the meantime and is left as it is; remove the entry of the folder that was \
             not added",
            file.display()
        ));
    }
    Ok(())
}

/// Replaces the text of a file if it is still `before`.
fn replace(file: &Path, before: &str, after: &str) -> io::Result<bool> {
    // Resolves links, so that a link is not replaced by a file.
    let file = file.canonicalize()?;
    let scratch = file.with_file_name(format!(".Cargo.toml.{}", std::process::id()));
    let write = || {
        fs::write(&scratch, after)?;
        fs::set_permissions(&scratch, fs::metadata(&file)?.permissions())?;
        // Compared as late as possible, because editors do not hold the lock.
        let is_same = file::read(&file)? == before;
        if is_same {
            fs::rename(&scratch, &file)?;
        }
        Ok(is_same)
    };
    let replaced = write();
    if !matches!(replaced, Ok(true)) {
        // The file does not exist if writing it failed.
        let _ = fs::remove_file(&scratch);
    }
    replaced
}

/// Locks a folder until the returned file is dropped, so that concurrent runs do not overwrite each
/// other's changes.
pub(super) fn lock(dir: &Path) -> Option<File> {
    // Some file systems have no locks. Then most conflicts are still detected when a file is
    // replaced.
    let folder = File::open(dir).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Formats the sources, whose line breaks depend on the length of the names. Does nothing without
/// `rustfmt`.
fn format_sources(dir: &Path, files: &[(String, String)], edition: &str) {
    let sources = files.iter().map(|(path, _)| dir.join(path));
    let sources = sources.filter(|path| path.extension().is_some_and(|rust| rust == "rs"));
    // Do not run in the package's folder: rustup might download the toolchain of its toolchain
    // file.
    let mut rustfmt = Command::new("rustfmt");
    let _ = rustfmt.args(["--edition", edition]).args(sources).output();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_are_not_committed_are_undone() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path();
        let manifest = dir.join("Cargo.toml");
        fs::write(&manifest, "mine").unwrap();
        let files = [("src/a.txt".to_owned(), "a".to_owned())];
        let mut changes = Changes::default();
        changes
            .add_folder(&dir.join("x/y/z"), &files, "2024")
            .unwrap();
        changes.replace(&manifest, "mine", "theirs").unwrap();
        assert!(dir.join("x/y/z/src/a.txt").is_file());
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "theirs");
        drop(changes);
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir).unwrap().count(), 1);
    }

    #[test]
    fn committed_changes_stay() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path();
        let files = [("a.txt".to_owned(), "a".to_owned())];
        let mut changes = Changes::default();
        changes
            .add_folder(&dir.join("x/y"), &files, "2024")
            .unwrap();
        assert!(changes.commit().is_empty());
        assert!(dir.join("x/y/a.txt").is_file());
    }

    #[test]
    fn an_edit_by_another_process_is_never_replaced() {
        let temporary = tempfile::tempdir().unwrap();
        let manifest = temporary.path().join("Cargo.toml");
        fs::write(&manifest, "edited").unwrap();
        let mut changes = Changes::default();
        let refused = changes.replace(&manifest, "read", "ours").unwrap_err();
        assert!(
            format!("{refused:?}").contains("in the meantime"),
            "{refused:?}"
        );
        // The undo does not replace the file either.
        changes.replace(&manifest, "edited", "ours").unwrap();
        fs::write(&manifest, "edited again").unwrap();
        drop(changes);
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "edited again");
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    }
}
