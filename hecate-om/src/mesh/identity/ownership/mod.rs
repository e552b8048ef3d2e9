//! Ownership proofs: a node proves that it authorized exactly this request, once.
//!
//! The format is version 2 of hecate-om (Erlang), `mcl_om_ownership_proof` of mcl-om 0.32: the
//! entry `asserted_by` of the request has the signer's node id and a signature over the other
//! entries, the procedure, the realm, a time and a nonce.

mod asserted;
mod proof;
mod replays;

pub use asserted::Asserted;
pub use proof::{OwnershipError, OwnershipProof, ProveError};
pub(in crate::mesh) use replays::Replays;

use super::super::Mesh;
use crate::capability::Call;
use crate::mesh::connection::clock;
use crate::node_id::NodeId;

impl Mesh {
    /// Proves that this node authorizes `request` to `procedure` (`<org>/<name>`). A service that
    /// receives the request from any caller, such as one that forwards it, verifies the proof with
    /// [`verify_ownership`](Self::verify_ownership).
    ///
    /// Other services of the mesh, also in Erlang and Go, expect such a proof in the entry
    /// `asserted_by` of a request. The proof is valid for a minute, and each instance of the
    /// provider accepts it once.
    ///
    /// # Errors
    ///
    /// If there is no link yet, or the request is not a map, or has one of the reserved entries
    /// `asserted_by` and `caller`.
    ///
    /// ```
    /// use hecate_om::identity::{Asserted, NodeId};
    /// use hecate_om::{Call, JsonSchema, Mesh, Refusal, capability};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    /// struct Link {
    ///     subject: String,
    ///     object: String,
    /// }
    ///
    /// /// Learns a link, in the name of the node that asserts it.
    /// #[capability("graph.learn_link", access = open)]
    /// async fn learn_link(mesh: &Mesh, call: &Call, link: Asserted<Link>) -> Result<NodeId, Refusal> {
    ///     let author = mesh.verify_ownership(call, &link)?;
    ///     let Link { subject, object } = link.into_request();
    ///     // Store it …
    ///     Ok(author)
    /// }
    ///
    /// # #[allow(dead_code)]
    /// async fn teach(mesh: &Mesh, link: Link) -> Result<NodeId, Box<dyn std::error::Error>> {
    ///     let link = mesh.assert_ownership("acme/graph.learn_link", link)?;
    ///     Ok(mesh.call::<learn_link>(&link).org("acme").await?)
    /// }
    /// ```
    pub fn assert_ownership<T: serde::Serialize>(
        &self,
        procedure: &str,
        request: T,
    ) -> Result<Asserted<T>, ProveError> {
        let realm = self.realm_id().ok_or(ProveError::NotConnected)?;
        let key = self.connection().key();
        Asserted::sign(key, &realm, procedure, request, clock::millis())
    }

    /// Verifies the proof of a request that is being handled, and returns the node that authorized
    /// the request.
    ///
    /// # Errors
    ///
    /// If the proof is missing, older than a minute, of another request, procedure, realm or node,
    /// or if this instance has accepted it before. The codes are those of hecate-om (Erlang).
    pub fn verify_ownership<T>(
        &self,
        call: &Call,
        request: &Asserted<T>,
    ) -> Result<NodeId, OwnershipError> {
        let up = self.connection().uplink();
        let up = up.ok_or(OwnershipError::NotConnected)?;
        let now = clock::millis();
        let profile = up.key.profile();
        let (node, nonce) = request.verify(profile, &up.realm.id, call.procedure(), now)?;
        self.ownership.accept(node, nonce)?;
        Ok(node)
    }
}
