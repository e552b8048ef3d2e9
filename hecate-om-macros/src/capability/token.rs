//! The type by which callers call a capability. The default name is the function's.

use hecate_om_grammar::attributes::Handler;
use hecate_om_grammar::{Access, Confidential, Deprecated, Kind};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Type, Visibility};

use super::CapabilityExpansion;
use crate::value::Runtime;

impl CapabilityExpansion {
    /// Returns the name of the type, with the version if another attribute below this one defines
    /// one too.
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

    /// Returns the path of the type in generated code.
    pub(super) fn token_path(&self) -> TokenStream {
        let ident = self.token_ident();
        if !self.is_named() {
            return ident.to_token_stream();
        }
        let module = self.module();
        quote!(#module::#ident)
    }

    /// Returns the module of the type.
    fn module(&self) -> Ident {
        format_ident!("__hecate_om_{}_v{}", self.ident(), *self.args.version)
    }

    /// Returns whether callers can name the type; not if it would have the name of a primitive
    /// type.
    pub(super) fn is_named(&self) -> bool {
        self.shared || self.args.caller_type(&self.handler.ident).is_some()
    }

    /// Returns the type and its implementation of `Callable`.
    ///
    /// The type is an empty enum, which is only in the namespace of types; the function is in that
    /// of values. A glob import brings it into scope, so that an import or item of the same name
    /// shadows it instead of conflicting with it.
    pub(super) fn token(&self, runtime: &Runtime) -> TokenStream {
        let private = runtime.private();
        let name = self.args.name.as_str();
        let version = *self.args.version;
        let (ident, path) = (self.token_ident(), self.token_path());
        let doc = format!("Capability `{name}`, version {version}, for callers.");
        let gated = self.args.access.as_ref().is_some_and(Access::needs_token);
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
            let visibility_in_module = visibility_in_module(visibility);
            quote! {
                #[allow(non_snake_case)]
                mod #module {
                    #written
                    #visibility_in_module enum #ident {}
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

    /// Returns a check that the output is not an alias of `Result`, whose response would be the
    /// whole `Result`.
    fn no_alias(&self, private: &TokenStream) -> Option<TokenStream> {
        let Handler { output, error, .. } = &self.handler;
        let is_one_value = matches!(self.handler.kind(), Kind::Unary | Kind::ClientStreaming);
        let Type::Path(path) = output else {
            return None;
        };
        // The grammar also reads the response of an alias named `Result`.
        let is_result = path.path.segments.last()?.ident == "Result";
        if error.is_some() || is_result || !is_one_value {
            return None;
        }
        let message = format!(
            "the output of `{}` is an alias of `Result` with another name: write `Result<…>` in the signature",
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

    /// Returns the functions for schemas. They put no bound on the author's types; see
    /// [`Self::invoke`].
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

/// Returns the visibility for an item one module deeper.
fn visibility_in_module(visibility: &Visibility) -> TokenStream {
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

/// Returns an associated type. If a `pub` function has a private type, the error is at the type.
fn associated(name: &str, of: Option<&Type>, otherwise: &TokenStream) -> TokenStream {
    let Some(of) = of else {
        let name = Ident::new(name, Span::call_site());
        return quote!(type #name = #otherwise;);
    };
    let at_type = Span::call_site().located_at(of.span());
    let name = Ident::new(name, at_type);
    quote_spanned!(at_type=> type #name = #of;)
}

/// Returns the compiler's deprecation attribute for the type.
fn warning(Deprecated { since, instead }: &Deprecated) -> TokenStream {
    let note = instead.iter().map(|instead| format!("use {instead}"));
    quote!(#[deprecated(since = #since #(, note = #note)*)])
}
