//! JSON Schemas (draft 2020-12) of requests and responses on the wire.
//!
//! Schemas are generated on demand and are self-contained: referenced types are in `$defs`. A
//! request is described as serde deserializes it, and a response as serde serializes it.

mod wire;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::Capability;
use crate::codec::{self, Shape};
use crate::panic::catch;

/// Functions that generate the schemas of a capability's types. They return `None` if there is no
/// type.
#[derive(Debug, Clone, Copy)]
pub struct Schemas {
    /// Schema of the request.
    pub request: fn() -> Option<Schema>,
    /// Schema of the response, or of each item of a response stream.
    pub response: fn() -> Option<Schema>,
    /// Schema of the items that the caller streams.
    pub inbound: fn() -> Option<Schema>,
}

impl Schemas {
    /// No schemas.
    pub const NONE: Self = Self {
        request: no_schema,
        response: no_schema,
        inbound: no_schema,
    };

    /// Parses a schema from JSON, the form in generated clients; `None` if the text is not a
    /// schema.
    #[must_use]
    pub fn parse(text: &str) -> Option<Schema> {
        serde_json::from_str(text).ok()
    }

    /// Returns the schemas of a capability that has no request and whose response is a `T`.
    pub(crate) const fn of_response<T: JsonSchema>() -> Self {
        Self {
            response: response_schema::<T>,
            ..Self::NONE
        }
    }
}

/// Returns `None`, as the schema of a type that a handler does not have.
#[must_use]
pub const fn no_schema() -> Option<Schema> {
    None
}

/// Returns the schema of a `T` as received from the wire. Also registers it for every decoder of
/// `T` in this process, because a type whose schema is requested is a payload type.
pub(crate) fn request_schema<T: JsonSchema>() -> Option<Schema> {
    Some(schema::<T>(
        SchemaSettings::draft2020_12().for_deserialize(),
    ))
}

/// Returns the schema of a `T` as written to the wire.
pub(crate) fn response_schema<T: JsonSchema>() -> Option<Schema> {
    Some(schema::<T>(SchemaSettings::draft2020_12().for_serialize()))
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> Schema {
    codec::register_schema::<T>();
    let generator = settings.with_transform(wire::Wire).into_generator();
    generator.into_root_schema_for::<T>()
}

impl Capability {
    /// Returns the JSON Schema of the request.
    pub(crate) fn request_schema(&self) -> Option<Value> {
        self.generate("request", self.schemas.request)
    }

    /// Returns the JSON Schema of the response.
    pub(crate) fn response_schema(&self) -> Option<Value> {
        self.generate("response", self.schemas.response)
    }

    /// Returns the JSON Schema of the items that the caller streams.
    pub(crate) fn inbound_schema(&self) -> Option<Value> {
        self.generate("inbound items", self.schemas.inbound)
    }

    /// Returns one sentence for each type of the capability that is ambiguous on the wire.
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

    /// Generates a schema. This may run the author's code, such as a manual `JsonSchema` or a
    /// `Default`. If that code panics, only this schema is missing.
    fn generate(&self, what: &str, generate: fn() -> Option<Schema>) -> Option<Value> {
        match catch(generate) {
            Ok(schema) => schema.map(Schema::to_value),
            Err(panic) => {
                tracing::error!(
                    %panic,
                    at = panic.location(),
                    backtrace = panic.backtrace(),
                    capability = self.name,
                    schema = what,
                    "generating a JSON Schema panicked, so the capability has none"
                );
                None
            }
        }
    }
}

/// Returns how a type with this schema is ambiguous on the wire, if it is.
pub(crate) fn ambiguity(schema: &Value) -> Option<String> {
    let found = Shape::compile(schema).ambiguity()?;
    Some(found.to_string())
}

#[cfg(test)]
mod tests;
