//! `#[fact("acme/shop/order_placed_v1")]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Generics, Meta, Token, Visibility, WhereClause, token};

use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::subscribe::topic_of;
use super::value::path;
use super::vocabulary::FACT;
use crate::names::Topic;

/// Arguments of `#[fact(…)]`.
#[derive(Debug, Clone)]
pub struct FactArgs {
    /// The topic.
    pub topic: Spanned<Topic>,
    /// The path of the crate `hecate_om`, if the dependency is renamed.
    pub crate_path: Option<syn::Path>,
}

impl FactArgs {
    /// Parses the tokens between the attribute's parentheses.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut entries = Entries::split(tokens, &FACT, errors);
        let topic = entries.positional();
        let topic = topic.map_or_else(|| Err(missing()), |tokens| topic_of(&tokens, "fact"));
        let topic = errors.ok_or_push(topic);
        let crate_path = entries.read("crate", path, errors);
        let topic = topic.filter(|_| errors.len() == before)?;
        Some(Self { topic, crate_path })
    }
}

fn missing() -> Error {
    Error::new(
        Span::call_site(),
        "a fact needs a topic: write `#[fact(\"acme/shop/order_placed_v1\")]`",
    )
}

/// The struct of a fact, up to its fields, which are not parsed.
#[derive(Debug)]
pub struct FactStruct {
    /// The other attributes.
    pub attributes: Vec<Attribute>,
    /// The struct's name.
    pub ident: Ident,
    generics: Generics,
    has_named_fields: bool,
}

impl Parse for FactStruct {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !input.peek(Token![struct]) {
            let error = input.error(NO_STRUCT);
            // Otherwise syn would report the rest as unexpected.
            let _ = input.parse::<TokenStream>();
            return Err(error);
        }
        input.parse::<Token![struct]>()?;
        let ident = input.parse()?;
        let generics = input.parse()?;
        input.parse::<Option<WhereClause>>()?;
        let has_named_fields = input.peek(token::Brace);
        input.parse::<TokenStream>()?;
        Ok(Self {
            attributes,
            ident,
            generics,
            has_named_fields,
        })
    }
}

const NO_STRUCT: &str = "`#[fact]` belongs on a struct with named fields, because subscribers read a fact by its \
    fields, and later fields are added to it: put the value into a field of a struct";

impl FactStruct {
    /// Checks that the fact can grow within its version. Adds all mistakes to `errors`.
    pub fn check(&self, errors: &mut Errors) {
        if let Some(parameter) = self.generics.params.first() {
            errors.push(Error::new_spanned(
                parameter,
                "a fact cannot be generic, because its topic has one schema: use concrete, owned types",
            ));
        }
        if !self.has_named_fields {
            errors.push(Error::new(self.ident.span(), NO_STRUCT));
        }
        for meta in self.attributes.iter().flat_map(options) {
            if meta.path().is_ident("deny_unknown_fields") {
                errors.push(Error::new_spanned(
                    meta,
                    "a fact must ignore unknown fields, because its publisher may add fields with a default at any \
                     time: remove `deny_unknown_fields`",
                ));
            } else if meta.path().is_ident("transparent") {
                errors.push(Error::new_spanned(
                    meta,
                    "a fact is a map of its fields on the wire, to which later fields are added: remove \
                     `transparent`",
                ));
            }
        }
    }
}

/// Returns the options of an attribute of serde or schemars; none if it does not parse, which its
/// own macro reports.
fn options(attribute: &Attribute) -> Vec<Meta> {
    if !attribute.path().is_ident("serde") && !attribute.path().is_ident("schemars") {
        return Vec::new();
    }
    let options = Punctuated::<Meta, Token![,]>::parse_terminated;
    let options = attribute.parse_args_with(options).unwrap_or_default();
    options.into_iter().collect()
}
