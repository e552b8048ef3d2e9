//! Equality of two schemas, apart from annotations.

use serde_json::Value;

use super::keywords::{ANNOTATIONS, has_names, has_values};

/// Role of a value within a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ValueRole {
    /// A schema, or a list of them.
    Schema,
    /// Schemas by name.
    Names,
    /// A plain value, such as a constant.
    Value,
}

/// Returns whether the two schemas are equal apart from annotations, in a single pass even for
/// recursive schemas.
pub(super) fn are_alike(old: &Value, new: &Value) -> bool {
    let mut open = vec![(old, new, ValueRole::Schema)];
    while let Some((old, new, role)) = open.pop() {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                let counts = |name: &str| role != ValueRole::Schema || !ANNOTATIONS.contains(&name);
                let fields = old.iter().filter(|(name, _)| counts(name));
                let others = new.keys().filter(|name| counts(name)).count();
                let before = open.len();
                for (name, old) in fields {
                    let Some(new) = new.get(name) else {
                        return false;
                    };
                    let role = match role {
                        ValueRole::Schema if has_names(name) => ValueRole::Names,
                        ValueRole::Schema if has_values(name) => ValueRole::Value,
                        ValueRole::Schema | ValueRole::Names => ValueRole::Schema,
                        ValueRole::Value => ValueRole::Value,
                    };
                    open.push((old, new, role));
                }
                if open.len() - before != others {
                    return false;
                }
            }
            (Value::Array(old), Value::Array(new)) => {
                if old.len() != new.len() {
                    return false;
                }
                open.extend(old.iter().zip(new).map(|(old, new)| (old, new, role)));
            }
            // Scalars have no parts, so only their equality counts.
            _ if old != new => return false,
            _ => {}
        }
    }
    true
}
