//! Requests and responses of the service under test.

use hecate_om::JsonSchema;
use serde::{Deserialize, Serialize};

/// The topic of the facts that every service publishes and receives.
pub const TOPIC: &str = "soak/facts/counted_v1";

/// The capabilities of the service, as in its procedures.
pub const CAPABILITIES: [&str; 14] = [
    "soak.add",
    "soak.add_v2",
    "soak.put",
    "soak.narrow",
    "soak.limited",
    "soak.members",
    "soak.sealed",
    "soak.relay",
    "soak.meet",
    "soak.count",
    "soak.sum",
    "soak.echo",
    "soak.share",
    "soak.flood",
];

/// The permission for `soak.members`.
pub const PERMISSION: &str = "soak/call";

/// How many calls `soak.meet` runs at once.
pub const MEETING: usize = 4;

/// A request.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// The call's id, unique in the run.
    pub call: String,
    /// A number for the response, or the number of items.
    pub number: u64,
    /// Text that makes the request large.
    #[serde(default)]
    pub padding: String,
    /// What the handler does.
    #[serde(default)]
    pub act: Act,
    /// The org that `soak.relay` calls.
    #[serde(default)]
    pub org: String,
    /// The pause before each item, in milliseconds.
    #[serde(default)]
    pub pause: u64,
}

/// What a handler does before it responds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Act {
    /// Nothing.
    #[default]
    Answer,
    /// Waits for this many milliseconds.
    Sleep(u64),
    /// Blocks its thread for this many milliseconds.
    Block(u64),
    /// Panics.
    Panic,
    /// Never responds.
    Hang,
    /// Returns an error.
    Refuse,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The request's id.
    pub call: String,
    /// The request's number plus the capability's version.
    pub number: u64,
    /// The number of bytes in the request's padding.
    pub padding: u64,
    /// The process that ran the call.
    pub by: String,
}

impl Answer {
    /// Returns the response of version `version` to `job`.
    #[must_use]
    pub fn to(job: &Job, version: u64, by: &str) -> Self {
        Self {
            call: job.call.clone(),
            number: job.number + version,
            padding: job.padding.len() as u64,
            by: by.to_owned(),
        }
    }

    /// Returns why this is not the response of version `version` to `job`.
    #[must_use]
    pub fn mistake(&self, job: &Job, version: u64) -> Option<String> {
        let right = Self::to(job, version, &self.by);
        (*self != right).then(|| format!("{self:?} instead of {right:?}"))
    }
}

/// An item of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The call that the stream belongs to.
    pub call: String,
    /// Its position, from 0.
    pub number: u64,
    /// Text that makes the item large.
    #[serde(default)]
    pub padding: String,
}

/// A fact.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    /// The publishing process.
    pub publisher: String,
    /// Its position among the process's facts, from 0.
    pub number: u64,
    /// Text that makes the fact large.
    #[serde(default)]
    pub padding: String,
    /// How long its handlers take, in milliseconds.
    #[serde(default)]
    pub pause: u64,
}
