//! Arguments of an attribute, split into a positional value and `key = value` entries.
//!
//! Works on tokens and continues after a mistake, so that a misplaced comma hides no other mistake.

use std::mem;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::Error;

use super::errors::Errors;
use super::value::Value;
use super::vocabulary::Vocabulary;

/// The entries of one attribute, by key.
#[derive(Debug)]
pub(super) struct Entries {
    positional: Option<TokenStream>,
    keyed: Vec<Value>,
}

impl Entries {
    /// Splits the tokens between the attribute's parentheses.
    pub(super) fn split(tokens: TokenStream, vocabulary: &Vocabulary, errors: &mut Errors) -> Self {
        let mut entries = Self {
            positional: None,
            keyed: Vec::new(),
        };
        for part in split_at_commas(tokens, errors) {
            if let Err(error) = entries.add(part, vocabulary) {
                errors.push(error);
            }
        }
        entries
    }

    /// Returns the value without a key.
    pub(super) fn positional(&mut self) -> Option<TokenStream> {
        self.positional.take()
    }

    /// Returns whether `key` is given, even with a wrong value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keyed.iter().any(|value| value.key == key)
    }

    /// Reads the value of `key`; `None` if the key is missing or its value is wrong.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Value) -> syn::Result<T>,
        errors: &mut Errors,
    ) -> Option<T> {
        let value = self.keyed.iter().find(|value| value.key == key)?;
        errors.ok_or_push(read(value))
    }

    fn add(&mut self, part: Vec<TokenTree>, vocabulary: &Vocabulary) -> syn::Result<()> {
        let key = match &part[..] {
            [TokenTree::Ident(key), equals, ..] if is(equals, '=') => key,
            [TokenTree::Ident(key), ..]
                if vocabulary.has(key) || !self.expects_positional(vocabulary) =>
            {
                key
            }
            _ => return self.add_positional(part, vocabulary),
        };
        let Some(example) = vocabulary.example(key) else {
            let error = vocabulary.unknown(key);
            if key == "name" && self.expects_positional(vocabulary) {
                // Otherwise the name would also be reported as missing.
                self.positional = Some(part.into_iter().skip(2).collect());
            }
            return Err(error);
        };
        if let Some(first) = self.keyed.iter().find(|value| value.key == *key) {
            return Err(duplicate(&first.key, key));
        }
        let key = key.clone();
        let is_list = example.starts_with('(');
        let is_flag = part.len() == 1 && vocabulary.flags.iter().any(|flag| key == flag);
        let shape_is_right = match &part[1..] {
            [] => is_flag,
            [TokenTree::Group(group)] if is_list => group.delimiter() == Delimiter::Parenthesis,
            [TokenTree::Punct(_), _, ..] => !is_list,
            _ => false,
        };
        let tokens: TokenStream = match &part[1..] {
            [TokenTree::Group(group)] if is_list => group.stream(),
            [] if is_flag => TokenTree::Ident(Ident::new("true", key.span())).into(),
            _ => part.into_iter().skip(2).collect(),
        };
        let value = Value {
            key,
            example,
            tokens,
        };
        if shape_is_right {
            self.keyed.push(value);
            Ok(())
        } else {
            Err(value.missing())
        }
    }

    fn expects_positional(&self, vocabulary: &Vocabulary) -> bool {
        vocabulary.positional.is_some() && self.positional.is_none() && self.keyed.is_empty()
    }

    fn add_positional(&mut self, part: Vec<TokenTree>, vocabulary: &Vocabulary) -> syn::Result<()> {
        let tokens: TokenStream = part.into_iter().collect();
        if vocabulary.positional.is_some() && self.positional.is_none() {
            self.positional = Some(tokens);
            return Ok(());
        }
        let attribute = vocabulary.attribute;
        let (rule, key, example) = vocabulary.keyless;
        Err(Error::new_spanned(
            tokens,
            format!("`#[{attribute}]` {rule}: add the key, as in `{key} = {example}`"),
        ))
    }
}

fn duplicate(first: &Ident, second: &Ident) -> Error {
    let mut error = Error::new(
        second.span(),
        format!("`{second}` is given twice: remove one of the two"),
    );
    error.combine(Error::new(
        first.span(),
        format!("`{first}` is first given here"),
    ));
    error
}

/// Splits at commas, without empty parts.
fn split_at_commas(tokens: TokenStream, errors: &mut Errors) -> Vec<Vec<TokenTree>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if is(&token, ',') {
            if part.is_empty() {
                errors.push(Error::new(
                    token.span(),
                    "no argument before this comma: remove the comma",
                ));
            } else {
                parts.push(mem::take(&mut part));
            }
            continue;
        }
        if let TokenTree::Ident(key) = &token
            && is_complete(&part)
            && tokens.peek().is_some_and(|next| is(next, '='))
        {
            errors.push(Error::new(
                key.span(),
                format!("missing comma before `{key}`"),
            ));
            parts.push(mem::take(&mut part));
        }
        part.push(token);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Returns whether the tokens are a value or a key with its value, so that another key starts a new
/// part.
fn is_complete(part: &[TokenTree]) -> bool {
    match part {
        [] => false,
        [TokenTree::Ident(_), rest @ ..] => rest.len() != 1,
        _ => true,
    }
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
