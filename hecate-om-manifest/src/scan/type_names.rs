//! The types and modules of a module that the type of a capability may clash with.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, Item};

use super::imports::Imports;
use super::report::{Location, Problem};
use crate::grammar::type_example;

/// The names that a module's items take among types, each with its item.
#[derive(Debug)]
pub(super) struct TypeNames<'i>(BTreeMap<String, (&'static str, &'i Ident)>);

impl<'i> TypeNames<'i> {
    /// Reads those of the items whose attributes `is_compiled` lets through.
    pub(super) fn of(items: &'i [Item], is_compiled: impl Fn(&[Attribute]) -> bool) -> Self {
        let name = |item: &'i Item| {
            let (attributes, noun, ident) = match item {
                Item::Mod(item) => (&item.attrs, "mod", &item.ident),
                Item::Struct(item) => (&item.attrs, "struct", &item.ident),
                Item::Enum(item) => (&item.attrs, "enum", &item.ident),
                Item::Union(item) => (&item.attrs, "union", &item.ident),
                Item::Type(item) => (&item.attrs, "type", &item.ident),
                Item::Trait(item) => (&item.attrs, "trait", &item.ident),
                _ => return None,
            };
            is_compiled(attributes).then(|| (ident.unraw().to_string(), (noun, ident)))
        };
        Self(items.iter().filter_map(name).collect())
    }

    /// What is wrong with the type `name` of a capability, if another item of the module has that name.
    ///
    /// The compiler would find it too, in words that do not name the key.
    pub(super) fn clash(&self, name: &Ident, imports: &Imports, file: &Path) -> Option<Problem> {
        let text = name.unraw().to_string();
        let other = if let Some((noun, other)) = self.0.get(&text) {
            let place = Location::new(file, other.span());
            format!("the {noun} on line {} has", place.line)
        } else if imports.is_imported_from_here(&text) {
            "a `use` of this module imports".to_owned()
        } else if imports.is_crate_in_use(&text) {
            "a crate that this module imports from has".to_owned()
        } else {
            return None;
        };
        let mut example = type_example(name);
        while example == text || self.0.contains_key(&example) {
            example.push_str("Capability");
        }
        Some(Problem::at(
            Location::new(file, name.span()),
            format!(
                "the attribute defines the type `{text}`, by which callers call the capability, and {other} the same \
                 name: name the type in the attribute, `as = {example}`"
            ),
        ))
    }
}
