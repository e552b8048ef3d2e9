//! What a module calls the attributes.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, ItemUse, Path, UseTree};

/// The crate that exports the attributes, as its own name spells it in source.
const RUNTIME: &str = "hecate_om";

/// More steps than any chain of imports has; one that leads back to itself ends there.
const MAX_STEPS: usize = 8;

/// The `use`s of a module: the path that each imported name stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Imports(BTreeMap<String, Vec<String>>);

impl Imports {
    /// Adds those among `items` that `is_compiled` lets through; later ones shadow what is there.
    ///
    /// An inline module starts from those around it: it either repeats them or has them by
    /// `use super::*`.
    pub(super) fn extend(&mut self, items: &[Item], mut is_compiled: impl FnMut(&ItemUse) -> bool) {
        for item in items {
            if let Item::Use(item) = item
                && is_compiled(item)
            {
                self.tree(&item.tree, &mut Vec::new());
            }
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before)),
            UseTree::Name(name) => self.import(&name.ident.to_string(), None, before),
            UseTree::Rename(rename) => {
                let new = rename.rename.to_string();
                self.import(&rename.ident.to_string(), Some(new), before);
            }
            _ => {}
        }
    }

    fn import(&mut self, name: &str, new: Option<String>, before: &[String]) {
        let mut path = before.to_vec();
        // `use hecate_om::{self as om}` imports what stands before the braces.
        if name != "self" {
            path.push(name.to_owned());
        }
        if let Some(new) = new.or_else(|| path.last().cloned()) {
            self.0.insert(new, path);
        }
    }

    /// Whether the path of an attribute means our `name`: bare, where no import says that it is
    /// another's, or in `hecate_om`, in what the package calls it (one of `runtime`), or somewhere
    /// in the crate at hand, which may export it again.
    pub(super) fn means(&self, path: &Path, name: &str, runtime: &BTreeSet<String>) -> bool {
        let written = path.segments.iter().map(|one| one.ident.to_string());
        let mut meant: Vec<String> = written.collect();
        if path.leading_colon.is_none() {
            for _ in 0..MAX_STEPS {
                let Some(import) = meant.first().and_then(|first| self.0.get(first)) else {
                    break;
                };
                meant.splice(..1, import.iter().cloned());
            }
        }
        match &*meant {
            [only] => only == name,
            [first, .., last] => {
                let here = ["crate", "self", "super"].contains(&&**first);
                last == name && (here || first == RUNTIME || runtime.contains(first))
            }
            [] => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[track_caller]
    fn check(source: &syn::File, expected: &[(Path, bool)]) {
        let mut imports = Imports::default();
        imports.extend(&source.items, |_| true);
        let runtime = BTreeSet::from(["framework".to_owned()]);
        for (path, ours) in expected {
            let means = imports.means(path, "capability", &runtime);
            assert_eq!(means, *ours, "{path:?}");
        }
    }

    #[test]
    fn without_an_import_the_bare_name_and_the_paths_of_the_runtime_are_ours() {
        check(
            &parse_quote!(),
            &[
                (parse_quote!(capability), true),
                (parse_quote!(::hecate_om::capability), true),
                (parse_quote!(framework::capability), true),
                (parse_quote!(crate::om::capability), true),
                (parse_quote!(other::capability), false),
                (parse_quote!(::other::capability), false),
                (parse_quote!(hecate_om::capability::other), false),
            ],
        );
    }

    #[test]
    fn a_renamed_import_is_followed() {
        check(
            &parse_quote! {
                use hecate_om::{self as om, Refusal, capability as cap};
                use framework as short;
                use short::capability as through_another;
            },
            &[
                (parse_quote!(cap), true),
                (parse_quote!(om::capability), true),
                (parse_quote!(short::capability), true),
                (parse_quote!(through_another), true),
                (parse_quote!(om::cap), false),
                (parse_quote!(::om::capability), false),
            ],
        );
    }

    #[test]
    fn something_else_imported_under_the_name_is_not_taken_for_it() {
        check(
            &parse_quote! {
                use other::{capability, framework as hecate_om};
            },
            &[
                (parse_quote!(capability), false),
                (parse_quote!(hecate_om::capability), false),
                (parse_quote!(::hecate_om::capability), true),
            ],
        );
    }

    #[test]
    fn imports_that_lead_back_to_themselves_end() {
        check(
            &parse_quote! {
                use hecate_om;
                use capability::capability;
            },
            &[
                (parse_quote!(hecate_om::capability), true),
                (parse_quote!(capability), false),
            ],
        );
    }
}
