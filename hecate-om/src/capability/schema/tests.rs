use std::collections::BTreeMap;

use schemars::transform::Transform as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::{HandlerFuture, Invocation};
use super::*;
use crate::codec::{self, Payload};

/// Everything at once.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(example = json!({"public": true, "pages": 3, "nested": [{"yes": false}]}))]
struct Document {
    /// Whether everyone may see it.
    public: bool,
    /// The optional form of the field.
    known: Option<bool>,
    #[serde(default = "yes")]
    listed: bool,
    #[serde(default)]
    notes: Vec<Note>,
    flags: BTreeMap<String, bool>,
}

fn yes() -> bool {
    true
}

/// Something written on it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
    sticky: bool,
    about: Option<Box<Self>>,
}

fn request<T: JsonSchema>() -> Value {
    request_schema::<T>().unwrap().to_value()
}

fn response<T: JsonSchema>() -> Value {
    response_schema::<T>().unwrap().to_value()
}

#[test]
fn a_boolean_is_described_as_the_integer_on_the_wire() {
    let schema = request::<Document>();
    let fields = &schema["properties"];
    assert_eq!(
        fields["public"],
        json!({"type": "integer", "format": "boolean", "enum": [0, 1],
               "description": "Whether everyone may see it."})
    );
    assert_eq!(
        fields["known"],
        json!({"type": ["integer", "null"], "format": "boolean", "enum": [0, 1, null],
               "description": "The optional form of the field."})
    );
    assert_eq!(fields["listed"]["default"], 1);
    assert_eq!(
        fields["flags"]["additionalProperties"],
        json!({"type": "integer", "format": "boolean", "enum": [0, 1]})
    );
    assert_eq!(
        schema["examples"],
        json!([{"public": 1, "pages": 3, "nested": [{"yes": 0}]}])
    );
    let note = &schema["$defs"]["Note"];
    assert_eq!(note["properties"]["sticky"]["type"], "integer");
    // A boolean keyword of the schema itself stays unchanged.
    assert_eq!(note["additionalProperties"], false);
    assert_eq!(schema["description"], "Everything at once.");
}

#[test]
fn the_schema_of_a_boolean_agrees_with_the_codec() {
    let written = codec::encode(&true).unwrap();
    assert_eq!(format!("{written:?}"), "Int(1)");
    for (described, value) in [(0, false), (1, true)] {
        let payload: Payload = codec::encode(&described).unwrap();
        assert_eq!(codec::decode::<bool>(payload).unwrap(), value);
    }
}

#[test]
fn a_boolean_among_other_types_has_no_enum() {
    let mut schema = schemars::json_schema!({
        "anyOf": [{"type": ["boolean", "string"]}, {"type": ["boolean", "number"]}, {"const": true}],
        "not": {"type": "boolean", "enum": [true]},
        "items": false,
        "uniqueItems": true,
    });
    wire::Wire.transform(&mut schema);
    assert_eq!(
        schema.to_value(),
        json!({
            "anyOf": [{"type": ["integer", "string"]}, {"type": ["number"]}, {"const": 1}],
            "not": {"type": "integer", "enum": [1], "format": "boolean"},
            "items": false,
            "uniqueItems": true,
        })
    );
}

#[test]
fn integers_are_limited_to_the_range_of_the_wire() {
    assert_eq!(request::<u64>()["maximum"], json!(i64::MAX));
    assert_eq!(request::<u64>()["minimum"], 0);
    assert_eq!(request::<usize>()["maximum"], json!(i64::MAX));
    assert_eq!(request::<i128>()["minimum"], json!(i64::MIN));
    assert_eq!(request::<u8>()["maximum"], 255);
    assert_eq!(request::<i64>().get("maximum"), None);
    assert!(codec::encode(&(i64::MAX as u64)).is_ok());
    assert!(codec::encode(&(i64::MAX as u64 + 1)).is_err());
}

#[test]
fn a_schema_contains_all_referenced_types() {
    for schema in [request::<Document>(), response::<Vec<Document>>()] {
        let text = schema.to_string();
        for reference in text.split("\"$ref\":\"").skip(1) {
            let (path, _) = reference.split_once('"').unwrap();
            assert!(path.starts_with("#/$defs/"), "{path}");
            assert!(schema.pointer(&path[1..]).is_some(), "{path} in {text}");
        }
        assert!(text.contains("\"$ref\""));
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
    }
}

#[test]
fn a_request_is_described_as_read_and_a_response_as_written() {
    let needed = |schema: &Value, field: &str| {
        let required = schema["required"].as_array().unwrap();
        required.contains(&json!(field))
    };
    assert!(!needed(&request::<Document>(), "listed"));
    assert!(needed(&response::<Document>(), "listed"));
}

fn panics() -> Option<Schema> {
    panic!("no default")
}

fn invoke(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(async { Ok(Payload::default()) })
}

#[test]
fn a_panic_while_generating_a_schema_loses_only_that_schema() {
    let capability = Capability {
        schemas: Schemas {
            request: panics,
            ..Schemas::of_response::<String>()
        },
        ..Capability::new("a", invoke)
    };
    assert_eq!(capability.request_schema(), None);
    assert_eq!(capability.response_schema().unwrap()["type"], "string");
    assert_eq!(Capability::new("b", invoke).response_schema(), None);
}

#[test]
#[allow(
    clippy::needless_borrow,
    reason = "as in the expansion of the attribute"
)]
fn a_type_without_a_schema_compiles_and_has_none() {
    use crate::__private::{OfNone as _, OfSuccess as _, OfType as _, SchemaOf};
    struct Plain;
    type Alias = Result<u8, Plain>;
    assert!((&&SchemaOf::<Plain>::new()).request().is_none());
    assert!((&&&SchemaOf::<Plain>::new()).response().is_none());
    let schema = (&&&SchemaOf::<Alias>::new()).response().unwrap();
    assert_eq!(schema.get("format").unwrap(), "uint8");
    let schema = (&&&SchemaOf::<String>::new()).response().unwrap();
    assert_eq!(schema.get("type").unwrap(), "string");
    // Both types have a schema; the response of the handler is only the `Ok` type.
    type Both = Result<u8, String>;
    let schema = (&&&SchemaOf::<Both>::new()).response().unwrap();
    assert_eq!(schema.get("format").unwrap(), "uint8");
}
