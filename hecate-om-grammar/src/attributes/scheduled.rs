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
    /// The arguments, in order.
    pub arguments: Vec<ScheduledArgument>,
}

/// An argument of a scheduled function.
#[derive(Debug, Clone)]
pub enum ScheduledArgument {
    /// `&Type`: state of this type.
    State(Type),
    /// `DueTime`: the time for which the function runs.
    DueTime(Type),
}

impl ScheduledFunction {
    /// Parses a signature.
    ///
    /// Adds all mistakes to `errors`, and returns `None` if there are any.
    pub fn read(signature: &Signature, errors: &mut Errors) -> Option<Self> {
        let before = errors.len();
        let mut arguments = Vec::new();
        let mut has_due_time = false;
        for of in argument_types(signature, "a scheduled function", errors) {
            match unparenthesized(of) {
                Type::Reference(reference) => {
                    check_reference(reference, errors);
                    arguments.push(ScheduledArgument::State((*reference.elem).clone()));
                }
                owned if is_due_time(owned) && !has_due_time => {
                    has_due_time = true;
                    arguments.push(ScheduledArgument::DueTime(owned.clone()));
                }
                owned => errors.push(Error::new_spanned(
                    owned,
                    "a scheduled function has no payload: take state as `&Type`, and the time for which it runs once, as `DueTime`",
                )),
            }
        }
        (errors.len() == before).then(|| Self {
            ident: signature.ident.clone(),
            arguments,
        })
    }

    /// Returns the types of the state that it borrows, in the order of its arguments.
    pub fn states(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().filter_map(|argument| match argument {
            ScheduledArgument::State(state) => Some(state),
            ScheduledArgument::DueTime(_) => None,
        })
    }

    /// Returns the default name of the schedule, which is the function's.
    #[must_use]
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

fn is_due_time(of: &Type) -> bool {
    matches!(of, Type::Path(of) if of.path.segments.last().is_some_and(|last| last.ident == "DueTime"))
}
