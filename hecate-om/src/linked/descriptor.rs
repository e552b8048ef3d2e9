//! The complete descriptor: the `manifest.json` that is generated from the source, and the JSON
//! Schemas, which need the compiled types.

use hecate_om_manifest::{Manifest, ManifestError};

use super::{HandlerScope, Handlers, without_foreign};
use crate::capability::Capability;

/// Adds the JSON Schemas of the `linked` capabilities and of the facts to `manifest`, and
/// removes the handlers of packages that are only called.
///
/// # Errors
///
/// If `manifest` does not parse.
pub(crate) fn descriptor(
    manifest: &str,
    linked: impl FnOnce(&HandlerScope) -> Vec<Capability>,
) -> Result<String, ManifestError> {
    let scope = HandlerScope::of_binary(manifest);
    let manifest = Manifest::parse(manifest)?;
    let capabilities = linked(&scope);
    let handlers = Handlers::linked(&scope);
    let mut manifest = without_foreign(manifest, &capabilities, &handlers);
    for described in &mut manifest.capabilities {
        let linked = capabilities
            .iter()
            .find(|linked| linked.name == described.name && linked.version == described.version);
        if let Some(linked) = linked {
            described.request_schema = linked.request_schema();
            described.response_schema = linked.response_schema();
            described.inbound_schema = linked.inbound_schema();
        }
    }
    for described in &mut manifest.subscriptions {
        let linked = handlers
            .facts
            .iter()
            .find(|handler| handler.topic == described.topic);
        described.fact_schema = linked.and_then(|handler| handler.fact_schema());
    }
    for described in &mut manifest.publications {
        let mut linked = handlers.publications.iter();
        let linked = linked.find(|publication| publication.topic == described.topic);
        described.fact_schema = linked.and_then(|publication| publication.fact_schema());
    }
    // Only this binary needs the conditions.
    Ok(manifest.with_conditions(&[]).render())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::capability::{HandlerFuture, Invocation, Schemas};
    use crate::codec::Payload;

    fn invoke(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async { Ok(Payload::default()) })
    }

    #[test]
    fn an_unlinked_handler_of_another_crate_is_left_out() {
        let linked = [Capability::new("a", invoke)];
        let manifest = r#"{"name": "x", "capabilities": ["a", "foreign"],
            "schedules": [{"name": "nightly"}],
            "$uncertain": {"capabilities": [["a", 1], ["foreign", 1]], "subscriptions": [], "schedules": ["nightly"]}}"#;
        let text = descriptor(manifest, |_| linked.to_vec()).unwrap();
        let complete: Value = serde_json::from_str(&text).unwrap();
        let capabilities = complete["capabilities"].as_array().unwrap();
        assert_eq!(capabilities.len(), 1, "{text}");
        assert_eq!(capabilities[0]["name"], "a");
        assert_eq!(complete.get("schedules"), None);
        assert_eq!(complete.get("$uncertain"), None);
    }

    #[test]
    fn each_capability_has_the_schemas_of_its_name_and_version() {
        let linked = [
            Capability {
                schemas: Schemas::of_response::<String>(),
                ..Capability::new("a", invoke)
            },
            Capability {
                version: 2,
                schemas: Schemas::of_response::<u8>(),
                ..Capability::new("a", invoke)
            },
        ];
        let manifest = r#"{"name": "x", "own": {"b": 1, "a": true}, "capabilities": [
            {"name": "a", "version": 2}, "a", {"name": "b", "status": "planned"}]}"#;
        let text = descriptor(manifest, |_| linked.to_vec()).unwrap();
        let complete: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(complete["own"]["a"], true);
        let capabilities = complete["capabilities"].as_array().unwrap();
        assert_eq!(capabilities[0]["response_schema"]["type"], "string");
        assert_eq!(capabilities[1]["response_schema"]["maximum"], 255);
        assert_eq!(capabilities[1].get("request_schema"), None);
        assert_eq!(capabilities[2].get("response_schema"), None);
        assert_eq!(descriptor(manifest, |_| linked.to_vec()).unwrap(), text);
        assert!(descriptor("{", |_| linked.to_vec()).is_err());
    }
}
