//! Which attributes of an item are in force.

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
pub(super) const EVERY: &str = "every";
pub(super) const CRON: &str = "cron";

/// The attributes of handlers, each with the noun for such a function.
pub(super) const HANDLERS: [(&str, &str); 4] = [
    (CAPABILITY, "a capability"),
    (SUBSCRIBE, "a subscription's handler"),
    (EVERY, "a scheduled function"),
    (CRON, "a scheduled function"),
];

/// How the crate at hand is compiled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compiled<'a> {
    pub(super) environment: &'a Environment,
    pub(super) features: &'a BTreeSet<String>,
    /// What the package calls `hecate-om`, where not by its own name.
    pub(super) runtime: &'a BTreeSet<String>,
    /// What the package calls `hecate-om`, where it has it under another name only.
    pub(super) renamed: Option<&'a str>,
    /// Whether it is compiled for its unit tests.
    pub(super) test: bool,
}

/// The attributes of an item.
#[derive(Debug, Default)]
pub(super) struct ActiveAttributes {
    /// Those the compiler would see, `cfg_attr` resolved.
    pub(super) attributes: Vec<Attribute>,
    /// Where predicates stand that cannot be read.
    pub(super) unread: Vec<Span>,
    /// What stands in `cfg_attr`s with such a predicate.
    pub(super) doubtful: Vec<Attribute>,
    /// Whether a `cfg` strikes the item out.
    pub(super) struck: bool,
    /// Whether a `cfg` that cannot be read may strike the item out.
    pub(super) uncertain: bool,
}

impl Compiled<'_> {
    /// Looks at what is written on an item.
    pub(super) fn attributes(self, written: &[Attribute]) -> ActiveAttributes {
        let mut found = ActiveAttributes::default();
        for attribute in written {
            self.resolve(attribute, &mut found);
        }
        found
    }

    /// Whether an item with these attributes is certain to be compiled.
    pub(super) fn certainly(self, written: &[Attribute]) -> bool {
        let active = self.attributes(written);
        !active.struck && !active.uncertain
    }

    fn resolve(self, attribute: &Attribute, found: &mut ActiveAttributes) {
        let path = attribute.path();
        if path.is_ident("cfg") {
            // One without a predicate is the compiler's to report.
            if let Ok(predicate) = attribute.meta.require_list() {
                match self.holds(&predicate.tokens, attribute.span(), found) {
                    Some(holds) => found.struck |= !holds,
                    None => found.uncertain = true,
                }
            }
            return;
        }
        if !path.is_ident("cfg_attr") {
            return found.attributes.push(attribute.clone());
        }
        let list = Punctuated::<Meta, Token![,]>::parse_terminated;
        // One that does not parse is the compiler's to report.
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
                None => found.doubtful.push(attribute),
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
            found.unread.push(at);
        }
        holds
    }
}

/// The value of `#[path = "…"]`.
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
