//! The annotated items, read as far as the attributes need and no further.
//!
//! A body or a field list is never parsed: while its author is typing, it may hold anything, and the
//! item must not be lost for it.

use proc_macro2::{Ident, TokenStream};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Generics, Signature, Token, Visibility};

/// A function up to its body.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        let Ok(signature) = ahead.parse() else {
            return Err(other_item(
                input,
                "`#[capability]` marks an `async fn`, which is what callers call",
            ));
        };
        input.advance_to(&ahead);
        input.parse::<TokenStream>()?;
        Ok(Self {
            attributes,
            visibility,
            signature,
        })
    }
}

/// A struct up to its fields.
#[derive(Debug)]
pub(crate) struct Struct {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) ident: Ident,
}

impl Parse for Struct {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !input.peek(Token![struct]) {
            return Err(other_item(
                input,
                "`#[hecate_service]` marks the struct that is the service and holds its state",
            ));
        }
        input.parse::<Token![struct]>()?;
        let ident = input.parse()?;
        let generics: Generics = input.parse()?;
        input.parse::<TokenStream>()?;
        if let Some(parameter) = generics.params.first() {
            return Err(Error::new_spanned(
                parameter,
                "a service is one type, of which `main` makes one value, and cannot be generic: \
                 write the types out",
            ));
        }
        Ok(Self { attributes, ident })
    }
}

/// The error at the keyword of an item of the wrong kind; takes the rest of the input.
fn other_item(input: ParseStream<'_>, rule: &str) -> Error {
    let error = input.error(format!("{rule}: move the attribute to one"));
    // What follows is of no interest, and unread input would become the error instead.
    let _ = input.parse::<TokenStream>();
    error
}
