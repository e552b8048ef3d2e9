//! Imports between the modules of a crate, and calls of methods, read from its sources.

mod circles;
mod modules;
mod paths;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use circles::circles;

/// Path of a module from the root of its crate, without `crate`. The path of the root is empty.
pub type Module = Vec<String>;

/// Use of an item in another module of the same crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The module that uses the item.
    pub from: Module,
    /// The module that defines the item. Re-exports are followed.
    pub to: Module,
    /// The source file of `from`.
    pub file: PathBuf,
    /// The line of the use in `file`, from 1.
    pub line: usize,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, .. } = self;
        let (from, to) = (self.from.join("::"), self.to.join("::"));
        write!(f, "{from} -> {to} ({}:{line})", file.display())
    }
}

/// Call of a method on a variable or field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MethodCall {
    /// The module that makes the call.
    pub from: Module,
    /// The name of the variable or field.
    pub receiver: String,
    /// The name of the method.
    pub method: String,
}

/// Returns all calls of methods on a variable or field in the crate whose root is this file, except
/// those of unit tests.
///
/// # Panics
///
/// If a source file cannot be read or parsed, or a declared module has no file.
pub fn method_calls(root: &Path) -> Vec<MethodCall> {
    let of_module = |module: modules::Source| {
        let calls = module.method_calls.into_iter();
        calls.map(move |(receiver, method)| MethodCall {
            from: module.path.clone(),
            receiver,
            method,
        })
    };
    modules::read(root)
        .into_iter()
        .flat_map(of_module)
        .collect()
}

/// Returns all imports between modules of the crate whose root is this file, except those of unit
/// tests.
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
