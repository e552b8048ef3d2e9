//! Generates a type that implements `Fact` for each published fact.

use std::collections::BTreeSet;

use hecate_om_manifest::Publication;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use serde_json::Value;

use super::text::{doc, one_line};
use super::type_name::pascal;
use super::types::{GeneratedTypes, TypeHandle, Types};

/// A published fact with its generated type.
pub(super) struct GeneratedFact<'a> {
    publication: &'a Publication,
    schema: &'a Value,
    /// Name of the type in the module `facts`: `OrderPlacedV1` for `acme/shop/order_placed_v1`.
    ident: Ident,
    handle: TypeHandle,
}

/// Adds the types of facts. Facts without a schema are omitted.
pub(super) fn add<'a>(
    publications: &[&'a Publication],
    types: &mut Types,
) -> Vec<GeneratedFact<'a>> {
    let mut taken = BTreeSet::new();
    let mut facts = Vec::new();
    for publication in publications {
        let Some(schema) = &publication.fact_schema else {
            continue;
        };
        let last = publication.topic.rsplit('/').next().unwrap_or_default();
        let name = pascal(last);
        // The last parts of two topics may be equal.
        let names = (1..).map(|n| {
            if n == 1 {
                name.clone()
            } else {
                format!("{name}N{n}")
            }
        });
        let Some(name) = names.into_iter().find(|name| taken.insert(name.clone())) else {
            continue;
        };
        let mut titled = schema.clone();
        // Each fact has a type of its own, because a type has one topic.
        if let Some(object) = titled.as_object_mut() {
            object.insert("title".into(), name.clone().into());
        }
        let handle = types.add(&titled, &name, "");
        types.own_names();
        facts.push(GeneratedFact {
            publication,
            schema,
            ident: format_ident!("{name}"),
            handle,
        });
    }
    facts
}

/// Generates the module `facts`; nothing without facts.
pub(super) fn module(
    facts: &[GeneratedFact<'_>],
    org: &str,
    types: &GeneratedTypes,
) -> TokenStream {
    if facts.is_empty() {
        return TokenStream::new();
    }
    let facts = facts.iter().map(|fact| fact.write(org, types));
    quote! {
        /// Facts that the service publishes: take one in a handler with `#[hecate_om::subscribe]`.
        pub mod facts {
            #(#facts)*
        }
    }
}

impl GeneratedFact<'_> {
    fn write(&self, org: &str, types: &GeneratedTypes) -> TokenStream {
        let Self {
            publication,
            schema,
            ident,
            handle,
        } = self;
        let topic = &publication.topic;
        let path = types.path(*handle);
        let declared = last_ident(path.clone()).filter(|name| types.declares(&name.to_string()));
        let named = format!("Fact `{}` of `{}`.", one_line(topic), one_line(org));
        let about = match &publication.doc {
            Some(text) => doc(&format!("{text}\n\n{named}")),
            None => doc(&named),
        };
        let (of, export) = match declared {
            Some(name) => {
                let export = if name == *ident {
                    quote!(#about pub use super::definitions::#name;)
                } else {
                    quote!(#about pub use super::definitions::#name as #ident;)
                };
                (quote!(super::definitions::#name), export)
            }
            // A schema without fields, such as that of an empty struct, has a type of another crate.
            None => {
                let export = quote! {
                    #about
                    #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
                    #[serde(transparent)]
                    pub struct #ident(pub #path);
                };
                (quote!(#ident), export)
            }
        };
        let (name, text) = (ident.to_string(), schema.to_string());
        quote! {
            #export

            impl ::hecate_om::fact::Fact for #of {
                const TOPIC: &'static str = #topic;
            }

            impl ::hecate_om::JsonSchema for #of {
                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    #name.into()
                }

                fn inline_schema() -> bool {
                    true
                }

                fn json_schema(
                    _: &mut ::hecate_om::schemars::SchemaGenerator,
                ) -> ::hecate_om::schemars::Schema {
                    ::hecate_om::call::Schemas::parse(#text).unwrap_or_default()
                }
            }
        }
    }
}

fn last_ident(path: TokenStream) -> Option<Ident> {
    match path.into_iter().last()? {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn generated(publications: &[(&str, Value)]) -> String {
        let publications: Vec<Publication> = publications
            .iter()
            .map(|(topic, schema)| Publication {
                fact_schema: Some(schema.clone()),
                ..Publication::new(*topic)
            })
            .collect();
        let publications: Vec<&Publication> = publications.iter().collect();
        let mut types = Types::default();
        let facts = add(&publications, &mut types);
        let types = types.write().unwrap();
        let (module, items) = (module(&facts, "acme", &types), &types.items);
        let file = syn::parse2(quote!(#module mod definitions { #items })).unwrap();
        prettyplease::unparse(&file)
    }

    #[test]
    fn facts_of_one_form_have_types_of_their_own() {
        let placed = json!({"title": "Placed", "type": "object", "required": ["order"],
            "properties": {"order": {"type": "integer"}}});
        let text = generated(&[
            ("acme/shop/placed_v1", placed.clone()),
            ("acme/depot/placed_v1", placed.clone()),
            ("acme/shop/placed_v2", placed),
        ]);
        for part in [
            "pub use super::definitions::PlacedV1;",
            "pub use super::definitions::PlacedV1n2 as PlacedV1N2;",
            "pub use super::definitions::PlacedV2;",
            "impl ::hecate_om::fact::Fact for super::definitions::PlacedV2 {\n        const TOPIC: &'static str = \"acme/shop/placed_v2\";",
            "pub struct PlacedV1n2 {",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_fact_without_fields_has_a_type_of_this_crate() {
        let text = generated(&[(
            "acme/shop/closed_v1",
            json!({"type": "object", "title": "Closed"}),
        )]);
        assert!(
            text.contains("    pub struct ClosedV1(\n        pub"),
            "{text}"
        );
        assert!(
            text.contains("impl ::hecate_om::fact::Fact for ClosedV1 {"),
            "{text}"
        );
    }
}
