//! Values as constant expressions.

use std::time::Duration;

use hecate_om_grammar::attributes::{FailureArgs, LayerPath};
use hecate_om_grammar::{Access, Confidential, Dedupe, DedupeStore, Deprecated, Retries};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned as _;

/// The path of the runtime in generated code.
#[derive(Debug)]
pub(crate) struct Runtime(TokenStream);

impl Runtime {
    /// Creates the path from the attribute's `crate`. The default is `::hecate_om`.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self(path.map_or_else(|| quote!(::hecate_om), ToTokens::to_token_stream))
    }

    /// Returns the module for generated code.
    pub(crate) fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
    }

    /// Returns the same module, with errors of the compiler at `span`. Each token keeps its
    /// hygiene.
    pub(crate) fn private_at(&self, span: Span) -> TokenStream {
        let shown = |mut token: TokenTree| {
            token.set_span(token.span().located_at(span));
            token
        };
        self.private().into_iter().map(shown).collect()
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// Returns an `Option` as a constant expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// Returns an access policy as the runtime's type.
pub(crate) fn access(access: Option<&Access>, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let variant = access.map(|access| match access {
        Access::Open => quote!(Open),
        Access::RealmMember { permission } => quote!(RealmMember { permission: #permission }),
        Access::Ucan { issuer } => quote!(Ucan { issuer: #issuer }),
        Access::UcanFrom { setting } => quote!(UcanFrom { setting: #setting }),
        Access::Nodes(nodes) => quote!(Nodes { nodes: &[#(#nodes),*] }),
        Access::NodesFrom { setting } => quote!(NodesFrom { setting: #setting }),
    });
    option(variant.map(|variant| quote!(#private::Access::#variant)))
}

/// Returns layers as a list of the runtime's type. Each mistake in a function is at its path.
pub(crate) fn layers(layers: &[LayerPath], runtime: &Runtime) -> TokenStream {
    let layers = layers.iter().map(|LayerPath { path, name }| {
        let at_path = Span::call_site().located_at(path.span());
        let private = runtime.private_at(at_path);
        quote_spanned!(at_path=> #private::Layer {
            name: #name,
            function: &#private::LayerFunction::new(#path),
        })
    });
    quote!(&[#(#layers),*])
}

/// Returns the value of `confidential` as the runtime's type.
pub(crate) fn confidential(value: Option<Confidential>, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let variant = value.map(|value| match value {
        Confidential::Off => quote!(Off),
        Confidential::Preferred => quote!(Preferred),
        Confidential::Required => quote!(Required),
    });
    option(variant.map(|variant| quote!(#private::Confidential::#variant)))
}

/// Returns the value of `dedupe` as the runtime's type.
pub(crate) fn dedupe(value: Option<Dedupe>, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    option(value.map(|Dedupe { window_ms, store }| {
        let store = match store {
            DedupeStore::Memory => quote!(Memory),
            DedupeStore::Disk => quote!(Disk),
        };
        quote!(#private::Dedupe { window_ms: #window_ms, store: #private::DedupeStore::#store })
    }))
}

/// Returns a deprecation notice as the runtime's type.
pub(crate) fn deprecated(notice: Option<&Deprecated>, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    option(notice.map(|Deprecated { since, instead }| {
        let instead = option(instead.as_ref());
        quote!(#private::Deprecated { since: #since, instead: #instead })
    }))
}

/// Returns what happens to failed runs as the runtime's type.
pub(crate) fn failure(args: &FailureArgs, keeps_order: bool, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let duration = |duration: Duration| {
        // The grammar allows at most one day.
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        quote!(::core::time::Duration::from_millis(#ms))
    };
    let retries = option(args.retries.map(|retries| {
        let Retries {
            max,
            first,
            longest,
        } = retries;
        let (first, longest) = (duration(first), duration(longest));
        quote!(#private::Retries { max: #max, first: #first, longest: #longest })
    }));
    let deadline = option(args.deadline.map(duration));
    quote! {
        #private::FailurePolicy { retries: #retries, deadline: #deadline, keeps_order: #keeps_order }
    }
}
