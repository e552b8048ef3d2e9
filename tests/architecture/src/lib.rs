//! Imports between the modules of a crate, read from its source.

mod circles;
mod modules;
mod paths;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use circles::circles;

/// Absolute path of a module in its crate, without `crate`. The root's is empty.
pub type Module = Vec<String>;

/// One use of a module's item in another module of the same crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// Module that names the item.
    pub from: Module,
    /// Module that defines the item, where re-exports are followed.
    pub to: Module,
    /// Source file of `from`.
    pub file: PathBuf,
    /// Line of the item's name in `file`, from 1.
    pub line: usize,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, .. } = self;
        let (from, to) = (self.from.join("::"), self.to.join("::"));
        write!(f, "{from} -> {to} ({}:{line})", file.display())
    }
}

/// Returns all imports between modules of the crate whose root is this file, without those of its unit tests.
///
/// # Panics
///
/// If a source file cannot be read or parsed, or a declared module has no file.
pub fn imports(root: &Path) -> Vec<Import> {
    let modules = modules::read(root);
    let known: BTreeMap<_, _> = modules.iter().map(|m| (m.path.clone(), m)).collect();
    let mut imports = Vec::new();
    for module in &modules {
        for (path, line) in &module.paths {
            let Some(to) = paths::definition(&known, module, path) else {
                continue;
            };
            if to != module.path {
                imports.push(Import {
                    from: module.path.clone(),
                    to,
                    file: module.file.clone(),
                    line: *line,
                });
            }
        }
    }
    imports.sort();
    imports.dedup();
    imports
}

#[cfg(test)]
mod tests;
