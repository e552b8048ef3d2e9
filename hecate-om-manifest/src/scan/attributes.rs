//! Active attributes of an item.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

use super::environment::Environment;

pub(super) const CAPABILITY: &str = "capability";
pub(super) const SERVICE: &str = "hecate_service";
pub(super) const SUBSCRIBE: &str = "subscribe";
pub(super) const FACT: &str = "fact";
pub(super) const EVERY: &str = "every";
pub(super) const CRON: &str = "cron";

/// The attributes of handlers, each with the noun for such a function.
pub(super) const HANDLERS: [(&str, &str); 4] = [
    (CAPABILITY, "a capability"),
    (SUBSCRIBE, "a subscription's handler"),
    (EVERY, "a scheduled function"),
    (CRON, "a scheduled function"),
];

/// How a crate is compiled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compiled<'a> {
    pub(super) environment: &'a Environment,
    pub(super) features: &'a BTreeSet<String>,
    /// The names of `hecate-om` in the package.
    pub(super) runtime: &'a BTreeSet<String>,
    /// The name of `hecate-om` in the package, if it has it under another name only.
    pub(super) renamed: Option<&'a str>,
    /// Whether the crate is compiled for its unit tests.
    pub(super) test: bool,
}

/// The attributes of an item, with `cfg` and `cfg_attr` evaluated.
#[derive(Debug, Default)]
pub(super) struct ActiveAttributes {
    /// The attributes that the compiler sees.
    pub(super) attributes: Vec<Attribute>,
    /// The locations of predicates that cannot be evaluated.
    pub(super) unreadable: Vec<Span>,
    /// The attributes in a `cfg_attr` with such a predicate.
    pub(super) undecided: Vec<Attribute>,
    /// Whether a `cfg` removes the item.
    pub(super) removed: bool,
    /// Whether a `cfg` that cannot be evaluated may remove the item.
    pub(super) uncertain: bool,
}

impl Compiled<'_> {
    /// Evaluates the attributes of an item.
    pub(super) fn attributes(self, written: &[Attribute]) -> ActiveAttributes {
        let mut found = ActiveAttributes::default();
        for attribute in written {
            self.resolve(attribute, &mut found);
        }
        found
    }

    /// Returns whether an item with these attributes is certainly compiled.
    pub(super) fn is_certain(self, written: &[Attribute]) -> bool {
        let active = self.attributes(written);
        !active.removed && !active.uncertain
    }

    fn resolve(self, attribute: &Attribute, found: &mut ActiveAttributes) {
        let path = attribute.path();
        if path.is_ident("cfg") {
            // The compiler reports a `cfg` without a predicate.
            if let Ok(predicate) = attribute.meta.require_list() {
                match self.holds(&predicate.tokens, attribute.span(), found) {
                    Some(holds) => found.removed |= !holds,
                    None => found.uncertain = true,
                }
            }
            return;
        }
        if !path.is_ident("cfg_attr") {
            return found.attributes.push(attribute.clone());
        }
        let list = Punctuated::<Meta, Token![,]>::parse_terminated;
        // The compiler reports a `cfg_attr` that does not parse.
        let Ok(metas) = attribute.parse_args_with(list) else {
            return;
        };
        let mut metas = metas.into_iter();
        let Some(predicate) = metas.next() else {
            return;
        };
        let holds = self.holds(&predicate, attribute.span(), found);
        for meta in metas {
            let attribute = Attribute {
                meta,
                ..attribute.clone()
            };
            match holds {
                Some(true) => self.resolve(&attribute, found),
                Some(false) => {}
                None => found.undecided.push(attribute),
            }
        }
    }

    fn holds(
        self,
        predicate: &impl ToTokens,
        at: Span,
        found: &mut ActiveAttributes,
    ) -> Option<bool> {
        let predicate = predicate.to_token_stream().to_string();
        let holds = self.environment.holds(&predicate, self.features, self.test);
        if holds.is_none() {
            found.unreadable.push(at);
        }
        holds
    }
}

/// Returns the value of `#[path = "…"]`.
pub(super) fn path(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(path),
                    ..
                }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        })
}
