//! Publishing of a fact by its type.

use std::time::Duration;

use super::{PublishBuilder, Publishing};
use crate::codec;
use crate::publication::{FactId, PublishedFact, SentFact, Stamp, stamped};

/// Options of a fact's publication; see [`Mesh::fact`](crate::Mesh::fact).
#[derive(Debug)]
#[must_use = "nothing is published before `publish`"]
pub struct FactBuilder<'a, F> {
    publish: PublishBuilder<'a>,
    fact: &'a F,
    id: Option<FactId>,
}

impl<'a, F: PublishedFact + SentFact> FactBuilder<'a, F> {
    pub(in crate::mesh) const fn new(publish: PublishBuilder<'a>, fact: &'a F) -> Self {
        Self {
            publish,
            fact,
            id: None,
        }
    }

    /// Sets the id of the fact. The default is a new random id. Set it to publish the same fact
    /// again: subscribers that have received the fact skip it.
    pub const fn id(mut self, id: FactId) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the timeout, as [`PublishBuilder::timeout`] does.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.publish = self.publish.timeout(timeout);
        self
    }

    /// Sets the time to live, as [`PublishBuilder::ttl`] does.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.publish = self.publish.ttl(ttl);
        self
    }

    /// Publishes the fact; see [`Mesh::publish`](crate::Mesh::publish).
    #[track_caller]
    pub fn publish(self) -> Publishing {
        let stamp = Stamp {
            id: self.id.unwrap_or_else(FactId::random),
            schema: F::publication().schema_id(),
        };
        let fact = codec::encode(self.fact).and_then(|fact| stamped(fact, stamp));
        self.publish.publish_encoded(fact)
    }
}
