//! The type by which callers name a capability: `mesh.call::<search_chunks>(…)`.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::spanned::Spanned;
use super::value::Value;

/// Names that a type must not hide: the primitive types and the standard crates.
const RESERVED: [&str; 23] = [
    "alloc",
    "bool",
    "char",
    "core",
    "f128",
    "f16",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "proc_macro",
    "std",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

/// Returns an example of a type name for a capability, derived from the name of its function.
#[must_use]
pub fn type_example(function: &Ident) -> String {
    let name = function.unraw().to_string();
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    });
    words.collect()
}

/// Reads the value of `as`.
pub(super) fn caller_type(value: &Value) -> syn::Result<Spanned<Ident>> {
    let ident: Ident = syn::parse2(value.tokens.clone()).map_err(|_| {
        value.refuse(format!(
            "must be the name of a type, by which callers call the capability: write `as = {}`",
            value.example
        ))
    })?;
    if is_reserved(&ident) {
        return Err(value.refuse(format!(
            "would hide the built-in name `{ident}` in the module: use another name, `as = {}`",
            value.example
        )));
    }
    let span = ident.span();
    Ok(Spanned::new(ident, span))
}

/// Returns whether a type of this name would hide a primitive type or a standard crate.
pub(super) fn is_reserved(name: &Ident) -> bool {
    RESERVED.contains(&&*name.unraw().to_string())
}
