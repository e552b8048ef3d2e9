//! Checks of the types of a capability, for errors that the compiler would not explain.

use std::collections::BTreeSet;
use std::path::Path;

use hecate_om_grammar::attributes::type_example;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, TypePath, Visibility};

use super::imports::Imports;
use super::items::CapabilityItem;
use super::report::{Location, Problem};

/// The types of a module that are not `pub`.
#[derive(Debug, Default)]
pub(super) struct PrivateTypes(BTreeSet<String>);

impl PrivateTypes {
    /// Collects those of the items whose attributes pass `is_compiled`.
    pub(super) fn from_items(items: &[Item], is_compiled: impl Fn(&[Attribute]) -> bool) -> Self {
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

    /// Returns a problem if a `pub` capability has a private type in its request or response.
    pub(super) fn exposed(&self, capability: &CapabilityItem, file: &Path) -> Option<Problem> {
        let mut found = Exposed {
            private: self,
            first: None,
        };
        capability.types.iter().for_each(|ty| found.visit_type(ty));
        let private = found.first?;
        Some(Problem::at(
            Location::new(file, private.span()),
            format!(
                "the type `{private}` is private, but callers of the `pub` capability `{}` need it: make the type `pub`, \
                 or the function private",
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

/// Returns a problem if the type `name` of a capability has the name of a crate that the module
/// imports from. The compiler's error would not mention the key `as`.
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
            "the attribute defines the type `{text}` for callers, but this module imports from a crate of that name: \
             rename the type in the attribute, `as = {example}`"
        ),
    ))
}
