//! Rust names of capabilities.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_manifest::Capability;
use proc_macro2::{Ident, Span};
use quote::format_ident;

/// Returns the Rust name of each capability, in the given order: `rag_search` for `rag.search`,
/// with the version as suffix if it is not 1. Names depend on other capabilities only if two differ
/// just in their separators.
pub(super) fn idents(capabilities: &[&Capability]) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    let mut next: BTreeMap<String, u32> = BTreeMap::new();
    let ident = |capability: &&Capability| {
        let name = match capability.version {
            1 => snake(&capability.name),
            version => format!("{}_v{version}", snake(&capability.name)),
        };
        // Two names may differ only in characters that identifiers lack: `a-b` and `a.b`.
        let next = next.entry(name.clone()).or_insert(1);
        loop {
            let free = match *next {
                1 => name.clone(),
                n => format!("{name}_{n}"),
            };
            *next += 1;
            if taken.insert(free.clone()) {
                return raw(&free);
            }
        }
    };
    capabilities.iter().map(ident).collect()
}

pub(super) fn snake(name: &str) -> String {
    let name = name
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_")
        .to_ascii_lowercase();
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() => name,
        _ => format!("_{name}"),
    }
}

/// Reserved names: names that cannot be raw identifiers, names in the generated crate, and
/// primitive types.
const TAKEN: [&str; 26] = [
    "self",
    "super",
    "crate",
    "_",
    "definitions",
    "facts",
    "types",
    "bool",
    "char",
    "str",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f16",
    "f128",
];

/// Returns the name as an identifier, raw if it is a keyword.
fn raw(name: &str) -> Ident {
    if TAKEN.contains(&name) {
        format_ident!("{name}_")
    } else {
        syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[(&str, u32)]) -> Vec<String> {
        let capabilities: Vec<Capability> = names
            .iter()
            .map(|(name, version)| Capability::new(*name, *version))
            .collect();
        let capabilities: Vec<&Capability> = capabilities.iter().collect();
        idents(&capabilities).iter().map(Ident::to_string).collect()
    }

    #[test]
    fn a_capability_is_named_by_its_whole_name_and_its_version() {
        let names = [("rag.search", 1), ("rag.search", 2), ("ping", 1)];
        assert_eq!(named(&names), ["rag_search", "rag_search_v2", "ping"]);
        assert_eq!(
            named(&[("web.search", 1), ("rag.search", 1)])[1],
            "rag_search"
        );
    }

    #[test]
    fn names_that_are_equal_in_rust_get_numbers() {
        let names = [("a-b", 1), ("a.b", 1), ("a.b/2nd", 1), ("2nd", 1)];
        assert_eq!(named(&names), ["a_b", "a_b_2", "a_b_2nd", "_2nd"]);
    }

    #[test]
    fn keywords_are_supported_as_names() {
        let names = [
            ("type", 1),
            ("self", 1),
            ("crate", 2),
            ("types", 1),
            ("async", 3),
            ("u32", 1),
        ];
        assert_eq!(
            named(&names),
            ["r#type", "self_", "crate_v2", "types_", "async_v3", "u32_"]
        );
    }
}
