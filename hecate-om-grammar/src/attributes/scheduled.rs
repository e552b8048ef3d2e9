//! Signatures of scheduled functions.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Error, Signature, Type};

use super::errors::Errors;
use super::signature::{argument_types, check_reference};
use super::types::unparenthesized;

/// The signature of a scheduled function.
#[derive(Debug, Clone)]
pub struct ScheduledFunction {
    /// The function's name.
    pub ident: Ident,
    /// The types of the state that it borrows, in the order of its arguments.
    pub states: Vec<Type>,
}

impl ScheduledFunction {
    /// Parses a signature.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn read(signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut states = Vec::new();
        for of in argument_types(signature, "a scheduled function", errors) {
            match unparenthesized(of) {
                Type::Reference(reference) => {
                    check_reference(reference, errors);
                    states.push((*reference.elem).clone());
                }
                owned => errors.push(Error::new_spanned(
                    owned,
                    "a scheduled function has no payload: take state as `&Type`",
                )),
            }
        }
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            states,
        })
    }

    /// Returns the default name of the schedule, which is the function's.
    #[must_use]
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}
