//! Generates a type that implements `Callable` for each capability, and the types of facts.

use std::collections::BTreeMap;

use hecate_om_manifest::{Access, Capability, Confidential, Kind, Manifest, Publication};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value;

use super::super::description::kind_name;
use super::GenerateError;
use super::facts;
use super::names::idents;
use super::text::{doc, one_line};
use super::types::{GeneratedTypes, TypeHandle, Types};

/// A capability with its generated types.
struct GeneratedCallable<'a> {
    capability: &'a Capability,
    ident: Ident,
    request: Option<TypeHandle>,
    inbound: Option<TypeHandle>,
    response: Option<TypeHandle>,
    /// Name of each type in the capability's module, by its name in `definitions`.
    names: BTreeMap<String, String>,
}

/// Generates a client's `src/lib.rs`, without the crate's documentation.
pub(super) fn render(manifest: &Manifest, org: &str) -> Result<TokenStream, GenerateError> {
    let mut capabilities: Vec<&Capability> = manifest
        .capabilities
        .iter()
        .filter(|capability| !capability.is_planned())
        .collect();
    capabilities.sort_by(|a, b| a.by_name_and_version(b));
    let mut publications: Vec<&Publication> = manifest.publications.iter().collect();
    publications.sort_by(|a, b| a.topic.cmp(&b.topic));
    let bare = capabilities
        .iter()
        .filter(|capability| capability.response_schema.is_none())
        .map(|capability| capability.name.as_str());
    let without = publications
        .iter()
        .filter(|publication| publication.fact_schema.is_none())
        .map(|publication| publication.topic.as_str());
    let bare: Vec<&str> = bare.chain(without).collect();
    if !bare.is_empty() {
        return Err(GenerateError::NoSchemas(bare.join("`, `")));
    }
    let mut types = Types::default();
    let callables: Vec<GeneratedCallable<'_>> = idents(&capabilities)
        .into_iter()
        .zip(&capabilities)
        .map(|(ident, capability)| GeneratedCallable::new(capability, ident, &mut types))
        .collect();
    let facts = facts::add(&publications, &mut types);
    let types = types
        .write()
        .map_err(|why| find_failing(&capabilities, &publications, why))?;
    let facts = facts::module(&facts, org, &types);
    let items = &types.items;
    let modules = callables
        .iter()
        .filter_map(|callable| callable.module(&types));
    let callables = callables.iter().map(|callable| callable.write(org, &types));
    Ok(quote! {
        #(#callables)*

        /// Types of requests and responses, in one module per capability.
        ///
        /// The names in a module do not depend on other capabilities. A type that several
        /// capabilities share is one Rust type.
        pub mod types {
            #(#modules)*
        }

        #facts

        mod definitions {
            #![allow(
                clippy::all,
                dead_code,
                missing_docs,
                unreachable_pub,
                unused_qualifications,
                elided_lifetimes_in_paths,
                irrefutable_let_patterns
            )]
            #items
        }
    })
}

/// Finds the capability or fact whose schema has no Rust type, by generating the types of each
/// alone.
fn find_failing(
    capabilities: &[&Capability],
    publications: &[&Publication],
    why: String,
) -> GenerateError {
    for capability in capabilities {
        let mut types = Types::default();
        GeneratedCallable::new(capability, quote::format_ident!("probe"), &mut types);
        if let Err(why) = types.write() {
            return GenerateError::NoType(capability.name.clone(), capability.version, why);
        }
    }
    for publication in publications {
        let mut types = Types::default();
        facts::add(&[*publication], &mut types);
        if let Err(why) = types.write() {
            return GenerateError::NoFact(publication.topic.clone(), why);
        }
    }
    GenerateError::NoTypes(why)
}

impl<'a> GeneratedCallable<'a> {
    fn new(capability: &'a Capability, ident: Ident, types: &mut Types) -> Self {
        let name = ident.to_string();
        let mut add = |schema: Option<&Value>, part: &str| {
            schema.map(|schema| types.add(schema, &name, part))
        };
        Self {
            request: add(capability.request_schema.as_ref(), "Request"),
            inbound: add(capability.inbound_schema.as_ref(), "Item"),
            response: add(capability.response_schema.as_ref(), "Response"),
            names: types.own_names(),
            capability,
            ident,
        }
    }

    /// Generates the module of the capability's types; `None` if no type has a name.
    fn module(&self, types: &GeneratedTypes) -> Option<TokenStream> {
        let declared = self
            .names
            .iter()
            .filter(|(shared, _)| types.declares(shared));
        let exports: Vec<TokenStream> = declared
            .map(|(shared, own)| {
                let [shared, own] = [shared, own].map(|name| quote::format_ident!("{name}"));
                if shared == own {
                    quote!(#shared)
                } else {
                    quote!(#shared as #own)
                }
            })
            .collect();
        if exports.is_empty() {
            return None;
        }
        let ident = &self.ident;
        let about = doc(&format!("Types of `{}`.", one_line(&self.capability.name)));
        Some(quote! {
            #about
            pub mod #ident {
                pub use super::super::definitions::{#(#exports),*};
            }
        })
    }

    fn write(&self, org: &str, types: &GeneratedTypes) -> TokenStream {
        let Self {
            capability, ident, ..
        } = self;
        let Capability { name, version, .. } = capability;
        let path = |added: Option<TypeHandle>| added.map(|added| types.path(added));
        let request = path(self.request).unwrap_or_else(|| quote!(()));
        let response = path(self.response).unwrap_or_else(|| quote!(()));
        let inbound =
            path(self.inbound).unwrap_or_else(|| quote!(::hecate_om::call::kind::NoItems));
        let named = format!(
            "Capability `{}` of `{}`, version {version}, {}.",
            one_line(name),
            one_line(org),
            kind_name(capability.kind)
        );
        let doc = match &capability.doc {
            Some(text) => doc(&format!("{text}\n\n{named}")),
            None => doc(&named),
        };
        let deprecated = capability.deprecated.as_ref().map(|deprecated| {
            let since = one_line(&deprecated.since);
            let note = deprecated.instead.iter();
            let note = note.map(|instead| one_line(&format!("use {instead}")));
            quote!(#[deprecated(since = #since #(, note = #note)*)])
        });
        let allowed = deprecated.as_ref().map(|_| quote!(#[allow(deprecated)]));
        let gated = capability.access.as_ref().is_some_and(Access::needs_token);
        let confidential = matches!(capability.confidential, Some(Confidential::Required));
        let idempotent = capability.idempotent;
        let kind = kind(capability.kind);
        let request_schema = schema(capability.request_schema.as_ref());
        let response_schema = schema(capability.response_schema.as_ref());
        let inbound_schema = schema(capability.inbound_schema.as_ref());
        quote! {
            #doc
            #deprecated
            #[allow(missing_debug_implementations, non_camel_case_types)]
            pub enum #ident {}

            #allowed
            impl ::hecate_om::call::Callable for #ident {
                const NAME: &'static str = #name;
                const VERSION: u32 = #version;
                const ORG: Option<&'static str> = Some(#org);
                const GATED: bool = #gated;
                const CONFIDENTIAL: bool = #confidential;
                const IDEMPOTENT: bool = #idempotent;
                const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
                    request: || #request_schema,
                    response: || #response_schema,
                    inbound: || #inbound_schema,
                };
                type Kind = ::hecate_om::call::kind::#kind;
                type Request = #request;
                type Inbound = #inbound;
                type Response = #response;
            }
        }
    }
}

/// Generates the provider's schema, as of the time of generation.
fn schema(schema: Option<&Value>) -> TokenStream {
    match schema {
        Some(schema) => {
            let text = schema.to_string();
            quote!(::hecate_om::call::Schemas::parse(#text))
        }
        None => quote!(None),
    }
}

fn kind(kind: Kind) -> Ident {
    let name = match kind {
        Kind::ServerStreaming => "ServerStreaming",
        Kind::ClientStreaming => "ClientStreaming",
        Kind::Bidirectional => "Bidirectional",
        Kind::Unary => "Unary",
    };
    quote::format_ident!("{name}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns a capability that returns a page with one field.
    fn listing(name: &str, field: &str) -> Capability {
        let kind = json!({"enum": ["new", "old"]});
        let mut capability = Capability::new(name, 1);
        capability.response_schema = Some(json!({
            "title": "Page", "type": "object", "properties": {field: kind}, "required": [field],
        }));
        capability
    }

    /// Returns the module of the types of `notes.list` in a client, and whether its callable type
    /// exists.
    fn notes(capabilities: Vec<Capability>) -> (String, bool) {
        let manifest = Manifest {
            capabilities,
            ..Manifest::default()
        };
        let text = render(&manifest, "acme").unwrap().to_string();
        let module = text.split("pub mod notes_list {").nth(1).unwrap();
        let module = module.split('}').next().unwrap().replace(' ', "");
        (module, text.contains("pub enum notes_list"))
    }

    #[test]
    fn a_capability_beside_others_keeps_its_names() {
        let alone = notes(vec![listing("notes.list", "kind")]);
        let names = "pubusesuper::super::definitions::{Page,PageKind";
        assert_eq!(alone, (names.to_owned(), true));
        // The first capability gets the names that both request.
        let beside = notes(vec![
            listing("about.list", "sort"),
            listing("notes.list", "kind"),
        ]);
        let names = "pubusesuper::super::definitions::{Page2asPage,Page2KindasPageKind";
        assert_eq!(beside, (names.to_owned(), true));
    }

    #[test]
    fn the_capability_or_fact_at_fault_is_named() {
        let mut fine = Capability::new("a.fine", 1);
        fine.response_schema = Some(json!({"type": "string"}));
        let mut wrong = Capability::new("a.wrong", 2);
        let mut deep = json!(true);
        for _ in 0..1_000 {
            deep = json!({"items": deep});
        }
        wrong.response_schema = Some(deep.clone());
        let mut fact = Publication::new("acme/a/b_v1");
        fact.fact_schema = Some(deep);
        let found = find_failing(&[&fine], &[&fact], "why".into());
        assert!(
            matches!(&found, GenerateError::NoFact(topic, _) if topic == "acme/a/b_v1"),
            "{found}"
        );
        let found = find_failing(&[&fine, &wrong], &[], "why".into());
        assert!(
            matches!(&found, GenerateError::NoType(name, 2, _) if name == "a.wrong"),
            "{found}"
        );
        let found = find_failing(&[&fine], &[], "why".into());
        assert!(
            matches!(&found, GenerateError::NoTypes(why) if why == "why"),
            "{found}"
        );
    }

    #[test]
    fn capabilities_whose_names_differ_in_separators_have_types_of_their_own() {
        let request = |name: &str, field: &str| {
            let mut capability = listing(name, field);
            capability.request_schema = Some(json!({
                "type": "object", "properties": {field: {"type": "string"}}, "required": [field],
            }));
            capability
        };
        let manifest = Manifest {
            capabilities: vec![request("a.b", "first"), request("ab", "second")],
            ..Manifest::default()
        };
        let text = render(&manifest, "acme").unwrap().to_string();
        for definition in [
            "pub struct AbRequest { pub first : ",
            "pub struct AbRequest2 { pub second : ",
            "pub use super :: super :: definitions :: { AbRequest2 as AbRequest",
        ] {
            assert!(text.contains(definition), "{text}");
        }
    }
}
