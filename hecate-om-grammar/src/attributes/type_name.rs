//! Types as text.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;

/// Returns a type as text with the usual spacing: `Vec<(u8, &'static str)>`.
///
/// The compiler and `proc_macro2` print tokens with different spaces; the manifest must not depend
/// on that.
#[must_use]
pub fn type_name(of: &Type) -> String {
    let mut name = String::new();
    write(of.to_token_stream(), &mut name);
    name
}

fn write(tokens: TokenStream, name: &mut String) {
    let mut after_word = false;
    let mut arrow = false;
    for token in tokens {
        let word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word && after_word {
            name.push(' ');
        }
        after_word = word;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                name.push_str(open);
                write(group.stream(), name);
                name.push_str(close);
                after_word = group.delimiter() == Delimiter::None;
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => name.extend([punct.as_char(), ' ']),
                '+' | '=' => name.extend([' ', punct.as_char(), ' ']),
                '-' if punct.spacing() == Spacing::Joint => {
                    arrow = true;
                    name.push_str(" -");
                }
                '>' if arrow => {
                    arrow = false;
                    name.push_str("> ");
                }
                // The next word is `as`, or the trait after a `for<'a>`.
                '>' => {
                    name.push('>');
                    after_word = true;
                }
                other => name.push(other),
            },
            word => name.push_str(&word.to_string()),
        }
    }
    // A comma at the end, as in `(u8,)`, has no space after it.
    name.truncate(name.trim_end().len());
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{ ", " }"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_printed_as_in_the_source() {
        for text in [
            "String",
            "()",
            "(u8,)",
            "Vec<(u8, &'static str)>",
            "[u8; 32]",
            "std::collections::BTreeMap<String, Option<u64>>",
            "Box<dyn Fn(u8) -> u8 + Send>",
            "<Vec<u8> as IntoIterator>::Item",
            "Page<Item = u8>",
        ] {
            let parsed: Type = syn::parse_str(text).unwrap();
            assert_eq!(type_name(&parsed), text);
        }
    }
}
