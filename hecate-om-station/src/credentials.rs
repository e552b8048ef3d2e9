//! TLS binding and status statements that the station presents to its clients.
//!
//! A binding ties the listener's certificate to the identity key for at most seven days, and a
//! status statement keeps a binding valid for at most an hour. A client verifies each statement
//! with the binding of its own handshake, so after a rotation the links of an old binding still
//! receive statements for the old binding.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use macula_rust::binding::{BindingError, SignedTbs, status_statement, tls_binding};
use macula_rust::handshake::{StationMaterial, status_frame};
use macula_rust::node_key::NodeKey;

use crate::frames::frame;

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Lifetime of a binding.
const BINDING_MS: i64 = 7 * DAY_MS;
/// Age at which a binding is replaced for new links. Links of the old binding are closed when it
/// expires, and their clients dial again.
const BINDING_ROTATION_MS: i64 = 3 * DAY_MS;

/// Lifetime of a status statement.
const STATUS_MS: i64 = 60 * MINUTE_MS;
/// Age at which a status statement is replaced.
const STATUS_RENEWAL_MS: i64 = 20 * MINUTE_MS;

/// A TLS binding with its newest status statement.
#[derive(Debug)]
pub(crate) struct TlsBinding {
    signed: SignedTbs,
    issued_at: i64,
    status: Mutex<StatusStatement>,
}

#[derive(Debug, Clone)]
struct StatusStatement {
    signed: SignedTbs,
    issued_at: i64,
}

impl TlsBinding {
    fn new(key: &NodeKey, leaf: &[u8], now_ms: i64) -> Result<Self, BindingError> {
        let signed = tls_binding(key, leaf, now_ms, now_ms + BINDING_MS)?;
        let status = StatusStatement::new(key, &signed, now_ms)?;
        Ok(Self {
            signed,
            issued_at: now_ms,
            status: Mutex::new(status),
        })
    }

    fn status(&self) -> StatusStatement {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the status statement if renewal is due, or if its date is in the future because the
    /// clock was set back. Returns the STATUS frame of the new statement.
    pub(crate) fn renew_status(
        &self,
        key: &NodeKey,
        now_ms: i64,
    ) -> Result<Option<Bytes>, BindingError> {
        let age = now_ms - self.status().issued_at;
        if (0..STATUS_RENEWAL_MS).contains(&age) {
            return Ok(None);
        }
        let status = StatusStatement::new(key, &self.signed, now_ms)?;
        let frame = frame(&status_frame(&status.signed));
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
        Ok(Some(frame))
    }
}

impl StatusStatement {
    fn new(key: &NodeKey, binding: &SignedTbs, now_ms: i64) -> Result<Self, BindingError> {
        Ok(Self {
            signed: status_statement(key, binding, now_ms, now_ms + STATUS_MS)?,
            issued_at: now_ms,
        })
    }
}

/// The certificate and the binding presented in new handshakes.
#[derive(Debug)]
pub(crate) struct Credentials {
    leaf: Vec<u8>,
    current: Mutex<Arc<TlsBinding>>,
}

impl Credentials {
    pub(crate) fn new(key: &NodeKey, leaf: &[u8], now_ms: i64) -> Result<Self, BindingError> {
        Ok(Self {
            leaf: leaf.to_vec(),
            current: Mutex::new(Arc::new(TlsBinding::new(key, leaf, now_ms)?)),
        })
    }

    /// Returns the listener's certificate, as DER.
    pub(crate) fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    pub(crate) fn current(&self) -> Arc<TlsBinding> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the binding for new handshakes, if rotation is due.
    pub(crate) fn rotate(&self, key: &NodeKey, now_ms: i64) -> Result<(), BindingError> {
        let age = now_ms - self.current().issued_at;
        if (0..BINDING_ROTATION_MS).contains(&age) {
            return Ok(());
        }
        let new = Arc::new(TlsBinding::new(key, &self.leaf, now_ms)?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Returns the station's part of a handshake challenge with `binding`.
    pub(crate) fn station_material(key: &NodeKey, binding: &TlsBinding) -> StationMaterial {
        StationMaterial {
            profile: key.profile(),
            identity_key: key.public_key(),
            tls_binding: binding.signed.clone(),
            tls_status: binding.status().signed,
        }
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::binding::{verify_status, verify_tls_binding};
    use macula_rust::profile::Profile;

    use super::*;

    fn key() -> NodeKey {
        NodeKey::generate_identity(Profile::PqPure, 0).unwrap()
    }

    #[test]
    fn a_status_statement_is_renewed_when_due_and_verifies_with_its_binding() {
        let (key, leaf, now) = (key(), b"leaf".as_slice(), 1_800_000_000_000);
        let binding = TlsBinding::new(&key, leaf, now).unwrap();
        assert!(
            binding
                .renew_status(&key, now + MINUTE_MS)
                .unwrap()
                .is_none()
        );
        let later = now + STATUS_RENEWAL_MS;
        assert!(binding.renew_status(&key, later).unwrap().is_some());
        let public_key = key.public_key();
        let expires = verify_status(
            &binding.status().signed,
            &binding.signed,
            &public_key,
            Profile::PqPure,
            later,
        );
        assert_eq!(expires, Ok(later + STATUS_MS));
    }

    #[test]
    fn the_old_binding_stays_valid_for_its_links_after_a_rotation() {
        let (key, leaf, now) = (key(), b"leaf".as_slice(), 1_800_000_000_000);
        let credentials = Credentials::new(&key, leaf, now).unwrap();
        let old = credentials.current();
        credentials.rotate(&key, now + DAY_MS).unwrap();
        assert!(Arc::ptr_eq(&old, &credentials.current()), "not due yet");
        let later = now + BINDING_ROTATION_MS;
        credentials.rotate(&key, later).unwrap();
        let new = credentials.current();
        assert!(!Arc::ptr_eq(&old, &new));
        let public_key = key.public_key();
        for binding in [&old, &new] {
            verify_tls_binding(&binding.signed, &public_key, Profile::PqPure, leaf, later).unwrap();
        }
        assert!(
            old.renew_status(&key, later).unwrap().is_some(),
            "still renewed"
        );
    }
}
