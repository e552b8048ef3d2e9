//! The key `layers`: `[audit, tenancy::tenant]`.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Error, ExprArray, Path};

use super::value::Value;

/// A layer as an attribute names it.
#[derive(Debug, Clone)]
pub struct LayerPath {
    /// Path of the function.
    pub path: Path,
    /// The path as text, for the manifest.
    pub name: String,
}

/// Reads a list of paths of functions without duplicates.
pub(super) fn layers(value: &Value) -> syn::Result<Vec<LayerPath>> {
    let array = syn::parse2::<ExprArray>(value.tokens.clone())
        .map_err(|_| value.refuse("takes a list of functions: write `layers = [audit]`"))?;
    let mut seen = BTreeSet::new();
    let mut layers = Vec::new();
    let mut errors: Option<Error> = None;
    for element in &array.elems {
        match layer(&element.to_token_stream(), &mut seen) {
            Ok(layer) => layers.push(layer),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(layers), Err)
}

fn layer(tokens: &TokenStream, seen: &mut BTreeSet<String>) -> syn::Result<LayerPath> {
    let refuse = |why: &str| Error::new_spanned(tokens, why);
    let path = Path::parse_mod_style.parse2(tokens.clone()).map_err(|_| {
        refuse(
            "a layer is the path of a function: write its name without arguments, quotes or a \
             closure",
        )
    })?;
    let segments = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string());
    let segments: Vec<String> = segments.collect();
    let root = path.leading_colon.map_or("", |_| "::");
    let name = format!("{root}{}", segments.join("::"));
    if !seen.insert(name.clone()) {
        return Err(refuse(&format!(
            "`layers` contains `{name}` twice: remove one of the two"
        )));
    }
    Ok(LayerPath { path, name })
}
