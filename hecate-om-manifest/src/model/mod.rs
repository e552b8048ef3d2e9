//! `manifest.json` as types.
//!
//! Every field the ancestor's manifests had keeps its name and meaning; fields nobody here knows are
//! kept in `other`, so that reading and writing a file loses nothing. The shape is published as a
//! JSON Schema, which each rendered manifest names in `$schema` ([`SCHEMA`]).

mod capability;
mod condition;
mod identity;
mod schedule;
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
pub use schedule::Schedule;
pub use subscription::{Gaps, Subscription};
pub use uncertain::HandlerNames;

/// Where the JSON Schema of `manifest.json` is published; the file is `schema/manifest.schema.json`
/// of this crate.
pub const SCHEMA: &str = "https://codeberg.org/hecate-services/hecate-om/raw/branch/main/hecate-om-manifest/schema/manifest.schema.json";

/// A text that is not a service's manifest.
#[derive(Debug, thiserror::Error)]
#[error("this is not a service's manifest: {0}")]
pub struct ManifestError(serde_json::Error);

/// What a service is, what it can do, and what it needs: the content of `manifest.json`.
///
/// Text of other hands is read leniently (any string is a name here); what the scanner writes has
/// been through [`hecate_om_grammar::names`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The JSON Schema this file follows, [`SCHEMA`] in what is written here.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The service's name, which is also its image's and its unit's.
    pub name: String,
    /// What people read instead of the name, `RAG`.
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
    /// Whom one instance serves, `realm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenancy: Option<String>,
    /// The class of machine it is placed on, `infrastructure_node`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs_on: Option<String>,
    /// The OCI repository of the image, without a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Where the source is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The licence, as an SPDX expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// What must be running for the service to be of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// What the service can be asked, sorted by name and version when rendered.
    #[serde(default, deserialize_with = "capability::list")]
    pub capabilities: Vec<Capability>,
    /// The facts the service listens to, sorted by topic when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// What the service does by the clock, sorted by name when rendered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// The packages that are linked for their capabilities to be called, not served, each with the org that serves
    /// them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, String>,
    /// Named TCP ports.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ports: BTreeMap<String, u16>,
    /// Named mounts: a path, or an object the ancestor's tools understand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Value>,
    /// The oldest realm it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_realm_version: Option<String>,
    /// The oldest station it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_station_version: Option<String>,
    /// The oldest operations library it works with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_om_version: Option<String>,
    /// What the service's principal is allowed to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_spec: Option<IdentitySpec>,
    /// Everything else the file holds, as it was.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Manifest {
    /// Reads a `manifest.json`, ours or the ancestor's.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, has no `name`, or a known field has another type than it should;
    /// the error says which, with line and column.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        serde_json::from_str(text).map_err(ManifestError)
    }

    /// The text of `manifest.json`: the same bytes for the same manifest, whatever the order of its
    /// capabilities or of the keys in its free-form parts. Fields stand in the order declared here,
    /// lines end in LF, the last one too.
    #[must_use]
    pub fn render(&self) -> String {
        let mut sorted = self.clone();
        sorted.capabilities.sort_by(Capability::by_name_and_version);
        sorted.subscriptions.sort_by(|a, b| a.topic.cmp(&b.topic));
        sorted.schedules.sort_by(|a, b| a.name.cmp(&b.name));
        let free = sorted.other.values_mut().chain(sorted.volumes.values_mut());
        let of_capabilities = sorted.capabilities.iter_mut().flat_map(|one| {
            let schemas = one
                .request_schema
                .iter_mut()
                .chain(&mut one.response_schema)
                .chain(&mut one.inbound_schema);
            schemas.chain(one.other.values_mut())
        });
        // A crate anywhere in the build may switch serde_json to maps that keep insertion order.
        let of_subscriptions = sorted.subscriptions.iter_mut();
        let of_subscriptions = of_subscriptions
            .flat_map(|one| one.fact_schema.iter_mut().chain(one.other.values_mut()));
        let of_schedules = sorted.schedules.iter_mut();
        let of_schedules = of_schedules.flat_map(|one| one.other.values_mut());
        free.chain(of_capabilities)
            .chain(of_subscriptions)
            .chain(of_schedules)
            .for_each(Value::sort_all_objects);
        // The types above hold no map with keys other than text, the one thing JSON cannot write.
        let mut text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
        text.push('\n');
        text
    }
}
