//! Collection of errors, so that the compiler reports all of them at once.

use std::thread;

use proc_macro2::TokenStream;

/// Errors in an attribute and its item.
///
/// Must be consumed by [`Errors::into_compile_error`] or by iteration, because an error that is not
/// reported would make a wrong attribute compile.
///
/// # Panics
///
/// When dropped without being consumed, unless the thread is already panicking.
#[derive(Debug)]
#[must_use = "errors must be reported"]
pub struct Errors {
    /// `None` once consumed.
    found: Option<Vec<syn::Error>>,
}

impl Errors {
    /// Creates an empty collection.
    #[expect(
        clippy::new_without_default,
        reason = "an unconsumed default would panic"
    )]
    pub fn new() -> Self {
        Self {
            found: Some(Vec::new()),
        }
    }

    /// Adds an error.
    pub fn push(&mut self, error: syn::Error) {
        self.found.get_or_insert_default().push(error);
    }

    /// Returns whether there is no error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of errors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.as_ref().map_or(0, Vec::len)
    }

    /// Returns one `compile_error!` per error.
    pub fn into_compile_error(self) -> TokenStream {
        self.into_iter()
            .map(syn::Error::into_compile_error)
            .collect()
    }

    /// Returns the value of an `Ok`, or adds the error.
    pub(super) fn ok_or_push<T>(&mut self, result: syn::Result<T>) -> Option<T> {
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
            "errors in an attribute were collected and never reported"
        );
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    #[should_panic(expected = "never reported")]
    fn dropping_errors_panics() {
        let mut errors = Errors::new();
        errors.push(syn::Error::new(Span::call_site(), "wrong"));
    }

    #[test]
    fn each_error_becomes_a_compile_error() {
        let mut errors = Errors::new();
        errors.push(syn::Error::new(Span::call_site(), "one"));
        errors.push(syn::Error::new(Span::call_site(), "two"));
        assert_eq!(errors.len(), 2);
        let tokens = errors.into_compile_error().to_string();
        assert_eq!(tokens.matches("compile_error").count(), 2);
    }
}
