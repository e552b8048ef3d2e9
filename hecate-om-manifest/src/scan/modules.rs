//! Files of modules, by the rules of the Rust reference ("Modules", "The path attribute").

use std::path::{Path, PathBuf};

/// The folder of the modules that are declared at one point of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModuleFolder {
    /// The folder that `#[path]` is relative to: the folder of the file, with a component for each
    /// enclosing inline module.
    dir: PathBuf,
    /// In a file `foo.rs` that is neither a crate's root nor `mod.rs`, outside inline modules:
    /// `foo`, the folder of its modules.
    below: Option<String>,
}

impl ModuleFolder {
    /// Returns the folder for a crate's root, a `mod.rs`, or a file of `#[path]`.
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            dir: folder(file),
            below: None,
        }
    }

    /// Returns the folder inside `mod name { … }`, with its `#[path]` if it has one.
    pub(super) fn inline(&self, name: &str, path: Option<&str>) -> Self {
        let dir = match path {
            Some(path) => self.dir.join(path),
            None => self.modules().join(name),
        };
        Self { dir, below: None }
    }

    /// Returns the possible files of `mod name;`, each with the folder of the modules in it. The
    /// first that exists counts.
    pub(super) fn files(&self, name: &str, path: Option<&str>) -> Vec<(PathBuf, Self)> {
        if let Some(path) = path {
            let file = self.dir.join(path);
            let inside = Self::of_file(&file);
            return vec![(file, inside)];
        }
        let modules = self.modules();
        let beside = modules.join(format!("{name}.rs"));
        let within = modules.join(name).join("mod.rs");
        let inside_beside = Self {
            dir: modules,
            below: Some(name.to_owned()),
        };
        let inside_within = Self::of_file(&within);
        vec![(beside, inside_beside), (within, inside_within)]
    }

    fn modules(&self) -> PathBuf {
        match &self.below {
            Some(name) => self.dir.join(name),
            None => self.dir.clone(),
        }
    }
}

fn folder(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the Rust reference,
    /// <https://doc.rust-lang.org/reference/items/modules.html>.
    fn folders() -> (ModuleFolder, ModuleFolder) {
        let a = ModuleFolder {
            dir: "src/a".into(),
            below: Some("b".into()),
        };
        (ModuleFolder::of_file(Path::new("src/a/mod.rs")), a)
    }

    fn files(folder: &ModuleFolder, name: &str, path: Option<&str>) -> Vec<String> {
        folder
            .files(name, path)
            .into_iter()
            .map(|(file, _)| file.display().to_string())
            .collect()
    }

    #[test]
    fn a_module_is_a_file_or_a_folder() {
        let (a, b) = folders();
        assert_eq!(files(&a, "c", None), ["src/a/c.rs", "src/a/c/mod.rs"]);
        assert_eq!(files(&b, "c", None), ["src/a/b/c.rs", "src/a/b/c/mod.rs"]);
    }

    #[test]
    fn a_path_is_relative_to_the_folder_of_the_file() {
        let (a, b) = folders();
        assert_eq!(files(&a, "c", Some("foo.rs")), ["src/a/foo.rs"]);
        assert_eq!(files(&b, "c", Some("foo.rs")), ["src/a/foo.rs"]);
    }

    #[test]
    fn a_path_in_an_inline_module_is_relative_to_the_folder_of_its_name() {
        let (a, b) = folders();
        assert_eq!(
            files(&a.inline("inline", None), "x", Some("other.rs")),
            ["src/a/inline/other.rs"]
        );
        assert_eq!(
            files(&b.inline("inline", None), "x", Some("other.rs")),
            ["src/a/b/inline/other.rs"]
        );
    }

    #[test]
    fn a_path_on_an_inline_module_names_its_folder() {
        let (a, b) = folders();
        for folder in [a, b] {
            let inside = folder.inline("thread", Some("thread_files"));
            assert_eq!(
                files(&inside, "tls", Some("local.rs")),
                ["src/a/thread_files/local.rs"]
            );
            assert_eq!(files(&inside, "tls", None)[0], "src/a/thread_files/tls.rs");
        }
    }

    #[test]
    fn modules_of_a_file_named_by_path_are_its_siblings() {
        let (a, _) = folders();
        let (_, inside) = a.files("c", Some("foo.rs")).remove(0);
        assert_eq!(files(&inside, "d", None)[0], "src/a/d.rs");
    }
}
