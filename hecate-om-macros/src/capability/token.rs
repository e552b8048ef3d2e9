//! The type by which callers call a capability, of the function's name unless the attribute names it.

use hecate_om_grammar::attributes::Handler;
use hecate_om_grammar::{Access, Confidential, Deprecated, Kind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Type, Visibility};

use super::Capability;
use crate::value::Runtime;

impl Capability {
    /// The name of the type; with the version behind it where an attribute below this one makes one, too.
    pub(super) fn token_ident(&self) -> Ident {
        if let Some(named) = &self.args.caller_type {
            return named.value.clone();
        }
        let ident = self.ident();
        if self.shared {
            return format_ident!("{ident}_v{}", *self.args.version);
        }
        let free = self.args.caller_type(&ident);
        free.unwrap_or_else(|| format_ident!("__HecateOmCapability"))
    }

    /// The type, as the generated code names it.
    pub(super) fn token_path(&self) -> TokenStream {
        let ident = self.token_ident();
        if !self.is_named() {
            return ident.to_token_stream();
        }
        let module = self.module();
        quote!(#module::#ident)
    }

    /// The module that the type is defined in.
    fn module(&self) -> Ident {
        format_ident!("__hecate_om_{}_v{}", self.ident(), *self.args.version)
    }

    /// Whether callers can name the type: not so where its name would be that of a primitive type.
    pub(super) fn is_named(&self) -> bool {
        self.shared || self.args.caller_type(&self.handler.ident).is_some()
    }

    /// The type, with what a caller must know of the capability.
    ///
    /// It is an empty enum, which takes the name among types only: the function has it among values. A
    /// glob import brings it into scope, so that an import or an item of the same name hides it instead
    /// of clashing with it.
    pub(super) fn token(&self, runtime: &Runtime) -> TokenStream {
        let private = runtime.private();
        let name = self.args.name.as_str();
        let version = *self.args.version;
        let (ident, path) = (self.token_ident(), self.token_path());
        let doc = format!("The capability `{name}`, version {version}, as callers name it.");
        let gated = !matches!(self.args.access, None | Some(Access::Open));
        let confidential = matches!(self.args.confidential, Some(Confidential::Required));
        let idempotent = self.args.idempotent;
        let schemas = self.schemas(&private);
        let request = associated("Request", self.handler.payload.as_ref(), &quote!(()));
        let response = associated("Response", Some(&self.handler.response), &quote!(()));
        let no_items = quote!(#private::kind::NoItems);
        let inbound = associated("Inbound", self.handler.inbound.as_ref(), &no_items);
        let kind = match self.handler.kind() {
            Kind::ServerStreaming => quote!(ServerStreaming),
            Kind::ClientStreaming => quote!(ClientStreaming),
            Kind::Bidirectional => quote!(Bidirectional),
            Kind::Unary => quote!(Unary),
        };
        let no_alias = self.no_alias(&private);
        let allowed = self.allowed();
        let deprecated = self.args.deprecated.as_ref().map(warning);
        let written = quote! {
            #[doc = #doc]
            #deprecated
            #[allow(dead_code, missing_debug_implementations, non_camel_case_types)]
        };
        let defined = if self.is_named() {
            let (module, visibility) = (self.module(), &self.visibility);
            let from_inside = from_inside(visibility);
            quote! {
                #[allow(non_snake_case)]
                mod #module {
                    #written
                    #from_inside enum #ident {}
                }
                #[allow(unused_imports, unreachable_pub)]
                #visibility use #module::*;
            }
        } else {
            quote!(#written enum #ident {})
        };
        quote! {
            #defined
            #allowed
            impl #private::Callable for #path {
                const NAME: &'static ::core::primitive::str = #name;
                const VERSION: ::core::primitive::u32 = #version;
                const ORG: ::core::option::Option<&'static ::core::primitive::str> =
                    ::core::option::Option::None;
                const GATED: ::core::primitive::bool = #gated;
                const CONFIDENTIAL: ::core::primitive::bool = #confidential;
                const IDEMPOTENT: ::core::primitive::bool = #idempotent;
                const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
                const SCHEMAS: #private::Schemas = #schemas;
                type Kind = #private::kind::#kind;
                #request
                #inbound
                #response
            }
            #no_alias
        }
    }

    /// Checks that the output type is not an alias of `Result`: callers would read the whole `Result` as
    /// the response.
    fn no_alias(&self, private: &TokenStream) -> Option<TokenStream> {
        let Handler { output, error, .. } = &self.handler;
        let is_one_value = matches!(self.handler.kind(), Kind::Unary | Kind::ClientStreaming);
        let Type::Path(path) = output else {
            return None;
        };
        // The grammar reads the response out of an alias that is called `Result`, too.
        let is_result = path.path.segments.last()?.ident == "Result";
        if error.is_some() || is_result || !is_one_value {
            return None;
        }
        let message = format!(
            "the output of `{}` is an alias of `Result` by another name; write `Result<…>` in its signature",
            self.handler.ident
        );
        let at_type = Span::call_site().located_at(output.span());
        Some(quote_spanned! {at_type=>
            const _: () = {
                use #private::MaybeResult as _;
                ::core::assert!(!#private::Output::<#output>::IS_RESULT, #message);
            };
        })
    }

    /// What makes the schemas. There is no bound on the author's types here, see [`Self::invoke`].
    fn schemas(&self, private: &TokenStream) -> TokenStream {
        let taken = |of: &Option<Type>| match of {
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

/// The same visibility for an item one module further in.
fn from_inside(visibility: &Visibility) -> TokenStream {
    let Visibility::Restricted(restricted) = visibility else {
        return match visibility {
            Visibility::Public(_) => quote!(pub),
            _ => quote!(pub(super)),
        };
    };
    let path = &restricted.path;
    if path.is_ident("self") {
        quote!(pub(super))
    } else if path
        .segments
        .first()
        .is_some_and(|first| first.ident == "super")
    {
        quote!(pub(in super::#path))
    } else {
        quote!(pub(in #path))
    }
}

/// An associated type. Of a `pub` function with a private type, the compiler says so at the type.
fn associated(name: &str, of: Option<&Type>, otherwise: &TokenStream) -> TokenStream {
    let Some(of) = of else {
        let name = Ident::new(name, Span::call_site());
        return quote!(type #name = #otherwise;);
    };
    let at_type = Span::call_site().located_at(of.span());
    let name = Ident::new(name, at_type);
    quote_spanned!(at_type=> type #name = #of;)
}

/// What the compiler says where such a capability is called by its type.
fn warning(Deprecated { since, instead }: &Deprecated) -> TokenStream {
    let note = instead.iter().map(|instead| format!("use {instead}"));
    quote!(#[deprecated(since = #since #(, note = #note)*)])
}
