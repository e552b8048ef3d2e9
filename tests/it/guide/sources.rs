//! The runtime's sources as tokens, since the arguments of macros have no other form.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hecate_om_tests::workspace;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Parses a file into tokens, by its path in the repository.
pub(super) fn tokens(path: &Path) -> TokenStream {
    let text = fs::read_to_string(workspace().join(path)).expect("a source can be read");
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the sources below a folder that are built into a service: no tests, and not the module
/// `testing`.
pub(super) fn below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(workspace().join(&folder)).expect("a folder can be read") {
            let entry = entry.expect("an entry can be read");
            let path = folder.join(entry.file_name());
            let name = entry.file_name().to_string_lossy().into_owned();
            match (entry.path().is_dir(), name.as_str()) {
                (_, "testing" | "tests" | "tests.rs") => {}
                (true, _) => folders.push(path),
                (false, _) => found.push(path),
            }
        }
    }
    found
}

/// Calls `see` with every sequence of tokens: the file's sequence and those between brackets,
/// except attributes, which include doc comments.
pub(super) fn each_sequence(tokens: TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    see(&tokens);
    let mut of_attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if !of_attribute => each_sequence(group.stream(), see),
            TokenTree::Punct(punct) => {
                of_attribute = punct.as_char() == '#' || (of_attribute && punct.as_char() == '!');
                continue;
            }
            _ => {}
        }
        of_attribute = false;
    }
}

/// Returns every string literal of a file, except in its tests, which come last.
pub(super) fn texts(path: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_sequence(outside_tests(path), &mut |tokens| {
        found.extend(tokens.iter().filter_map(text));
    });
    found
}

/// Returns the tokens of a file up to its `mod tests`.
pub(super) fn outside_tests(path: &Path) -> TokenStream {
    let all: Vec<TokenTree> = tokens(path).into_iter().collect();
    let is = |token: &TokenTree, name: &str| matches!(token, TokenTree::Ident(i) if i == name);
    // `mod tests;` names a file, and code may follow it.
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(_));
    let tests = all
        .windows(3)
        .position(|three| is(&three[0], "mod") && is(&three[1], "tests") && is_body(&three[2]));
    let end = tests.unwrap_or(all.len());
    all.into_iter().take(end).collect()
}

/// Returns the value of a string literal.
pub(super) fn text(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else {
        return None;
    };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// Returns the tokens between parentheses.
pub(super) fn in_parentheses(token: &TokenTree) -> Option<Vec<TokenTree>> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

/// Replaces the variable parts of a message: `{count} of {}` becomes `… of …`.
pub(super) fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut chars = message.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => shape.extend(chars.next()),
            '{' => {
                for inside in chars.by_ref() {
                    if inside == '}' {
                        break;
                    }
                }
                shape.push('…');
            }
            c => shape.push(c),
        }
    }
    shape
}
