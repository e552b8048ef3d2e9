//! `manifest.json` as types.
//!
//! The fields of manifests of hecate-om (Erlang) keep their names and meanings. Unknown fields are
//! kept in `other`, so that reading and writing a file loses nothing. Rendered manifests refer to
//! the JSON Schema of the format in `$schema` ([`SCHEMA`]).

mod capability;
mod condition;
mod identity;
mod publication;
mod retries;
mod schedule;
mod setting;
mod subscription;
#[cfg(test)]
mod tests;
mod uncertain;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use capability::Capability;
pub use condition::Condition;
pub use identity::IdentitySpec;
pub use publication::Publication;
pub use retries::RetryDescription;
pub use schedule::Schedule;
pub use setting::Setting;
pub use subscription::{Gaps, Subscription};
pub use uncertain::HandlerNames;

/// URL of the JSON Schema of `manifest.json`, which is `schema/manifest.schema.json` of this crate.
pub const SCHEMA: &str = "https://codeberg.org/hecate-services/hecate-om/raw/branch/main/hecate-om-manifest/schema/manifest.schema.json";

/// The text is not a manifest of a service: fix the field or the syntax that the message names.
#[derive(Debug, thiserror::Error)]
#[error("not a manifest of a service: {0}")]
pub struct ManifestError(serde_json::Error);

/// Contents of `manifest.json`: what a service is, what it can do, and what it needs.
///
/// Names are not validated when read. Those that the scanner writes are, by [`crate::names`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The URL of the file's JSON Schema, [`SCHEMA`] in files that this crate writes.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The service's name, which is also the name of its image and its unit.
    pub name: String,
    /// The name for people, `RAG`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The service's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One line about the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The kind of workload, `container_daemon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    /// Group that one replica serves: `realm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenancy: Option<String>,
    /// The class of machines that it runs on, `infrastructure_node`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_on: Option<String>,
    /// The OCI repository of the image, without a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The URL of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The licence, as an SPDX expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The services that it depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// The layers around each capability, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The capabilities, sorted by name and version when rendered.
    #[serde(default, deserialize_with = "capability::list")]
    pub capabilities: Vec<Capability>,
    /// The subscriptions, sorted by topic when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// The published facts, sorted by topic when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    /// The schedules, sorted by name when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// The service's own settings, in the order of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// The linked packages whose capabilities are called remotely, each with the org that serves
    /// them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, String>,
    /// Named TCP ports.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ports: BTreeMap<String, u16>,
    /// Named mounts: a path, or an object for the tools of hecate-om (Erlang).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Value>,
    /// The oldest version of the realm that it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_realm_version: Option<String>,
    /// The oldest version of the station that it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_station_version: Option<String>,
    /// The oldest version of hecate-om that it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_om_version: Option<String>,
    /// The identity that the service asks its realm for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_spec: Option<IdentitySpec>,
    /// Other fields, unchanged.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Manifest {
    /// Parses a `manifest.json`, also one of hecate-om (Erlang).
    ///
    /// # Errors
    ///
    /// If the text is not JSON, has no `name`, or a known field has another type. The message has
    /// the field, line and column.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        serde_json::from_str(text).map_err(ManifestError)
    }

    /// Returns the text of `manifest.json`. Equal manifests have equal texts, whatever the order of
    /// capabilities and of keys in free-form parts. Fields have the order declared here; each line
    /// ends in LF.
    #[must_use]
    pub fn render(&self) -> String {
        let mut sorted = self.clone();
        sorted.capabilities.sort_by(Capability::by_name_and_version);
        sorted.subscriptions.sort_by(|a, b| a.topic.cmp(&b.topic));
        sorted.publications.sort_by(|a, b| a.topic.cmp(&b.topic));
        sorted.schedules.sort_by(|a, b| a.name.cmp(&b.name));
        let free = sorted.other.values_mut().chain(sorted.volumes.values_mut());
        let of_capabilities = sorted.capabilities.iter_mut().flat_map(|capability| {
            let schemas = capability
                .request_schema
                .iter_mut()
                .chain(&mut capability.response_schema)
                .chain(&mut capability.inbound_schema);
            schemas.chain(capability.other.values_mut())
        });
        // Any crate of the build may enable maps with insertion order in serde_json.
        let of_subscriptions = sorted.subscriptions.iter_mut();
        let of_subscriptions = of_subscriptions.flat_map(|subscription| {
            subscription
                .fact_schema
                .iter_mut()
                .chain(subscription.other.values_mut())
        });
        let of_publications = sorted.publications.iter_mut();
        let of_publications = of_publications.flat_map(|publication| {
            publication
                .fact_schema
                .iter_mut()
                .chain(publication.other.values_mut())
        });
        let of_schedules = sorted.schedules.iter_mut();
        let of_schedules = of_schedules.flat_map(|schedule| schedule.other.values_mut());
        let of_settings = sorted.settings.iter_mut();
        let of_settings = of_settings.flat_map(|setting| setting.other.values_mut());
        free.chain(of_capabilities)
            .chain(of_subscriptions)
            .chain(of_publications)
            .chain(of_schedules)
            .chain(of_settings)
            .for_each(Value::sort_all_objects);
        // Serialization fails only for map keys that are not text, and there are none.
        let mut text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
        text.push('\n');
        text
    }
}
