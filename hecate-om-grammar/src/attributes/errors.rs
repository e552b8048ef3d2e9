//! Collecting mistakes, so that an author sees all of them at once.

use std::thread;

use proc_macro2::TokenStream;

/// The mistakes found so far.
///
/// Must be consumed, by [`Errors::into_compile_error`] or by iterating: a mistake that is found and
/// then forgotten would let a wrong attribute through.
///
/// # Panics
///
/// When dropped without having been consumed, unless the thread is panicking already.
#[derive(Debug)]
#[must_use = "mistakes must be reported"]
pub struct Errors {
    /// `None` once consumed.
    found: Option<Vec<syn::Error>>,
}

impl Errors {
    /// No mistake yet.
    #[expect(
        clippy::new_without_default,
        reason = "an unconsumed default would panic"
    )]
    pub fn new() -> Self {
        Self {
            found: Some(Vec::new()),
        }
    }

    /// Adds one mistake.
    pub fn push(&mut self, error: syn::Error) {
        self.found.get_or_insert_default().push(error);
    }

    /// Whether nothing has gone wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many mistakes were found so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.as_ref().map_or(0, Vec::len)
    }

    /// One `compile_error!` for each mistake, nothing when there is none.
    pub fn into_compile_error(self) -> TokenStream {
        self.into_iter()
            .map(syn::Error::into_compile_error)
            .collect()
    }

    /// Keeps the value of a success, collects the mistake of a failure.
    pub(super) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

impl IntoIterator for Errors {
    type Item = syn::Error;
    type IntoIter = std::vec::IntoIter<syn::Error>;

    fn into_iter(mut self) -> Self::IntoIter {
        self.found.take().unwrap_or_default().into_iter()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.found.is_none() || thread::panicking(),
            "mistakes in an attribute were collected and never reported"
        );
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    #[should_panic(expected = "never reported")]
    fn forgetting_mistakes_panics() {
        let mut errors = Errors::new();
        errors.push(syn::Error::new(Span::call_site(), "wrong"));
    }

    #[test]
    fn every_mistake_becomes_a_compile_error() {
        let mut errors = Errors::new();
        errors.push(syn::Error::new(Span::call_site(), "one"));
        errors.push(syn::Error::new(Span::call_site(), "two"));
        assert_eq!(errors.len(), 2);
        let tokens = errors.into_compile_error().to_string();
        assert_eq!(tokens.matches("compile_error").count(), 2);
    }
}
