//! Agreement of the macros and the scanner on attributes.

use std::collections::BTreeSet;
use std::fs;

use hecate_om_expansion::expand;
use hecate_om_manifest::scan::{Environment, Scan, scan};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, File, Item, Meta};
use tempfile::TempDir;

use crate::limits::on_large_stack;

/// The package that the scanner reads.
const CARGO_TOML: &str = r#"[package]
name = "demo"
version = "0.1.0"
edition = "2024"

[dependencies]
hecate-om = "0.1"
"#;

/// Start of the source that the scanner reads, before the item.
const SERVICE: &str = "
use hecate_om::{capability, cron, every, fact, hecate_service, subscribe};

#[hecate_service(main = false)]
#[derive(Default)]
struct Demo;

";

/// Names of the attributes of functions, and of structs.
const HANDLERS: &[&str] = &["capability", "subscribe", "every", "cron"];
const FACTS: &[&str] = &["fact"];

/// Checks that the expansion of an attribute on any item parses and contains the item, and that a
/// handler is in the manifest exactly if its macro accepts it.
///
/// The input is an item with one attribute of a handler.
///
/// # Panics
///
/// If a property does not hold.
pub fn attribute_expansion(input: &[u8]) {
    on_large_stack(|| macro_and_scanner_agree(input));
}

fn macro_and_scanner_agree(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(file) = syn::parse_str::<File>(text)
        && let [item] = &file.items[..]
        && let Some((attribute, others)) = own_attribute(item)
    {
        let accepted = is_accepted(&attribute, item, others);
        let scan = scanned(text);
        let found = scan.capabilities.len()
            + scan.handlers.subscriptions.len()
            + scan.handlers.publications.len()
            // A subscription to the topic of a type that is not in the source.
            + usize::from(scan.errors.iter().any(|error| error.message.contains("no topic of")))
            + scan.handlers.schedules.len();
        assert_eq!(
            (found, scan.complete),
            (usize::from(accepted), accepted),
            "{text}\n{:?}",
            scan.errors
        );
    }
}

/// Returns the attribute of a function or struct that has one of ours, without conditions, and the
/// item's other attributes.
fn own_attribute(item: &Item) -> Option<(Attribute, Vec<Attribute>)> {
    let (attributes, names) = match item {
        Item::Fn(function) => (&function.attrs, HANDLERS),
        Item::Struct(item) => (&item.attrs, FACTS),
        _ => return None,
    };
    let is_own = |attribute: &&Attribute| {
        let ident = attribute.path().get_ident();
        ident.is_some_and(|ident| names.iter().any(|name| ident == name))
    };
    let (own, others): (Vec<_>, Vec<_>) = attributes.iter().partition(is_own);
    let is_plain = |attribute: &&Attribute| attribute.path().is_ident("doc");
    let [attribute] = own[..] else {
        return None;
    };
    // Another attribute may remove the function or may itself be invalid.
    others
        .iter()
        .all(is_plain)
        .then(|| (attribute.clone(), others.into_iter().cloned().collect()))
}

/// Expands the attribute, and returns whether the expansion has no error.
fn is_accepted(attribute: &Attribute, item: &Item, others: Vec<Attribute>) -> bool {
    let mut item = item.clone();
    match &mut item {
        Item::Fn(function) => function.attrs = others,
        Item::Struct(item) => item.attrs = others,
        _ => {}
    }
    let arguments = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let name = attribute.path().to_token_stream().to_string();
    let expansion = expand(&name, &arguments, &item.to_token_stream()).expect("it is ours");
    let text = expansion.to_string();
    let file: File = syn::parse2(expansion).unwrap_or_else(|error| panic!("{error}: {text}"));
    let is_error = |item: &Item| match item {
        Item::Macro(item) => item
            .mac
            .path
            .segments
            .iter()
            .any(|s| s.ident == "compile_error"),
        _ => false,
    };
    let names = |item: &Item| match item {
        Item::Fn(function) => Some(function.sig.ident.to_string()),
        Item::Struct(item) => Some(item.ident.to_string()),
        _ => None,
    };
    let functions: BTreeSet<String> = file.items.iter().filter_map(names).collect();
    assert!(
        functions.is_superset(&names(&item).into_iter().collect()),
        "{text}"
    );
    !file.items.iter().any(is_error)
}

/// Scans a package whose source has the item after a service.
fn scanned(item: &str) -> Scan {
    let folder = TempDir::new().expect("a folder is created");
    let src = folder.path().join("src");
    fs::create_dir(&src).expect("a folder is created");
    fs::write(folder.path().join("Cargo.toml"), CARGO_TOML).expect("a file is written");
    fs::write(src.join("lib.rs"), format!("{SERVICE}{item}\n")).expect("a file is written");
    scan(folder.path(), &Environment::default()).expect("the package is read")
}
