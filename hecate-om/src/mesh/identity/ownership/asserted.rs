//! A request with its proof.

use std::borrow::Cow;
use std::ops::Deref;

use macula_rust::cbor::Value;
use macula_rust::node_key::NodeKey;
use macula_rust::profile::Profile;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use super::proof::{FIELD, Nonce, reserved_field, signed_fields};
use super::{OwnershipError, OwnershipProof, ProveError};
use crate::codec::{self, Payload};
use crate::node_id::NodeId;

/// Request with an ownership proof: the request's entries, and `asserted_by`.
///
/// A handler takes it by value, and verifies it with
/// [`Mesh::verify_ownership`](crate::Mesh::verify_ownership) before it uses the request. A caller
/// makes it with [`Mesh::assert_ownership`](crate::Mesh::assert_ownership).
#[derive(Debug, Clone)]
pub struct Asserted<T> {
    request: T,
    /// The signed entries, as they are on the wire: an entry that `T` does not know is signed, too.
    fields: Value,
    proof: Result<OwnershipProof, OwnershipError>,
}

impl<T> Asserted<T> {
    /// Returns the request.
    pub fn into_request(self) -> T {
        self.request
    }

    pub(in crate::mesh) fn sign(
        key: &NodeKey,
        realm: &[u8; 32],
        procedure: &str,
        request: T,
        now: i64,
    ) -> Result<Self, ProveError>
    where
        T: Serialize,
    {
        let encoded = codec::encode(&request);
        let Payload(fields) = encoded.map_err(|error| ProveError::Request(error.to_string()))?;
        if let Some(name) = reserved_field(&fields) {
            let text = format!("the entry `{name}` is reserved; rename it");
            return Err(ProveError::Request(text));
        }
        let Some(fields) = signed_fields(fields) else {
            let text = "it is not a map; make it a struct with named fields";
            return Err(ProveError::Request(text.to_owned()));
        };
        let proof = OwnershipProof::sign(key, realm, procedure, fields.clone(), now)?;
        Ok(Self {
            request,
            fields,
            proof: Ok(proof),
        })
    }

    pub(in crate::mesh) fn verify(
        &self,
        profile: Profile,
        realm: &[u8; 32],
        procedure: &str,
        now: i64,
    ) -> Result<(NodeId, Nonce), OwnershipError> {
        let proof = self.proof.as_ref().map_err(|error| *error)?;
        proof.verify(profile, realm, procedure, self.fields.clone(), now)
    }
}

impl<T> Deref for Asserted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.request
    }
}

impl<T: Serialize> Serialize for Asserted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithProof<'a, T> {
            #[serde(flatten)]
            request: &'a T,
            asserted_by: &'a OwnershipProof,
        }
        let Ok(asserted_by) = &self.proof else {
            return Err(S::Error::custom("the request has no ownership proof"));
        };
        let request = &self.request;
        WithProof {
            request,
            asserted_by,
        }
        .serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned + JsonSchema> Deserialize<'de> for Asserted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Payload(request) = codec::raw(deserializer)?;
        let proof = OwnershipProof::read(request.get(FIELD));
        let fields = signed_fields(request);
        let fields = fields.ok_or_else(|| D::Error::custom("the request is not a map"))?;
        let request = codec::decode_described(Payload(fields.clone()));
        Ok(Self {
            request: request.map_err(D::Error::custom)?,
            fields,
            proof,
        })
    }
}

impl<T: JsonSchema> JsonSchema for Asserted<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Asserted{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("hecate_om::identity::Asserted<{}>", T::schema_id()).into()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.insert("$comment".to_owned(), codec::RAW.into());
        let proof = generator.subschema_for::<OwnershipProof>().to_value();
        let object = schema.ensure_object();
        let required = object
            .entry("required")
            .or_insert_with(|| Vec::<Json>::new().into());
        if let Json::Array(required) = required {
            required.push(FIELD.into());
        }
        let properties = object
            .entry("properties")
            .or_insert_with(|| serde_json::Map::new().into());
        if let Json::Object(properties) = properties {
            properties.insert(FIELD.to_owned(), proof);
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::node_key::Purpose;
    use serde_json::json;

    use super::*;

    const REALM: [u8; 32] = [1; 32];
    const PROCEDURE: &str = "acme/learn_link";
    const NOW: i64 = 1_790_000_000_000;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Link {
        subject: String,
        certain: bool,
        #[serde(default)]
        weight: Option<f64>,
    }

    fn link() -> Link {
        Link {
            subject: "a".into(),
            certain: true,
            weight: None,
        }
    }

    fn key() -> NodeKey {
        NodeKey::generate(Purpose::Identity, Profile::PqPure).unwrap()
    }

    fn sign<T: Serialize>(key: &NodeKey, request: T) -> Result<Asserted<T>, ProveError> {
        Asserted::sign(key, &REALM, PROCEDURE, request, NOW)
    }

    fn received(payload: Payload) -> Asserted<Link> {
        codec::decode_described(payload).unwrap()
    }

    fn verify(asserted: &Asserted<Link>) -> Result<NodeId, OwnershipError> {
        let verified = asserted.verify(Profile::PqPure, &REALM, PROCEDURE, NOW);
        verified.map(|(node, _)| node)
    }

    #[test]
    fn a_request_and_its_proof_survive_the_wire() {
        let key = key();
        let sent = codec::encode(&sign(&key, link()).unwrap()).unwrap();
        let received = received(sent);
        assert_eq!(received.request, link());
        let node = NodeId::from_bytes(key.node_id().unwrap());
        assert_eq!(verify(&received), Ok(node));
        // A service that forwards the request forwards the proof.
        let forwarded = codec::encode(&received).unwrap();
        let received: Asserted<Link> = codec::decode_described(forwarded).unwrap();
        assert_eq!(verify(&received), Ok(node));
    }

    #[test]
    fn the_verified_caller_and_entries_that_the_handler_does_not_know_are_handled() {
        let key = key();
        let wider = json!({"subject": "a", "certain": 1, "later": [1, 2]});
        let sent = codec::encode(&sign(&key, wider).unwrap()).unwrap();
        let Payload(value) = &sent;
        let added = Value::Map({
            let Value::Map(mut entries) = value.clone() else {
                unreachable!("a request is a map");
            };
            entries.push((Value::text("caller"), Value::Bytes(vec![7; 32])));
            entries
        });
        assert!(verify(&received(Payload(added))).is_ok());
        let changed = value.clone().with_field("later", Value::List(vec![]));
        let changed = received(Payload(changed));
        assert_eq!(verify(&changed), Err(OwnershipError::BadSignature));
        let text = value
            .clone()
            .with_field("subject", Value::Bytes(b"a".to_vec()));
        let text = received(Payload(text));
        assert_eq!(
            verify(&text),
            Err(OwnershipError::BadSignature),
            "bytes for a text"
        );
    }

    #[test]
    fn a_request_without_a_proof_is_decoded_and_refused() {
        let received = received(codec::encode(&link()).unwrap());
        assert_eq!(verify(&received), Err(OwnershipError::MissingProof));
        assert!(codec::encode(&received).is_err());
    }

    #[test]
    fn a_request_that_cannot_have_a_proof_is_refused() {
        for request in [
            json!("text"),
            json!({"caller": 1}),
            json!({"asserted_by": 1}),
        ] {
            let refused = sign(&key(), &request);
            assert!(matches!(refused, Err(ProveError::Request(_))), "{request}");
        }
    }

    #[test]
    fn the_schema_is_that_of_the_request_with_the_proof() {
        let schema = schemars::schema_for!(Asserted<Link>).to_value();
        let properties = schema["properties"].as_object().unwrap();
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(names, ["asserted_by", "certain", "subject", "weight"]);
        assert!(
            schema["required"]
                .as_array()
                .unwrap()
                .contains(&FIELD.into())
        );
    }
}
