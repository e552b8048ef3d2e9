//! Permissions in calls: `mesh.procedure("org/name").permission("publish_summary")`.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_grammar::suggest::nearest;

use super::report::{Location, Problem};

/// A permission in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PermissionUse {
    pub(super) name: PermissionName,
    pub(super) location: Location,
}

/// The argument of a call that is a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PermissionName {
    /// A literal.
    Text(String),
    /// A constant of the crate, by its name.
    Constant(String),
}

/// The values of a crate's constants, by name; `None` for a value that is not a string literal.
#[derive(Debug, Default)]
pub(super) struct Constants(BTreeMap<String, BTreeSet<Option<String>>>);

impl Constants {
    pub(super) fn extend(&mut self, found: Vec<(String, Option<String>)>) {
        for (name, text) in found {
            self.0.entry(name).or_default().insert(text);
        }
    }

    /// Replaces a constant by its value. Returns `None` if the value is not known: the crate has no
    /// constant of that name, or several with different values.
    pub(super) fn resolve(&self, permission: PermissionUse) -> Option<PermissionUse> {
        let PermissionName::Constant(name) = &permission.name else {
            return Some(permission);
        };
        let mut values = self.0.get(name)?.iter();
        let (Some(Some(text)), None) = (values.next(), values.next()) else {
            return None;
        };
        Some(PermissionUse {
            name: PermissionName::Text(text.clone()),
            ..permission
        })
    }
}

impl PermissionUse {
    /// Returns a problem if the permission is not in `declared`.
    pub(super) fn undeclared(&self, declared: &[String]) -> Option<Problem> {
        let PermissionName::Text(name) = &self.name else {
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
                "the permission `{name}` is not in the `permissions` of `#[hecate_service]` (declared: {others}){hint}; \
                 the call would be refused, because the realm grants only those: add it there, or use a \
                 declared one"
            ),
        ))
    }
}
