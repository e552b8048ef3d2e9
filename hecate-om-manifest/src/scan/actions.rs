//! The permissions that calls name: `mesh.procedure("org/name").action("publish_summary")`.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_grammar::suggest::nearest;

use super::report::{Location, Problem};

/// An action that a call names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) name: Named,
    pub(super) location: Location,
}

/// How a call names an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// By text written out.
    Text(String),
    /// By a constant of the crate with this name.
    Constant(String),
}

/// The texts of a crate's constants, by their names.
#[derive(Debug, Default)]
pub(super) struct Constants(BTreeMap<String, BTreeSet<Option<String>>>);

impl Constants {
    pub(super) fn extend(&mut self, found: Vec<(String, Option<String>)>) {
        for (name, text) in found {
            self.0.entry(name).or_default().insert(text);
        }
    }

    /// Replaces a constant by its text. Returns `None` if the crate has constants of that name with
    /// other values, or none.
    pub(super) fn resolve(&self, action: Action) -> Option<Action> {
        let Named::Constant(name) = &action.name else {
            return Some(action);
        };
        let mut values = self.0.get(name)?.iter();
        let (Some(Some(text)), None) = (values.next(), values.next()) else {
            return None;
        };
        Some(Action {
            name: Named::Text(text.clone()),
            ..action
        })
    }
}

impl Action {
    /// What is wrong with it where the service declares only `declared`.
    pub(super) fn undeclared(&self, declared: &[String]) -> Option<Problem> {
        let Named::Text(name) = &self.name else {
            return None;
        };
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
