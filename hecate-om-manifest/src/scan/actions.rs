//! The permissions that calls name: `mesh.procedure("org/name").action("publish_summary")`.

use super::report::{Location, Problem};
use crate::grammar::nearest;

/// An action that a call names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) location: Location,
}

impl Action {
    /// What is wrong with it where the service declares only `declared`.
    pub(super) fn undeclared(&self, declared: &[String]) -> Option<Problem> {
        let name = &self.name;
        if declared.contains(name) {
            return None;
        }
        let others = match declared {
            [] => "none".to_owned(),
            _ => format!("`{}`", declared.join("`, `")),
        };
        let hint = nearest(name, declared.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Some(Problem::at(
            self.location.clone(),
            format!(
                "the action `{name}` is not among the `actions` of `#[hecate_service]` (declared: \
                 {others}){hint}; the realm grants no other, so the call would be refused: declare it \
                 there, or name a declared one here"
            ),
        ))
    }
}
