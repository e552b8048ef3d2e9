//! A client's proof of identity from its handshake, and the proof's expiry.

use std::sync::atomic::{AtomicI64, Ordering};

use macula_rust::binding::SignedTbs;
use macula_rust::handshake::{CAP_RELAY_OVERLOADED, Client};

use super::CloseReason;

/// Time after the expiry of a client's status statement in which the client can still renew it.
/// Clients grant the station the same time.
const STATUS_GRACE_MS: i64 = 5 * 60 * 1000;

/// A client's identity, binding and status statement, verified by the handshake.
#[derive(Debug)]
pub(crate) struct ClientProof {
    pub(crate) identity_key: Vec<u8>,
    pub(crate) connect_binding: SignedTbs,
    binding_not_after: i64,
    status_expires_at: AtomicI64,
    capabilities: u64,
}

impl From<Client> for ClientProof {
    fn from(client: Client) -> Self {
        Self {
            identity_key: client.identity_key,
            connect_binding: client.connect_binding,
            binding_not_after: client.binding_not_after,
            status_expires_at: AtomicI64::new(client.status_expires_at),
            capabilities: client.capabilities,
        }
    }
}

impl ClientProof {
    /// Returns whether the client understands the relay error `overloaded`, which is sent only to
    /// clients that declared support.
    pub(super) fn understands_overloaded(&self) -> bool {
        self.capabilities & CAP_RELAY_OVERLOADED != 0
    }

    pub(super) fn renew_status(&self, expires_at: i64) {
        self.status_expires_at.store(expires_at, Ordering::Relaxed);
    }

    /// Returns the reason to close the link if the binding or the status statement has expired.
    pub(super) fn expired(&self, now_ms: i64) -> Option<CloseReason> {
        let status = self.status_expires_at.load(Ordering::Relaxed);
        if now_ms >= self.binding_not_after {
            return Some(CloseReason::BindingExpired);
        }
        (now_ms >= status.saturating_add(STATUS_GRACE_MS)).then_some(CloseReason::StatusExpired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_expires_at_once_and_a_status_statement_after_a_grace_period() {
        let object = SignedTbs {
            tbs: Vec::new(),
            signature: Vec::new(),
        };
        let proof = ClientProof {
            identity_key: Vec::new(),
            connect_binding: object,
            binding_not_after: 10 * STATUS_GRACE_MS,
            status_expires_at: AtomicI64::new(1_000),
            capabilities: 0,
        };
        let grace = 1_000 + STATUS_GRACE_MS;
        assert_eq!(proof.expired(grace - 1), None);
        assert_eq!(proof.expired(grace), Some(CloseReason::StatusExpired));
        proof.renew_status(i64::MAX);
        assert_eq!(proof.expired(10 * STATUS_GRACE_MS - 1), None);
        let expired = proof.expired(10 * STATUS_GRACE_MS);
        assert_eq!(expired, Some(CloseReason::BindingExpired));
    }
}
