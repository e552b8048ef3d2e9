//! Implementation of `Contract`.

use hecate_om_grammar::attributes::ServiceArgs;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::ServiceExpansion;
use crate::value::{access, layers};

impl ServiceExpansion {
    /// Returns the implementation of `Contract`.
    pub(super) fn contract(&self) -> TokenStream {
        let Self {
            ident,
            runtime,
            args,
            ..
        } = self;
        let private = runtime.private();
        let name = or_package(
            args.name.as_ref().map(|name| name.as_str()),
            "CARGO_PKG_NAME",
        );
        let version = or_package(
            args.version.as_ref().map(|version| &***version),
            "CARGO_PKG_VERSION",
        );
        let description = or_package(self.description.as_deref(), "CARGO_PKG_DESCRIPTION");
        let manifest = self.manifest();
        let health_port = args
            .health_port
            .as_ref()
            .map_or(ServiceArgs::DEFAULT_HEALTH_PORT, |port| port.value);
        let access = access(args.access.as_ref().map(|access| &access.value), runtime);
        let scope = args
            .scope
            .as_ref()
            .map_or_else(|| name.clone(), |scope| scope.value.to_token_stream());
        let (permissions, resources) = (&args.permissions, &args.resources);
        let env = (!args.env.is_empty()).then(|| {
            let names = &args.env;
            quote!(const ENV: &'static [&'static ::core::primitive::str] = &[#(#names),*];)
        });
        let layers = (!args.layers.is_empty()).then(|| {
            let layers = layers(&args.layers, runtime);
            quote!(const LAYERS: &'static [#private::Layer] = #layers;)
        });
        let settings = args
            .settings
            .as_ref()
            .map_or_else(|| quote!(()), ToTokens::to_token_stream);
        let check_settings = args.settings.as_ref().map(|settings| {
            let at_name = Span::call_site().located_at(settings.span());
            let private = runtime.private_at(at_name);
            quote_spanned!(at_name=> const _: () = #private::check_settings::<#ident>();)
        });
        let ttl_days = args
            .ttl_days
            .as_ref()
            .map_or(ServiceArgs::DEFAULT_TTL_DAYS, |days| days.value);
        let lifecycle = self.lifecycle(&private);
        quote! {
            const _: () = {
                #[automatically_derived]
                impl #private::Contract for #ident {
                    type Settings = #settings;
                    const NAME: &'static ::core::primitive::str = #name;
                    const VERSION: &'static ::core::primitive::str = #version;
                    const PACKAGE: &'static ::core::primitive::str = ::core::env!("CARGO_PKG_NAME");
                    const DESCRIPTION: &'static ::core::primitive::str = #description;
                    #manifest
                    const HEALTH_PORT: ::core::primitive::u16 = #health_port;
                    const ACCESS: ::core::option::Option<#private::Access> = #access;
                    #env
                    #layers
                    const ABORTS: ::core::primitive::bool = ::core::cfg!(panic = "abort");
                    const IDENTITY_SPEC: #private::IdentitySpec = #private::IdentitySpec {
                        scope: #scope,
                        permissions: &[#(#permissions),*],
                        resources: &[#(#resources),*],
                        ttl_days: #ttl_days,
                    };

                    #lifecycle
                }

                #check_settings
            };
        }
    }

    /// Returns the constant with the manifest that the build script wrote for this program.
    fn manifest(&self) -> TokenStream {
        let manifest = if self.broken {
            quote!("")
        } else {
            let choice = from_build_script("HECATE_OM_MANIFESTS");
            quote!(::core::include!(#choice))
        };
        quote!(const MANIFEST: &'static ::core::primitive::str = #manifest;)
    }

    /// Returns how the service is constructed. Errors about it are at the struct's name.
    fn lifecycle(&self, private: &TokenStream) -> TokenStream {
        let ident = &self.ident;
        let at_name = Span::mixed_site().located_at(ident.span());
        let lifecycle = quote_spanned!(at_name=> .lifecycle());
        quote! {
            fn lifecycle() -> #private::Lifecycle<Self> {
                use #private::{FromDefault as _, FromNeither as _, FromService as _};
                (&&&#private::Probe::<#ident>::new())#lifecycle
            }
        }
    }
}

/// Returns the value, or the variable of Cargo for the package's.
fn or_package(value: Option<&str>, variable: &str) -> TokenStream {
    match value {
        Some(value) => quote!(#value),
        None => quote!(::core::env!(#variable)),
    }
}

/// Error for a package without a build script.
const NO_BUILD_SCRIPT: &str = "this package has no build script that generates the manifest of the service: \
    add a `build.rs` with `fn main() { hecate_om_manifest::emit(); }` beside `Cargo.toml`, and \
    `hecate-om-manifest` to `[build-dependencies]`";

/// Returns a path that the build script sets.
///
/// All variables have the same error message, so that the compiler shows it once.
pub(super) fn from_build_script(variable: &str) -> TokenStream {
    quote!(::core::env!(#variable, #NO_BUILD_SCRIPT))
}
