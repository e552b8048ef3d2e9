//! The id of a fact and of its schema, beside the fact's fields on the wire.
//!
//! They are two more entries of the fact's map, with text as keys and values, because a publication
//! has no other part that subscribers receive. Subscribers in other languages find and may ignore
//! them; here they are removed before the fact is decoded.

use super::{FactId, SchemaId};
use crate::codec::{CodecError, Payload};

const ID: &str = "$id";
const SCHEMA: &str = "$schema";

/// Ids that a typed fact has on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) id: FactId,
    pub(crate) schema: SchemaId,
}

/// Returns the fact with its stamp.
///
/// # Errors
///
/// If the fact is not a map, or has one of the stamp's keys.
pub(crate) fn stamped(mut fact: Payload, stamp: Stamp) -> Result<Payload, CodecError> {
    for (key, value) in [
        (ID, stamp.id.to_string()),
        (SCHEMA, stamp.schema.to_string()),
    ] {
        if !fact.insert_text(key, value) {
            return Err(CodecError::new(format!(
                "a fact is a map without the key `{key}`, which is for the runtime; rename that field, or put the value \
                 into a field of a struct"
            )));
        }
    }
    Ok(fact)
}

/// Removes the stamp from a received fact. A fact with only part of a stamp is returned unchanged,
/// because it is of a publisher that uses the keys otherwise.
pub(crate) fn take_stamp(fact: &mut Payload) -> Option<Stamp> {
    let stamp = Stamp {
        id: fact.text(ID)?.parse().ok()?,
        schema: fact.text(SCHEMA)?.parse().ok()?,
    };
    fact.remove(ID);
    fact.remove(SCHEMA);
    Some(stamp)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::codec::{decode, encode};

    fn stamp() -> Stamp {
        Stamp {
            id: FactId::from_bytes([7; 16]),
            schema: SchemaId::of(Some(&json!({"type": "object"}))),
        }
    }

    #[test]
    fn a_stamp_is_text_beside_the_fields_and_is_removed_again() {
        let mut fact = stamped(encode(&json!({"order": 7})).unwrap(), stamp()).unwrap();
        let on_the_wire: Value = decode(fact.clone()).unwrap();
        assert_eq!(on_the_wire["order"], 7);
        assert_eq!(on_the_wire["$id"], "07".repeat(16));
        assert_eq!(on_the_wire["$schema"], stamp().schema.to_string());
        assert_eq!(take_stamp(&mut fact), Some(stamp()));
        assert_eq!(decode::<Value>(fact).unwrap(), json!({"order": 7}));
    }

    #[test]
    fn a_fact_that_is_no_map_or_has_the_key_itself_is_an_error() {
        for fact in [
            json!("text"),
            json!([1]),
            json!({"$id": 1}),
            json!({"$schema": "x"}),
        ] {
            assert!(stamped(encode(&fact).unwrap(), stamp()).is_err(), "{fact}");
        }
    }

    #[test]
    fn keys_of_other_publishers_stay_in_the_fact() {
        let id = "07".repeat(16);
        for fact in [
            json!({"$id": id}),
            json!({"$id": id, "$schema": "https://json-schema.org"}),
            json!({"$id": 7, "$schema": "0123456789abcdef"}),
            json!("text"),
        ] {
            let mut payload = encode(&fact).unwrap();
            assert_eq!(take_stamp(&mut payload), None, "{fact}");
            assert_eq!(decode::<Value>(payload).unwrap(), fact);
        }
    }
}
