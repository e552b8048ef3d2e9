//! JSON Schemas (draft 2020-12) of what crosses: how requests and responses look on the wire.
//!
//! Each is made when it is asked for, and stands for itself: what it refers to is in its own `$defs`. A
//! request is described as it is read, a response as it is written, by serde's rules in both cases.

mod wire;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::Capability;
use crate::codec::{self, Shape};
use crate::panic::catch;

/// What makes the schemas of what a capability takes and answers; `None` is what has none.
#[derive(Debug, Clone, Copy)]
pub struct Schemas {
    /// The request's.
    pub request: fn() -> Option<Schema>,
    /// That of the response, or of each item of a stream.
    pub response: fn() -> Option<Schema>,
    /// That of the items which the caller sends.
    pub inbound: fn() -> Option<Schema>,
}

impl Schemas {
    /// Of a capability that nobody describes.
    pub const NONE: Self = Self {
        request: no_schema,
        response: no_schema,
        inbound: no_schema,
    };

    /// The schema that a text of JSON says, as a generated client has it of its provider; nothing where it says none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Schema> {
        serde_json::from_str(text).ok()
    }

    /// Of a capability that takes nothing and answers a `T`.
    pub(crate) const fn answering<T: JsonSchema>() -> Self {
        Self {
            response: response_schema::<T>,
            ..Self::NONE
        }
    }
}

/// The schema of what is not there: the request of a handler that takes none.
#[must_use]
pub const fn no_schema() -> Option<Schema> {
    None
}

/// Returns the schema of a `T` as it arrives on the wire, and registers it for every decoder of `T`
/// in this process: a type whose schema is requested is a payload type.
pub(crate) fn request_schema<T: JsonSchema>() -> Option<Schema> {
    Some(schema::<T>(
        SchemaSettings::draft2020_12().for_deserialize(),
    ))
}

/// The schema of a `T` as the wire takes it.
pub(crate) fn response_schema<T: JsonSchema>() -> Option<Schema> {
    Some(schema::<T>(SchemaSettings::draft2020_12().for_serialize()))
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    codec::register_schema::<T>();
    let generator = settings.with_transform(wire::Wire).into_generator();
    generator.into_root_schema_for::<T>()
}

impl Capability {
    /// The JSON Schema of the request.
    pub(crate) fn request_schema(&self) -> Option<Value> {
        self.made("request", self.schemas.request)
    }

    /// The JSON Schema of the response.
    pub(crate) fn response_schema(&self) -> Option<Value> {
        self.made("response", self.schemas.response)
    }

    /// The JSON Schema of the items that the caller sends.
    pub(crate) fn inbound_schema(&self) -> Option<Value> {
        self.made("inbound items", self.schemas.inbound)
    }

    /// The ambiguities of the request and response types, one sentence each.
    pub(crate) fn ambiguities(&self) -> Vec<String> {
        let schemas = [
            ("request", self.request_schema()),
            ("response", self.response_schema()),
            ("inbound items", self.inbound_schema()),
        ];
        let ambiguities = schemas.iter().filter_map(|(what, schema)| {
            let found = ambiguity(schema.as_ref()?)?;
            Some(format!(
                "the {what} of `{}` ({}, {}): {found}",
                self.name, self.package, self.location
            ))
        });
        ambiguities.collect()
    }

    /// A schema may run code of the author's: a `JsonSchema` written by hand, the `Default` that serde is
    /// told of. What is wrong there costs the schema, not the service.
    fn made(&self, what: &str, make: fn() -> Option<Schema>) -> Option<Value> {
        match catch(make) {
            Ok(schema) => schema.map(Schema::to_value),
            Err(panic) => {
                tracing::error!(
                    at = panic.place(),
                    backtrace = panic.backtrace(),
                    capability = self.name,
                    "generating the JSON Schema of its {what} panicked, so it has none: {panic}"
                );
                None
            }
        }
    }
}

/// Returns where a type with this schema is ambiguous on the wire.
pub(crate) fn ambiguity(schema: &Value) -> Option<String> {
    let found = Shape::compile(schema).ambiguity()?;
    Some(found.to_string())
}

#[cfg(test)]
mod tests;
