//! Rust identifiers for names on the wire.
//!
//! The type generator derives identifiers from the names in a schema, and fails on names that
//! differ only in characters that identifiers lack (`+` and `-`, `userId` and `user_id`). Such a
//! name is replaced by a placeholder before the generator runs: a free identifier and one
//! private-use character, which the generator's case conversion drops. In the generated source,
//! each placeholder is replaced by the original name.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use proc_macro2::{Group, Literal, TokenStream, TokenTree};

/// First character of Unicode's first supplementary private use area.
const FIRST: u32 = 0xF_0000;

/// Number of characters in that area.
const MAX_NAMES: u32 = 0xFFFE;

/// Words for characters that identifiers lack.
const SYMBOLS: [(char, &str); 28] = [
    ('=', "equal"),
    ('<', "less"),
    ('>', "greater"),
    ('+', "plus"),
    ('-', "minus"),
    ('*', "star"),
    ('/', "slash"),
    ('%', "percent"),
    ('!', "not"),
    ('?', "question"),
    ('&', "and"),
    ('|', "or"),
    ('^', "caret"),
    ('~', "tilde"),
    ('#', "hash"),
    ('$', "dollar"),
    ('@', "at"),
    ('.', "dot"),
    (',', "comma"),
    (':', "colon"),
    (';', "semicolon"),
    (' ', "space"),
    ('_', "underscore"),
    ('\'', "quote"),
    ('"', "double quote"),
    ('`', "backtick"),
    ('(', "open"),
    (')', "close"),
];

/// Characters that only separate words, unless a name consists of nothing else.
const SEPARATORS: [char; 8] = ['-', '_', '.', '/', ':', ' ', ',', '\''];

/// Kind of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Field,
    Variant,
}

impl Case {
    /// Returns the identifier that the type generator derives from `name`.
    fn ident(self, name: &str) -> String {
        let words = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-");
        let (ident, prefix) = match self {
            Self::Field => (words.to_snake_case(), "x"),
            Self::Variant => (words.to_pascal_case(), "X"),
        };
        let ident = if ident.starts_with(|c: char| c.is_ascii_alphabetic()) {
            ident
        } else {
            format!("{prefix}{ident}")
        };
        if typify_impl::accept_as_ident(&ident) {
            ident
        } else {
            format!("{ident}_")
        }
    }

    fn numbered(self, stem: &str, n: usize) -> String {
        match self {
            Self::Field => format!("{stem}_{n}"),
            Self::Variant => format!("{stem}{n}"),
        }
    }
}

/// The fields of one struct, or the variants of one enum.
#[derive(Debug)]
pub(super) struct Scope {
    case: Case,
    idents: BTreeSet<String>,
    /// The next number to try, by stem.
    next: BTreeMap<String, usize>,
    /// Name in the schema, by name on the wire.
    names: BTreeMap<String, String>,
}

impl Scope {
    pub(super) const fn new(case: Case) -> Self {
        Self {
            case,
            idents: BTreeSet::new(),
            next: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// Reserves an identifier that the type generator uses.
    pub(super) fn reserve(&mut self, ident: &str) {
        self.idents.insert(ident.to_owned());
    }

    /// Returns `first` if it is free, else its stem with the next free number.
    fn unused_name(&mut self, first: &str) -> String {
        if self.idents.insert(self.case.ident(first)) {
            return first.to_owned();
        }
        let stem = first.trim_end_matches('_');
        let next = self.next.entry(stem.to_owned()).or_insert(2);
        loop {
            let numbered = self.case.numbered(stem, *next);
            *next += 1;
            if self.idents.insert(self.case.ident(&numbered)) {
                return numbered;
            }
        }
    }
}

/// Names on the wire that have placeholders.
#[derive(Debug, Default)]
pub(super) struct WireNames {
    names: Vec<String>,
    marks: BTreeMap<String, char>,
}

impl WireNames {
    /// Returns the name for the schema: `wire` itself if the type generator derives a free
    /// identifier from it, else a placeholder.
    pub(super) fn name(&mut self, wire: &str, scope: &mut Scope) -> String {
        if let Some(known) = scope.names.get(wire) {
            return known.clone();
        }
        let case = scope.case;
        let first = case.ident(&spelled(wire));
        let chosen = scope.unused_name(&first);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_plain = wire.starts_with(|c: char| c.is_ascii_alphabetic())
            && wire.chars().all(is_word)
            && chosen == first
            && case.ident(wire) == first;
        let name = if is_plain {
            wire.to_owned()
        } else {
            format!("{chosen}{}", self.mark(wire))
        };
        scope.names.insert(wire.to_owned(), name.clone());
        name
    }

    /// Returns whether there are more names than placeholders.
    pub(super) fn is_full(&self) -> bool {
        self.names.len() > MAX_NAMES as usize
    }

    fn mark(&mut self, wire: &str) -> char {
        if let Some(mark) = self.marks.get(wire) {
            return *mark;
        }
        let index = self.names.len() as u32;
        self.names.push(wire.to_owned());
        // If there are more names, generation fails: see `is_full`.
        let mark = char::from_u32(FIRST + index.min(MAX_NAMES - 1)).unwrap_or_default();
        self.marks.insert(wire.to_owned(), mark);
        mark
    }

    /// Replaces the placeholders in the generated source by the names on the wire.
    pub(super) fn restore(&self, tokens: TokenStream) -> TokenStream {
        let tree = |tree: TokenTree| match tree {
            TokenTree::Group(group) => {
                let inside = self.restore(group.stream());
                TokenTree::Group(Group::new(group.delimiter(), inside))
            }
            TokenTree::Literal(literal) => TokenTree::Literal(self.literal(literal)),
            other => other,
        };
        tokens.into_iter().map(tree).collect()
    }

    fn literal(&self, literal: Literal) -> Literal {
        let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
        let mark = text.ok().and_then(|text| text.value().chars().next_back());
        let index = mark.and_then(|mark| (mark as u32).checked_sub(FIRST));
        match index.and_then(|index| self.names.get(index as usize)) {
            Some(wire) => Literal::string(wire),
            None => literal,
        }
    }
}

/// Returns whether a text contains a character that placeholders use.
pub(super) fn is_private(text: &str) -> bool {
    text.chars().any(|c| c as u32 >= FIRST)
}

/// Replaces symbols in a name by words.
fn spelled(wire: &str) -> String {
    let has_words = wire.contains(|c: char| c.is_ascii_alphanumeric());
    let is_negative = wire.starts_with('-') && wire[1..].starts_with(|c: char| c.is_ascii_digit());
    let mut words = String::new();
    for (at, c) in wire.char_indices() {
        let separates = has_words && SEPARATORS.contains(&c) && !(at == 0 && is_negative);
        let word = SYMBOLS.iter().find(|(symbol, _)| *symbol == c);
        match word.filter(|_| !separates) {
            Some((_, word)) => words.extend(["-", word, "-"]),
            None => words.push(c),
        }
    }
    if words.contains(|c: char| c.is_ascii_alphanumeric()) {
        words
    } else if wire.is_empty() {
        "empty".into()
    } else {
        "value".into()
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn idents(case: Case, wires: &[&str]) -> Vec<String> {
        let mut names = WireNames::default();
        let mut scope = Scope::new(case);
        let all = wires.iter().map(|wire| names.name(wire, &mut scope));
        all.map(|name| case.ident(&name)).collect()
    }

    #[test]
    fn names_that_differ_only_in_case_and_separators_are_different_fields() {
        assert_eq!(
            idents(
                Case::Field,
                &["userId", "user-id", "user_id", "type", "Type", "", "2"]
            ),
            [
                "user_id",
                "user_id_2",
                "user_id_3",
                "type_",
                "type_2",
                "empty",
                "x2"
            ]
        );
    }

    #[test]
    fn values_that_are_not_identifiers_are_variants() {
        assert_eq!(
            idents(
                Case::Variant,
                &[
                    "=", ">=", "+", "-", "-1", "1", "self", "Self", "", "c++", "日本", "Default"
                ]
            ),
            [
                "Equal",
                "GreaterEqual",
                "Plus",
                "Minus",
                "Minus1",
                "X1",
                "Self_",
                "Self2",
                "Empty",
                "CPlusPlus",
                "Value",
                "Default"
            ]
        );
    }

    #[test]
    fn twenty_thousand_names_without_letters_are_numbered() {
        let wires: Vec<String> = (0x4E00..)
            .filter_map(char::from_u32)
            .take(20_000)
            .map(String::from)
            .collect();
        let wires: Vec<&str> = wires.iter().map(String::as_str).collect();
        let idents = idents(Case::Variant, &wires);
        assert_eq!(idents.first().map(String::as_str), Some("Value"));
        assert_eq!(idents.last().map(String::as_str), Some("Value20000"));
    }

    #[test]
    fn placeholders_become_names_again() {
        let mut names = WireNames::default();
        let mut scope = Scope::new(Case::Field);
        assert_eq!(names.name("plain", &mut scope), "plain");
        let placeholder = names.name("a\"]\n", &mut scope);
        let restored = names.restore(quote!(
            #[serde(rename = #placeholder)]
            "other"
        ));
        let expected = "a\"]\n";
        assert_eq!(
            restored.to_string(),
            quote!(
                #[serde(rename = #expected)]
                "other"
            )
            .to_string()
        );
    }
}
