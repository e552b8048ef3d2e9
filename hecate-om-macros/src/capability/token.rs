//! The type of a capability's own name, by which callers call it.

use hecate_om_manifest::grammar::Handler;
use hecate_om_manifest::{Access, Confidential, Deprecated, Kind};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Capability;
use crate::value::Runtime;

impl Capability {
    /// The function's own name; with the version behind it where an attribute below this one has that.
    pub(super) fn token_ident(&self) -> Ident {
        let ident = self.ident();
        match self.shared {
            true => format_ident!("{ident}_v{}", *self.args.version),
            false => ident,
        }
    }

    /// The type, with what a caller must know of the capability.
    ///
    /// It is an empty enum, which takes the name among types only: the function has it among values.
    pub(super) fn token(&self, runtime: &Runtime) -> TokenStream {
        let private = runtime.private();
        let name = self.args.name.as_str();
        let version = *self.args.version;
        let ident = self.token_ident();
        let visibility = &self.visibility;
        let doc = format!("The capability `{name}`, version {version}, as callers name it.");
        let gated = !matches!(self.args.access, None | Some(Access::Open));
        let confidential = matches!(self.args.confidential, Some(Confidential::Required));
        let idempotent = self.args.idempotent;
        let schemas = self.schemas(&private);
        let request = match &self.handler.payload {
            Some(payload) => quote!(#payload),
            None => quote!(()),
        };
        let response = &self.handler.response;
        let kind = match self.handler.kind() {
            Kind::Streamer => quote!(ServerStream),
            Kind::ClientStream => quote!(ClientStream),
            Kind::Bidi => quote!(BothWays),
            _ => quote!(Unary),
        };
        let inbound = match &self.handler.inbound {
            Some(item) => quote!(#item),
            None => quote!(#private::kind::NoItems),
        };
        let allowed = self.allowed();
        let deprecated = self.args.deprecated.as_ref().map(warning);
        quote! {
            #[doc = #doc]
            #deprecated
            #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
            #visibility enum #ident {}
            #allowed
            impl #private::Callable for #ident {
                const NAME: &'static str = #name;
                const VERSION: u32 = #version;
                const ORG: ::core::option::Option<&'static str> = ::core::option::Option::None;
                const GATED: bool = #gated;
                const CONFIDENTIAL: bool = #confidential;
                const IDEMPOTENT: bool = #idempotent;
                const PACKAGE: &'static str = ::core::env!("CARGO_PKG_NAME");
                const SCHEMAS: #private::Schemas = #schemas;
                type Kind = #private::kind::#kind;
                type Request = #request;
                type Inbound = #inbound;
                type Response = #response;
            }
        }
    }

    /// What makes the schemas. There is no bound on the author's types here, see [`Self::invoke`].
    fn schemas(&self, private: &TokenStream) -> TokenStream {
        let taken = |of: &Option<syn::Type>| match of {
            Some(of) => quote!(|| {
                use #private::{OfNone as _, OfType as _};
                (&&#private::SchemaOf::<#of>::new()).request()
            }),
            None => quote!(#private::no_schema),
        };
        let request = taken(&self.handler.payload);
        let inbound = taken(&self.handler.inbound);
        let Handler {
            output,
            response,
            error,
            ..
        } = &self.handler;
        let response = match error {
            Some(_) => quote!(|| {
                use #private::{OfNone as _, OfType as _};
                (&&#private::SchemaOf::<#response>::new()).response()
            }),
            None => quote!(|| {
                use #private::{OfNone as _, OfSuccess as _, OfType as _};
                (&&&#private::SchemaOf::<#output>::new()).response()
            }),
        };
        quote!(#private::Schemas { request: #request, response: #response, inbound: #inbound })
    }
}

/// What the compiler says where such a capability is called by its type.
fn warning(Deprecated { since, instead }: &Deprecated) -> TokenStream {
    let note = instead.iter().map(|instead| format!("use {instead}"));
    quote!(#[deprecated(since = #since #(, note = #note)*)])
}
