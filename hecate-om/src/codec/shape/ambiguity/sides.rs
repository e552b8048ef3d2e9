//! The properties of a side: of all nodes that together describe one value.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use super::super::{AdditionalProperties, Id, Kinds, Node};
use super::Side;

pub(super) fn additional(node: &Node) -> Option<Id> {
    match node.additional_properties {
        AdditionalProperties::Schema(id) => Some(id),
        AdditionalProperties::Open | AdditionalProperties::Refused => None,
    }
}

pub(super) fn kinds(side: &[&Node]) -> Kinds {
    let restricted = side.iter().filter_map(|node| node.kinds);
    restricted.fold(Kinds::ALL, |all, kinds| Kinds(all.0 & kinds.0))
}

/// Returns the nodes of the value under a key; `None` if the side does not allow the key.
pub(super) fn member(side: &[&Node], name: &str) -> Option<Side> {
    let mut ids = Side::new();
    for node in side {
        match (node.fields.get(name), node.additional_properties) {
            (Some(&id), _) | (None, AdditionalProperties::Schema(id)) => ids.push(id),
            (None, AdditionalProperties::Refused) => return None,
            (None, AdditionalProperties::Open) => {}
        }
    }
    Some(ids)
}

pub(super) fn items(side: &[&Node], index: usize) -> Side {
    side.iter().filter_map(|node| node.item(index)).collect()
}

pub(super) fn prefix_len(side: &[&Node]) -> usize {
    side.iter()
        .map(|node| node.prefix_items.len())
        .max()
        .unwrap_or(0)
}

/// Returns the integers in `within` that all nodes of the side allow.
pub(super) fn scalars(side: &[&Node], within: RangeInclusive<i128>) -> Vec<i128> {
    let fits = |n: &i128| {
        side.iter().all(|node| {
            let boolean = node.is_boolean() && (0..=1).contains(n);
            (boolean || node.range.contains(n))
                && is_listed(node, |value| integer(value) == Some(*n))
        })
    };
    within.filter(fits).collect()
}

pub(super) fn integers_overlap(a: &[&Node], b: &[&Node]) -> bool {
    let both: Vec<&Node> = a.iter().chain(b).copied().collect();
    let listed = both
        .iter()
        .filter_map(|node| node.allowed_values.as_ref())
        .flatten();
    let listed: Vec<i128> = listed.filter_map(integer).collect();
    if both.iter().any(|node| node.is_boolean()) {
        return !scalars(&both, 0..=1).is_empty();
    }
    if listed.is_empty() {
        let least = both.iter().map(|node| *node.range.start()).max();
        let most = both.iter().map(|node| *node.range.end()).min();
        return least <= most;
    }
    listed
        .into_iter()
        .any(|n| !scalars(&both, n..=n).is_empty())
}

fn integer(value: &Json) -> Option<i128> {
    match value {
        Json::Bool(yes) => Some(i128::from(*yes)),
        value => value
            .as_i64()
            .map(i128::from)
            .or_else(|| value.as_u64().map(i128::from)),
    }
}

pub(super) fn texts_overlap(a: &[&Node], b: &[&Node]) -> bool {
    let both = || a.iter().chain(b);
    let Some(listed) = both().find_map(|node| node.allowed_values.as_ref()) else {
        return true;
    };
    let in_all =
        |text: &str| both().all(|node| is_listed(node, |value| value.as_str() == Some(text)));
    listed.iter().filter_map(Json::as_str).any(in_all)
}

fn is_listed(node: &Node, matches: impl Fn(&Json) -> bool) -> bool {
    node.allowed_values
        .as_ref()
        .is_none_or(|allowed| allowed.iter().any(matches))
}
