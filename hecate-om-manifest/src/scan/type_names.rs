//! Checks of the type by which callers call a capability, whose errors from the compiler would not say what to do.

use std::collections::BTreeSet;
use std::path::Path;

use hecate_om_grammar::attributes::type_example;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, TypePath, Visibility};

use super::imports::Imports;
use super::items::HandlerItem;
use super::report::{Location, Problem};

/// The types of a module that are not `pub`.
#[derive(Debug, Default)]
pub(super) struct PrivateTypes(BTreeSet<String>);

impl PrivateTypes {
    /// Reads those of the items whose attributes `is_compiled` lets through.
    pub(super) fn of(items: &[Item], is_compiled: impl Fn(&[Attribute]) -> bool) -> Self {
        let name = |item: &Item| {
            let (attributes, visibility, ident) = match item {
                Item::Struct(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Enum(item) => (&item.attrs, &item.vis, &item.ident),
                Item::Union(item) => (&item.attrs, &item.vis, &item.ident),
                _ => return None,
            };
            let is_private = !matches!(visibility, Visibility::Public(_));
            (is_private && is_compiled(attributes)).then(|| ident.unraw().to_string())
        };
        Self(items.iter().filter_map(name).collect())
    }

    /// Returns the first private type in what callers send to and receive from a `pub` capability.
    pub(super) fn exposed(&self, capability: &HandlerItem, file: &Path) -> Option<Problem> {
        let mut found = Exposed {
            private: self,
            first: None,
        };
        capability.types.iter().for_each(|of| found.visit_type(of));
        let private = found.first?;
        Some(Problem::at(
            Location::new(file, private.span()),
            format!(
                "the type `{private}` is private, and the capability `{}` is a `pub` function, whose callers need the \
                 type: make the type `pub`, or the function private",
                capability.capability.name
            ),
        ))
    }
}

struct Exposed<'a> {
    private: &'a PrivateTypes,
    first: Option<Ident>,
}

impl<'ast> Visit<'ast> for Exposed<'_> {
    fn visit_type_path(&mut self, of: &'ast TypePath) {
        let mut segments = of.path.segments.iter();
        if let (Some(only), None) = (segments.next(), segments.next())
            && self.private.0.contains(&only.ident.unraw().to_string())
        {
            self.first.get_or_insert_with(|| only.ident.clone());
        }
        visit::visit_type_path(self, of);
    }
}

/// What is wrong with the type `name` of a capability, if it hides a crate that the module imports from.
///
/// The compiler would find it too, in words that do not name the key.
pub(super) fn hidden_crate(name: &Ident, imports: &Imports, file: &Path) -> Option<Problem> {
    let text = name.unraw().to_string();
    if !imports.is_crate_in_use(&text) {
        return None;
    }
    let mut example = type_example(name);
    if example == text {
        example.push_str("Capability");
    }
    Some(Problem::at(
        Location::new(file, name.span()),
        format!(
            "the attribute defines the type `{text}`, by which callers call the capability, and a crate that this \
             module imports from has the same name: name the type in the attribute, `as = {example}`"
        ),
    ))
}
