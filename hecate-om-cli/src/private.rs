//! Entries for fuzz targets, which read input as the commands do.

use hecate_om::__private::LocalDispatch;
use hecate_om_gateway::description::ServiceDescription;
use hecate_om_gateway::json;
use hecate_om_manifest::{Capability, Manifest};
use serde_json::Value;

use crate::commands::client;
use crate::framework::Framework;

/// Generates the files of a client, with their paths in its folder.
///
/// # Errors
///
/// Returns why there is no client.
pub fn generate_client(
    manifest: &Manifest,
    org: &str,
    package: &str,
) -> Result<Vec<(&'static str, String)>, String> {
    client::generate(manifest, org, package, &Framework::default())
        .map_err(|error| error.to_string())
}

/// Reads the response of `describe_capabilities`, in the wire's CBOR.
///
/// # Errors
///
/// Returns why the response is not a description.
pub fn read_description(response: &[u8]) -> Result<Vec<Capability>, String> {
    let description: ServiceDescription = LocalDispatch::try_decode(response)?;
    Ok(description.rpc.into_iter().map(Capability::from).collect())
}

/// Reads a value in JSON.
///
/// # Errors
///
/// Returns why the text is not JSON or the wire cannot carry the value.
pub fn read_json(text: &str) -> Result<Value, String> {
    json::parse(text)
}

/// Prints a value as JSON.
#[must_use]
pub fn print_json(value: &Value) -> String {
    json::pretty(value)
}

/// Encodes a value for the wire.
///
/// # Errors
///
/// Returns why the wire cannot carry the value.
pub fn encode_json(value: Value) -> Result<Vec<u8>, String> {
    LocalDispatch::try_encode(&json::Json(value))
}

/// Decodes a value from the wire.
///
/// # Errors
///
/// Returns why the bytes are not a value.
pub fn decode_json(bytes: &[u8]) -> Result<Value, String> {
    let json::Json(value) = LocalDispatch::try_decode(bytes)?;
    Ok(value)
}

/// Replaces the numbers in a response by booleans, where the schema has a boolean.
pub fn restore_booleans(schema: &Value, value: &mut Value) {
    json::restore_booleans(schema, value);
}
