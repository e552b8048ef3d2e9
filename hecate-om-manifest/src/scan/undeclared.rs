//! Source files with handlers that no module declares.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::{Attribute, Item};

use super::attributes::HANDLERS;
use super::files::Files;
use super::imports::{Imports, Origin};
use super::package::Package;
use super::report::{Location, Problem};

/// Returns a problem for each such file of `package`. Files of declared modules have already been
/// read.
pub(super) fn undeclared(
    package: &Package,
    runtime: &BTreeSet<String>,
    files: &mut Files,
) -> Vec<Problem> {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let mut known: BTreeSet<PathBuf> = files.read.iter().map(real).collect();
    known.extend(package.roots().iter().map(real));
    let mut found = Vec::new();
    // Programs in `src/bin` that are not built have not been read.
    let tools = package.dir.join("src/bin");
    for file in sources(&package.dir.join("src"), &tools) {
        if known.contains(&real(&file)) {
            continue;
        }
        let Some(location) = first_handler(&file, runtime) else {
            continue;
        };
        let Some(name) = module(&file).filter(|name| !is_mentioned(name, &files.read)) else {
            continue;
        };
        found.push(Problem::at(
            location,
            format!(
                "no `mod` declares this file, so its handler is not compiled: add `mod {name};`, or remove the file"
            ),
        ));
        files.read.insert(file);
    }
    found
}

/// Returns the source files below `folder`, except those below `tools`.
fn sources(folder: &Path, tools: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        // The compiler cannot read an unreadable folder either.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && path != tools => folders.push(path),
                Ok(kind) if kind.is_file() && path.extension().is_some_and(|rs| rs == "rs") => {
                    sources.push(path);
                }
                _ => {}
            }
        }
    }
    sources.sort();
    sources
}

/// Returns the module name for a file.
fn module(file: &Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?;
    match stem {
        "mod" => Some(file.parent()?.file_name()?.to_str()?.to_owned()),
        stem => Some(stem.to_owned()),
    }
}

/// Returns whether a file that was read may declare the module by a macro, or include it.
fn is_mentioned(name: &str, read: &BTreeSet<PathBuf>) -> bool {
    let mentions = [format!("mod {name}"), format!("{name}.rs")];
    read.iter()
        .filter(|file| file.extension().is_some_and(|rs| rs == "rs"))
        .filter_map(|file| fs::read_to_string(file).ok())
        .any(|text| mentions.iter().any(|mention| text.contains(mention)))
}

fn first_handler(file: &Path, runtime: &BTreeSet<String>) -> Option<Location> {
    let text = fs::read_to_string(file).ok()?;
    if !HANDLERS.iter().any(|(name, _)| text.contains(name)) {
        return None;
    }
    let parsed = syn::parse_file(&text).ok()?;
    let imports = Imports::of_module(&parsed.items, &Imports::default(), runtime, |_| true);
    let is_handler = |attribute: &&Attribute| {
        HANDLERS
            .iter()
            .any(|(name, _)| imports.origin(attribute.path(), name, runtime) == Origin::Ours)
    };
    let handler = parsed.items.iter().find_map(|item| match item {
        Item::Fn(function) => function.attrs.iter().find(is_handler),
        _ => None,
    })?;
    Some(Location::new(file, handler.span()))
}
