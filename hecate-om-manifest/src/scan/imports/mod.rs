//! Resolution of attribute names through imports.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use syn::ext::IdentExt;
use syn::{Attribute, Ident, Item, ItemUse, Path, UseTree};

/// The name of the crate that exports the attributes.
const RUNTIME: &str = "hecate_om";

/// Maximum number of steps in a chain of imports, to stop at cycles.
const MAX_STEPS: usize = 8;

/// Origin of an attribute, as far as its file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The runtime.
    Ours,
    /// Another crate.
    Foreign,
    /// Only the compiler knows: a glob import, a module of the crate or a macro decides.
    Unknown,
}

/// The names in scope in a module or a block.
#[derive(Debug, Clone, Default)]
pub(super) struct Imports {
    /// The imports by name.
    named: BTreeMap<String, ImportedPath>,
    /// The imports by `use super::*`, which imports by name shadow.
    inherited: BTreeMap<String, ImportedPath>,
    /// The modules that are declared in the scope.
    modules: BTreeSet<String>,
    /// Whether there is a glob import of the runtime.
    runtime_glob: bool,
    /// Whether there is a glob import of another source that may export an attribute.
    other_glob: bool,
}

/// The path that an imported name refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ImportedPath {
    /// Whether the path starts at a crate: `::name::…`, or the name of an `extern crate`.
    absolute: bool,
    path: Vec<String>,
}

impl Imports {
    /// Reads the scope of a module from those of its `items` whose attributes pass `is_compiled`.
    /// The module is declared in the scope `around`.
    pub(super) fn of_module(
        items: &[Item],
        around: &Self,
        runtime: &BTreeSet<String>,
        is_compiled: impl Fn(&[Attribute]) -> bool,
    ) -> Self {
        Self::default().with(items.iter(), Some(around), runtime, is_compiled)
    }

    /// Reads the scope of a block, which sees everything in the scope `around`.
    pub(super) fn of_block<'i>(
        items: impl Iterator<Item = &'i Item>,
        around: &Self,
        runtime: &BTreeSet<String>,
        is_compiled: impl Fn(&[Attribute]) -> bool,
    ) -> Self {
        around.clone().with(items, None, runtime, is_compiled)
    }

    fn with<'i>(
        mut self,
        items: impl Iterator<Item = &'i Item>,
        parent: Option<&Self>,
        runtime: &BTreeSet<String>,
        is_compiled: impl Fn(&[Attribute]) -> bool,
    ) -> Self {
        let mut globs = Vec::new();
        for item in items {
            match item {
                Item::Use(item) if is_compiled(&item.attrs) => {
                    let mut tree = UseTreeReader::new(item, &mut self.named, &mut globs);
                    tree.follow(&item.tree);
                }
                Item::ExternCrate(item) if is_compiled(&item.attrs) => {
                    self.other_glob |= item
                        .attrs
                        .iter()
                        .any(|attribute| attribute.path().is_ident("macro_use"));
                    let name = match text(&item.ident) {
                        name if name == "self" => "crate".to_owned(),
                        name => name,
                    };
                    let renamed = item.rename.as_ref().map(|(_, new)| text(new));
                    let target = ImportedPath {
                        absolute: true,
                        path: vec![name.clone()],
                    };
                    self.named.insert(renamed.unwrap_or(name), target);
                }
                Item::Mod(module) if is_compiled(&module.attrs) => {
                    self.modules.insert(text(&module.ident));
                }
                _ => {}
            }
        }
        for glob in globs {
            match parent {
                Some(parent) if !glob.absolute && glob.path == ["super"] => self.inherit(parent),
                _ => self.glob(glob, runtime),
            }
        }
        self
    }

    fn inherit(&mut self, parent: &Self) {
        let inherited = parent.inherited.iter().chain(&parent.named);
        self.inherited
            .extend(inherited.map(|(name, target)| (name.clone(), target.clone())));
        self.modules.extend(parent.modules.iter().cloned());
        self.runtime_glob |= parent.runtime_glob;
        self.other_glob |= parent.other_glob;
    }

    fn glob(&mut self, glob: ImportedPath, runtime: &BTreeSet<String>) {
        let (glob, _) = self.follow_imports(glob);
        let of_runtime = |first: &String| first == RUNTIME || runtime.contains(first);
        match &*glob.path {
            [only] if of_runtime(only) && !self.is_in_crate(&glob) => self.runtime_glob = true,
            // Neither exports an attribute of our names.
            [first, ..] if of_runtime(first) && !self.is_in_crate(&glob) => {}
            [first, ..] if ["std", "core", "alloc"].contains(&&**first) => {}
            _ => self.other_glob = true,
        }
    }

    /// Follows the imports that a path starts with; whether all of them are certain.
    fn follow_imports(&self, mut path: ImportedPath) -> (ImportedPath, bool) {
        let mut certain = true;
        for _ in 0..MAX_STEPS {
            if path.absolute {
                break;
            }
            let Some(first) = path.path.first().cloned() else {
                break;
            };
            let import = match (self.named.get(&first), self.inherited.get(&first)) {
                (Some(import), _) => import,
                (None, Some(import)) => {
                    certain &= !self.other_glob;
                    import
                }
                (None, None) => break,
            };
            path.path.splice(..1, import.path.iter().cloned());
            path.absolute = import.absolute;
            // `use cron::cron` imports from the crate or module, not from itself.
            if import.path.first() == Some(&first) {
                break;
            }
        }
        (path, certain)
    }

    /// Returns whether a path leads into the scanned crate.
    fn is_in_crate(&self, path: &ImportedPath) -> bool {
        path.path.first().is_some_and(|first| {
            ["crate", "self", "super"].contains(&&**first)
                || (!path.absolute && self.modules.contains(first))
        })
    }

    /// Returns whose attribute `path` is, if it has our `name`; `runtime` is what the package calls
    /// the runtime, where not by its own name.
    pub(super) fn origin(&self, path: &Path, name: &str, runtime: &BTreeSet<String>) -> Origin {
        let (meant, certain) = self.follow_imports(ImportedPath::written(path));
        if meant.path.last().is_none_or(|last| last != name) {
            return Origin::Foreign;
        }
        let origin = match &*meant.path {
            [_] if path.leading_colon.is_some() => Origin::Foreign,
            [_] if self.runtime_glob && !self.other_glob => Origin::Ours,
            [_] => Origin::Unknown,
            _ if self.is_in_crate(&meant) => Origin::Unknown,
            [first, ..] if first == RUNTIME || runtime.contains(first) => Origin::Ours,
            _ => Origin::Foreign,
        };
        match origin {
            Origin::Ours if !certain => Origin::Unknown,
            origin => origin,
        }
    }

    /// Returns the parts of a path to a type, after the imports of the scope.
    pub(super) fn resolved(&self, path: &Path) -> Vec<String> {
        self.follow_imports(ImportedPath::written(path)).0.path
    }

    /// Returns whether a path to a constant leads into the scanned crate; a single name does unless
    /// it is imported from elsewhere.
    pub(super) fn is_of_crate(&self, path: &Path) -> bool {
        let written = ImportedPath::written(path);
        let is_single = written.path.len() == 1;
        let (meant, certain) = self.follow_imports(written);
        let is_declared_here = is_single && meant.path.len() == 1 && !self.other_glob;
        certain && (self.is_in_crate(&meant) || is_declared_here)
    }

    /// Returns whether the scope imports an item of a crate `name`, which a type of that name
    /// would hide.
    pub(super) fn is_crate_in_use(&self, name: &str) -> bool {
        self.named.values().any(|target| {
            let first = target.path.first();
            !target.absolute && target.path.len() > 1 && first.is_some_and(|first| first == name)
        }) && !self.modules.contains(name)
    }
}

impl ImportedPath {
    fn written(path: &Path) -> Self {
        Self {
            absolute: path.leading_colon.is_some(),
            path: path
                .segments
                .iter()
                .map(|segment| text(&segment.ident))
                .collect(),
        }
    }
}

/// Reader of one `use`.
struct UseTreeReader<'a> {
    absolute: bool,
    before: Vec<String>,
    named: &'a mut BTreeMap<String, ImportedPath>,
    globs: &'a mut Vec<ImportedPath>,
}

impl<'a> UseTreeReader<'a> {
    fn new(
        item: &ItemUse,
        named: &'a mut BTreeMap<String, ImportedPath>,
        globs: &'a mut Vec<ImportedPath>,
    ) -> Self {
        Self {
            absolute: item.leading_colon.is_some(),
            before: Vec::new(),
            named,
            globs,
        }
    }

    fn follow(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => {
                self.before.push(text(&path.ident));
                self.follow(&path.tree);
                self.before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.follow(tree)),
            UseTree::Name(name) => self.import(&text(&name.ident), None),
            UseTree::Rename(rename) => {
                self.import(&text(&rename.ident), Some(text(&rename.rename)))
            }
            UseTree::Glob(_) => self.globs.push(ImportedPath {
                absolute: self.absolute,
                path: self.before.clone(),
            }),
        }
    }

    fn import(&mut self, name: &str, new: Option<String>) {
        let mut path = self.before.clone();
        // `use hecate_om::{self as om}` imports the path before the braces.
        if name != "self" {
            path.push(name.to_owned());
        }
        if let Some(new) = new.or_else(|| path.last().cloned()) {
            let absolute = self.absolute;
            self.named.insert(new, ImportedPath { absolute, path });
        }
    }
}

fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}
