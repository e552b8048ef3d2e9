//! What the runtime's sources say, read as tokens: a macro's arguments are nothing more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hecate_om_tests::workspace;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The tokens of a file, by its path in the repository.
pub(super) fn tokens(path: &Path) -> TokenStream {
    let text = fs::read_to_string(workspace().join(path)).expect("a source can be read");
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The sources below a folder that are built into a service: no tests, and nothing for those of services.
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

/// Calls `see` with every sequence of tokens, that of the file and those between brackets, but for attributes, which
/// comments are, too.
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

/// Every text that stands in a file outside its tests, which come last in it.
pub(super) fn texts(path: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    each_sequence(outside_tests(path), &mut |tokens| {
        found.extend(tokens.iter().filter_map(text));
    });
    found
}

/// The tokens of a file up to its `mod tests`.
pub(super) fn outside_tests(path: &Path) -> TokenStream {
    let all: Vec<TokenTree> = tokens(path).into_iter().collect();
    let is = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(i) if i == word);
    let tests = all
        .windows(2)
        .position(|pair| is(&pair[0], "mod") && is(&pair[1], "tests"));
    let end = tests.unwrap_or(all.len());
    all.into_iter().take(end).collect()
}

/// The text that a token is, where it is one.
pub(super) fn text(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else {
        return None;
    };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// The tokens in parentheses, where a token is those.
pub(super) fn in_parentheses(token: &TokenTree) -> Option<Vec<TokenTree>> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

/// A message with what differs from one time to the other left out: `{count} of {}` as `… of …`.
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
