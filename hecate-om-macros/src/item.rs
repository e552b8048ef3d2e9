//! Annotated items. Bodies and fields are not parsed, because the expansion must contain the item
//! even while its author is typing there.

use proc_macro2::{Ident, TokenStream};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Generics, Signature, Token, Visibility};

/// A function up to its body.
#[derive(Debug)]
pub(crate) struct AnnotatedFunction {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

impl Parse for AnnotatedFunction {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        let Ok(signature) = ahead.parse() else {
            return Err(other_item(
                input,
                "`#[capability]` belongs on an `async fn`",
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
pub(crate) struct AnnotatedStruct {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) ident: Ident,
}

impl Parse for AnnotatedStruct {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !input.peek(Token![struct]) {
            return Err(other_item(
                input,
                "`#[hecate_service]` belongs on the struct with the state of the service",
            ));
        }
        input.parse::<Token![struct]>()?;
        let ident = input.parse()?;
        let generics: Generics = input.parse()?;
        input.parse::<TokenStream>()?;
        if let Some(parameter) = generics.params.first() {
            return Err(Error::new_spanned(
                parameter,
                "a service cannot be generic, because `main` creates one value of it: use concrete types",
            ));
        }
        Ok(Self { attributes, ident })
    }
}

/// Returns an error at the keyword of an item of the wrong kind. Consumes the rest of the input.
fn other_item(input: ParseStream<'_>, rule: &str) -> Error {
    let error = input.error(format!("{rule}: move the attribute there"));
    // Otherwise syn would report the rest as unexpected.
    let _ = input.parse::<TokenStream>();
    error
}
