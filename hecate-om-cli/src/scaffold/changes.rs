//! Changes to the disk that are made together or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cannot_write;
use crate::output::Failure;

/// Changes made so far. Dropping it before [`Changes::keep`] undoes them, the last one first.
#[derive(Debug, Default)]
pub(super) struct Changes {
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    /// Remove a folder that was made to hold another one, unless it holds anything else by now.
    RemoveEmpty(PathBuf),
    RemoveFolder(PathBuf),
    Restore(PathBuf, String),
}

impl Changes {
    /// Writes files into a new folder. It is made beside its place and then renamed, so that an interruption leaves no
    /// half of it under its name.
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
            fs::create_dir(parent).map_err(|error| cannot_write(parent, &error))?;
            self.undo.push(Undo::RemoveEmpty(parent.to_owned()));
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
            // A failed attempt is of no use to anybody, whether or not it can be removed.
            let _ = fs::remove_dir_all(&scratch);
            cannot_write(dir, &error)
        })?;
        self.undo.push(Undo::RemoveFolder(dir.to_owned()));
        Ok(())
    }

    /// Replaces the text of a file: whole, or not at all.
    pub(super) fn replace(&mut self, file: &Path, text: &str) -> Result<(), Failure> {
        let previous = fs::read_to_string(file)
            .and_then(|previous| replace(file, text).map(|()| previous))
            .map_err(|error| cannot_write(file, &error))?;
        self.undo.push(Undo::Restore(file.to_owned(), previous));
        Ok(())
    }

    /// Makes the changes final.
    pub(super) fn keep(mut self) {
        self.undo.clear();
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        for undo in self.undo.drain(..).rev() {
            // Whatever fails here has been preceded by the failure that is reported.
            let _ = match undo {
                Undo::RemoveEmpty(dir) => fs::remove_dir(dir),
                Undo::RemoveFolder(dir) => fs::remove_dir_all(dir),
                Undo::Restore(file, text) => replace(&file, &text),
            };
        }
    }
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    // If it is a link, the file that it leads to.
    let file = file.canonicalize()?;
    let scratch = file.with_file_name(format!(".Cargo.toml.{}", std::process::id()));
    let written = fs::write(&scratch, text)
        .and_then(|()| fs::set_permissions(&scratch, fs::metadata(&file)?.permissions()))
        .and_then(|()| fs::rename(&scratch, &file));
    written.inspect_err(|_| drop(fs::remove_file(&scratch)))
}

/// Breaks lines as the length of the names requires. Without `rustfmt`, the sources are as correct as before.
fn format_sources(dir: &Path, files: &[(String, String)], edition: &str) {
    let sources = files.iter().map(|(path, _)| dir.join(path));
    let sources = sources.filter(|path| path.extension().is_some_and(|rust| rust == "rs"));
    // Not run in the folder, where rustup might fetch the compiler that it names.
    let mut rustfmt = Command::new("rustfmt");
    let _ = rustfmt.args(["--edition", edition]).args(sources).output();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_is_undone() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path();
        let manifest = dir.join("Cargo.toml");
        fs::write(&manifest, "mine").unwrap();
        let files = [("src/a.txt".to_owned(), "a".to_owned())];
        let mut changes = Changes::default();
        changes
            .add_folder(&dir.join("x/y/z"), &files, "2024")
            .unwrap();
        changes.replace(&manifest, "theirs").unwrap();
        assert!(dir.join("x/y/z/src/a.txt").is_file());
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "theirs");
        drop(changes);
        assert_eq!(fs::read_to_string(&manifest).unwrap(), "mine");
        assert_eq!(fs::read_dir(dir).unwrap().count(), 1);
    }

    #[test]
    fn what_is_kept_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path();
        let files = [("a.txt".to_owned(), "a".to_owned())];
        let mut changes = Changes::default();
        changes
            .add_folder(&dir.join("x/y"), &files, "2024")
            .unwrap();
        changes.keep();
        assert!(dir.join("x/y/a.txt").is_file());
    }
}
