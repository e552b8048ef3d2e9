//! Uses of this node's key by the service itself.

use std::time::Duration;

use serde::Serialize;

use super::super::connection::clock;
use super::super::connection::ucan::Ucan;
use super::super::identity::{
    Asserted, DelegateError, OwnershipError, ProveError, SignError, Signature, delegate, issue,
};
use super::Mesh;
use crate::capability::{Call, NodeId};

impl Mesh {
    /// Signs `bytes` with this node's key.
    ///
    /// The context names the purpose of the signature, such as `acme.example invoice v1`: a
    /// signature for one purpose does not pass for another, and never for an object of the mesh.
    /// Signing takes about 0.1 ms in the profile `pq_pure` and some milliseconds in `pq_hybrid`.
    ///
    /// # Errors
    ///
    /// If the context is empty or has more than 255 bytes.
    ///
    /// ```
    /// use hecate_om::identity::{NodeId, SignError, Signature};
    /// use hecate_om::Mesh;
    ///
    /// const INVOICE: &str = "acme.example invoice v1";
    ///
    /// # #[allow(dead_code)]
    /// fn sign(mesh: &Mesh, invoice: &str) -> Result<Signature, SignError> {
    ///     mesh.sign(INVOICE, invoice.as_bytes())
    /// }
    ///
    /// # #[allow(dead_code)]
    /// fn is_from(issuer: NodeId, invoice: &str, signature: &Signature) -> bool {
    ///     issuer.verify(INVOICE, invoice.as_bytes(), signature).is_ok()
    /// }
    /// ```
    pub fn sign(&self, context: &str, bytes: &[u8]) -> Result<Signature, SignError> {
        Signature::new(self.connection.key(), context, bytes)
    }

    /// Delegates a permission of this service to a node: returns a token with which `to` may call
    /// what this service may call by `permission`.
    ///
    /// `to` presents it with [`CallBuilder::ucan`](crate::call::CallBuilder::ucan). The token
    /// expires after `lifetime`, or with the service's own token if that is earlier. It cannot be
    /// revoked, so prefer minutes.
    ///
    /// # Errors
    ///
    /// If the service does not have the permission, or the realm has not granted it within five
    /// seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use hecate_om::identity::{DelegateError, NodeId, Ucan};
    /// use hecate_om::{Call, Mesh};
    ///
    /// # #[allow(dead_code)]
    /// async fn reader_for(mesh: &Mesh, call: &Call) -> Result<Ucan, DelegateError> {
    ///     let hour = Duration::from_secs(3600);
    ///     mesh.delegate(call.caller(), "corpora/read", hour).await
    /// }
    /// ```
    pub async fn delegate(
        &self,
        to: NodeId,
        permission: &str,
        lifetime: Duration,
    ) -> Result<Ucan, DelegateError> {
        delegate(&self.connection, to, permission, lifetime).await
    }

    /// Issues a token of this node: with it, `to` may call capabilities of `resource` that are
    /// gated by `access = ucan(issuer = "<this node>")`.
    ///
    /// The resource is `mri:realm:<realm>`, `mri:org:<realm>/<org>` or
    /// `mri:proc:<realm>/<org>/<name>`. Handlers read the permission by
    /// [`Claims::allows`](crate::identity::Claims::allows). The token cannot be revoked, so prefer
    /// minutes.
    ///
    /// # Errors
    ///
    /// If the resource, the permission or the lifetime is invalid.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use hecate_om::identity::{DelegateError, NodeId, Ucan};
    /// use hecate_om::Mesh;
    ///
    /// # #[allow(dead_code)]
    /// fn invite(mesh: &Mesh, guest: NodeId) -> Result<Ucan, DelegateError> {
    ///     let day = Duration::from_secs(24 * 3600);
    ///     mesh.issue(guest, "mri:org:io.macula/acme", "parcels/track", day)
    /// }
    /// ```
    pub fn issue(
        &self,
        to: NodeId,
        resource: &str,
        permission: &str,
        lifetime: Duration,
    ) -> Result<Ucan, DelegateError> {
        issue(self.connection.key(), to, resource, permission, lifetime)
    }

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
    pub fn assert_ownership<T: Serialize>(
        &self,
        procedure: &str,
        request: T,
    ) -> Result<Asserted<T>, ProveError> {
        let realm = self.realm_id().ok_or(ProveError::NotConnected)?;
        let key = self.connection.key();
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
        let up = self.connection.uplink();
        let up = up.ok_or(OwnershipError::NotConnected)?;
        let now = clock::millis();
        let profile = up.key.profile();
        let (node, nonce) = request.verify(profile, &up.realm.id, call.procedure(), now)?;
        self.ownership.accept(node, nonce)?;
        Ok(node)
    }
}
