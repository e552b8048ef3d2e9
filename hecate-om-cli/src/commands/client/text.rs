//! Sanitizes a provider's texts for the generated source.

use hecate_om::__private::is_unprintable;
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::quote;

/// Start of the JSON Schema that the type generator adds to documentation.
const SCHEMA: &str = "<details><summary>JSON schema</summary>";

/// Replaces control characters except line breaks, and characters that reorder text, which the
/// compiler refuses.
pub(super) fn escape_control(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let shown = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Returns the text on one line.
pub(super) fn one_line(text: &str) -> String {
    escape_control(text).replace('\n', " ")
}

/// Generates doc attributes, one per line.
pub(super) fn doc(text: &str) -> TokenStream {
    let text = escape_control(text);
    let lines = text.lines().map(|line| {
        let line = line.trim_end();
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    });
    quote!(#(#[doc = #lines])*)
}

/// Generates inner doc attributes.
pub(super) fn inner_doc(text: &str) -> TokenStream {
    let outer = doc(text).into_iter();
    let inner = outer.flat_map(|tree| match tree {
        TokenTree::Punct(punct) => quote!(#punct!),
        other => other.into(),
    });
    inner.collect()
}

/// Removes the JSON Schemas from the documentation of generated types.
pub(super) fn without_schemas(tokens: TokenStream) -> TokenStream {
    let tree = |tree: TokenTree| match tree {
        TokenTree::Group(group) => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            let inside = match inside.as_slice() {
                [TokenTree::Ident(doc), equals, TokenTree::Literal(text)] if doc == "doc" => {
                    let text = documentation(text);
                    quote!(#doc #equals #text)
                }
                _ => without_schemas(group.stream()),
            };
            TokenTree::Group(Group::new(group.delimiter(), inside))
        }
        other => other,
    };
    tokens.into_iter().map(tree).collect()
}

fn documentation(text: &Literal) -> Literal {
    let text = syn::parse_str::<syn::LitStr>(&text.to_string());
    let text = text.map(|text| text.value()).unwrap_or_default();
    let kept = text.split(SCHEMA).next().unwrap_or_default();
    let kept = escape_control(kept);
    let kept = kept.trim();
    if kept.is_empty() {
        Literal::string("")
    } else {
        Literal::string(&format!(" {kept}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\r/*/ \u{1b}[2J \u{202e}dlrow\u{2028}\n*/ fn main() {} /*\n\"]\n#[no_mangle]\n```\nevil()\n```";

    /// Returns the documentation of the only item of a file.
    fn read_back(tokens: TokenStream) -> (String, usize) {
        let file: syn::File = syn::parse2(tokens).expect("it is Rust");
        let text = prettyplease::unparse(&file);
        let file = syn::parse_file(&text).expect("it is Rust");
        (text, file.items.len())
    }

    #[test]
    fn documentation_stays_documentation() {
        let doc = doc(HOSTILE);
        let hostile = Literal::string(HOSTILE);
        let generated = without_schemas(quote!(#[doc = #hostile] struct B;));
        let whole = inner_doc(HOSTILE);
        let (text, items) = read_back(quote!(#whole #doc struct A; #generated));
        assert_eq!(items, 2, "{text}");
        assert!(
            !text.contains(|c: char| c != '\n' && is_unprintable(c)),
            "{text:?}"
        );
    }
}
