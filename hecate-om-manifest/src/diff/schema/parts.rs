//! Objects of a schema whose keywords apply together.

use std::ptr;
use std::rc::Rc;

use serde_json::Value;

pub(super) type Object = serde_json::Map<String, Value>;

/// Objects whose keywords apply together, in the order of their addresses.
pub(super) type Parts<'a> = Rc<[&'a Object]>;

/// Returns the references of an object: `$ref`, and `$dynamicRef`, which another document may
/// redirect.
pub(super) fn references(object: &Object) -> impl Iterator<Item = &str> {
    let keys = ["$ref", "$dynamicRef"];
    keys.into_iter().filter_map(|key| object.get(key)?.as_str())
}

pub(super) fn list<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a Value> {
    let items = object.get(key).and_then(Value::as_array);
    items.into_iter().flatten()
}

/// Returns the identity of a list of objects that apply together.
pub(super) fn addresses(parts: &[&Object]) -> Vec<usize> {
    parts
        .iter()
        .map(|part| ptr::from_ref(*part).addr())
        .collect()
}
