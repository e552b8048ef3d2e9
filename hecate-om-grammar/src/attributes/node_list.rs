//! Lists of nodes: `nodes("…", "…")` or `nodes(setting("…"))`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Token};

use super::own_setting::own_setting;
use super::value::Value;
use crate::Access;

/// Reads the arguments of `nodes(…)`.
pub(super) fn node_list(value: &Value, arguments: TokenStream) -> syn::Result<Access> {
    if let Ok(SettingArgument(literal)) = syn::parse2(arguments.clone()) {
        let setting = own_setting(&literal)?;
        return Ok(Access::NodesFrom { setting });
    }
    let literals = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(arguments);
    let literals = literals.map_err(|_| {
        value.refuse(
            "lists nodes by their ids: write `nodes(\"…\", \"…\")` with 64 hex digits each, or \
             `nodes(setting(\"…\"))` with the environment variable that contains the list",
        )
    })?;
    let mut nodes = BTreeSet::new();
    for literal in literals {
        let text = literal.value();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let what = format!("`{text}` is not a node id: write 64 hex digits");
            return Err(Error::new(literal.span(), what));
        }
        if !nodes.insert(text.to_ascii_lowercase()) {
            let what = format!("the node `{text}` is listed twice: remove one of the two");
            return Err(Error::new(literal.span(), what));
        }
    }
    Ok(Access::Nodes(nodes.into_iter().collect()))
}

/// `setting("…")`.
struct SettingArgument(LitStr);

impl Parse for SettingArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        if word != "setting" {
            return Err(input.error("expected `setting`"));
        }
        let content;
        syn::parenthesized!(content in input);
        let literal = content.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self(literal))
    }
}
