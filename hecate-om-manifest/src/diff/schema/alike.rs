//! Equality of two schemas, apart from annotations, and their form without these.

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

impl ValueRole {
    /// Returns the role of a field of an object with this role.
    fn of_field(self, name: &str) -> Self {
        match self {
            Self::Schema if has_names(name) => Self::Names,
            Self::Schema if has_values(name) => Self::Value,
            Self::Schema | Self::Names => Self::Schema,
            Self::Value => Self::Value,
        }
    }
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
                    open.push((old, new, role.of_field(name)));
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

/// Returns the part of a schema that restricts values, in one form: without annotations, and with
/// the names of objects and of required fields sorted. Two schemas with equal canonical forms allow
/// the same values.
#[must_use]
pub fn canonical(schema: &Value) -> Value {
    let mut canonical = schema.clone();
    reduce(&mut canonical, ValueRole::Schema);
    canonical.sort_all_objects();
    canonical
}

fn reduce(value: &mut Value, role: ValueRole) {
    match value {
        Value::Object(object) => {
            if role == ValueRole::Schema {
                object.retain(|name, _| !ANNOTATIONS.contains(&name.as_str()));
            }
            if let (ValueRole::Schema, Some(Value::Array(required))) =
                (role, object.get_mut("required"))
            {
                required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            for (name, value) in object.iter_mut() {
                reduce(value, role.of_field(name));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| reduce(item, role)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documentation_and_order_do_not_change_the_canonical_form() {
        let bare = json!({"type": "object", "required": ["a", "title"], "properties": {
            "a": {"type": "integer"}, "title": {"enum": ["title", "default"]}}});
        let documented = json!({"$schema": "x", "title": "Order", "required": ["title", "a"], "properties": {
            "title": {"description": "Title.", "enum": ["title", "default"]},
            "a": {"default": 1, "type": "integer"}}, "type": "object"});
        assert_eq!(canonical(&bare), canonical(&documented));
        assert_eq!(
            canonical(&bare)["properties"]["title"]["enum"],
            json!(["title", "default"])
        );
        let other = json!({"type": "object", "required": ["a"], "properties": bare["properties"]});
        assert_ne!(canonical(&bare), canonical(&other));
    }
}
