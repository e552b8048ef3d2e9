//! Marking of a payload according to the shape of its type.

use macula_rust::cbor::Value;

use super::super::CodecError;
use super::super::mark::{boolean, integer_key};
use super::fit::Fits;
use super::{AdditionalProperties, Id, Kinds, Member, Node, Shape, key_integer, key_text};

impl Shape {
    /// Marks the values whose type the wire does not show, so that serde decodes them correctly
    /// even from its buffer. A value that fits no alternative stays unchanged, and the decoder
    /// refuses it.
    pub(in super::super) fn mark(&self, payload: &mut Value) -> Result<(), CodecError> {
        let mut marking = Marking {
            shape: self,
            fits: Fits::new(self),
        };
        marking.value(&[0], payload)
    }
}

struct Marking<'s> {
    shape: &'s Shape,
    fits: Fits<'s>,
}

impl<'s> Marking<'s> {
    /// Marks a value that all of `ids` describe. The wire bounds the recursion depth.
    fn value(&mut self, ids: &[Id], value: &mut Value) -> Result<(), CodecError> {
        let mut described_by = Vec::with_capacity(4);
        for &id in ids {
            self.fits.collect_nodes(id, value, &mut described_by);
        }
        let nodes: Vec<&'s Node> = described_by
            .iter()
            .map(|&id| &self.shape.nodes[id])
            .collect();
        match value {
            Value::Int(n @ (0 | 1)) if nodes.iter().any(|node| node.is_boolean()) => {
                *n = boolean(*n == 1);
            }
            // Serde would convert this value to infinity.
            Value::Float(x)
                if (*x as f32).is_infinite() && nodes.iter().any(|node| node.is_f32) =>
            {
                return Err(CodecError::beyond_32_bits(*x));
            }
            Value::Bytes(bytes) if self.are_a_list(&nodes) => {
                let items = bytes.iter().map(|&byte| Value::Int(byte.into()));
                *value = Value::List(items.collect());
            }
            Value::List(items) => self.list(&nodes, items)?,
            Value::Map(pairs) => self.map(&nodes, pairs)?,
            _ => {}
        }
        Ok(())
    }

    fn are_a_list(&self, nodes: &[&Node]) -> bool {
        nodes.iter().any(|node| self.shape.is_bytes(node))
            && !nodes.iter().any(|node| node.declares(Kinds::TEXT))
    }

    fn list(&mut self, nodes: &[&'s Node], items: &mut [Value]) -> Result<(), CodecError> {
        if nodes
            .iter()
            .all(|n| n.prefix_items.is_empty() && n.items.is_none())
        {
            return Ok(());
        }
        let mut ids = Vec::with_capacity(nodes.len());
        for (index, item) in items.iter_mut().enumerate() {
            ids.clear();
            ids.extend(nodes.iter().filter_map(|node| node.item(index)));
            self.part(&ids, item).map_err(|error| error.at(index))?;
        }
        Ok(())
    }

    fn map(&mut self, nodes: &[&'s Node], pairs: &mut [(Value, Value)]) -> Result<(), CodecError> {
        let mut ids = Vec::with_capacity(nodes.len());
        for (key, value) in pairs {
            ids.clear();
            ids.extend(nodes.iter().filter_map(|node| match node.member(key) {
                Member::Node(id) => Some(id),
                Member::Unrestricted | Member::Refused => None,
            }));
            self.part(&ids, value)
                .map_err(|error| error.under(key_text(key).unwrap_or_default()))?;
            mark_key(nodes, key);
        }
        Ok(())
    }

    fn part(&mut self, ids: &[Id], value: &mut Value) -> Result<(), CodecError> {
        if ids.iter().any(|&id| self.shape.nodes[id].needs_marking) {
            self.value(ids, value)?;
        }
        Ok(())
    }
}

/// Marks an integer key if the map's keys are integers. In a map of named fields, converts it to
/// text, because serde would read an integer as the index of a field.
fn mark_key(nodes: &[&Node], key: &mut Value) {
    let Some(n) = key_integer(key) else { return };
    let text = key_text(key).unwrap_or_default();
    if nodes.iter().any(|node| node.fields.contains_key(&*text)) {
        return;
    }
    let names_only = |node: &&Node| {
        !node.fields.is_empty()
            && !matches!(node.additional_properties, AdditionalProperties::Schema(_))
    };
    if nodes.iter().any(|node| node.integer_keys.is_some()) {
        *key = Value::Int(integer_key(n));
    } else if matches!(key, Value::Int(_)) && nodes.iter().any(names_only) {
        *key = Value::Text(text.into_owned());
    }
}
