//! The TLS binding and status statements the station shows its peers.
//!
//! A binding ties the listener's certificate to the identity key for at most
//! seven days, and a statement keeps a binding in force for at most an hour.
//! A peer checks each statement against the binding of its own handshake, so
//! a rotated binding keeps being stated to the links that began with it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use macula_rust::binding::{BindingError, SignedTbs, status_statement, tls_binding};
use macula_rust::handshake::{StationMaterial, status_frame};
use macula_rust::node_key::NodeKey;

use crate::session::framed;

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

const BINDING_MS: i64 = 7 * DAY_MS;
/// A binding is replaced for new links well before its end; the links that
/// began with it end with it and dial again.
const BINDING_ROTATES_MS: i64 = 3 * DAY_MS;

const STATUS_MS: i64 = 60 * MINUTE_MS;
const STATUS_REISSUED_MS: i64 = 20 * MINUTE_MS;

/// A TLS binding and the newest statement of it.
#[derive(Debug)]
pub(crate) struct Issued {
    binding: SignedTbs,
    issued_at: i64,
    status: Mutex<Status>,
}

#[derive(Debug, Clone)]
struct Status {
    statement: SignedTbs,
    issued_at: i64,
}

impl Issued {
    fn new(key: &NodeKey, leaf: &[u8], now_ms: i64) -> Result<Self, BindingError> {
        let binding = tls_binding(key, leaf, now_ms, now_ms + BINDING_MS)?;
        let status = Status::new(key, &binding, now_ms)?;
        Ok(Self {
            binding,
            issued_at: now_ms,
            status: Mutex::new(status),
        })
    }

    fn status(&self) -> Status {
        self.status
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A STATUS frame with a fresh statement where the newest is due for
    /// replacement, `None` where it is not. A clock set back also replaces it.
    pub(crate) fn reissue(
        &self,
        key: &NodeKey,
        now_ms: i64,
    ) -> Result<Option<Bytes>, BindingError> {
        let age = now_ms - self.status().issued_at;
        if (0..STATUS_REISSUED_MS).contains(&age) {
            return Ok(None);
        }
        let status = Status::new(key, &self.binding, now_ms)?;
        let frame = framed(&status_frame(&status.statement));
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
        Ok(Some(frame))
    }
}

impl Status {
    fn new(key: &NodeKey, binding: &SignedTbs, now_ms: i64) -> Result<Self, BindingError> {
        Ok(Self {
            statement: status_statement(key, binding, now_ms, now_ms + STATUS_MS)?,
            issued_at: now_ms,
        })
    }
}

/// What new handshakes are answered with.
#[derive(Debug)]
pub(crate) struct Credentials {
    leaf: Vec<u8>,
    current: Mutex<Arc<Issued>>,
}

impl Credentials {
    pub(crate) fn new(key: &NodeKey, leaf: &[u8], now_ms: i64) -> Result<Self, BindingError> {
        Ok(Self {
            leaf: leaf.to_vec(),
            current: Mutex::new(Arc::new(Issued::new(key, leaf, now_ms)?)),
        })
    }

    /// The certificate the listener presents, as DER.
    pub(crate) fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    pub(crate) fn current(&self) -> Arc<Issued> {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the binding new handshakes get, when it is due.
    pub(crate) fn rotate(&self, key: &NodeKey, now_ms: i64) -> Result<(), BindingError> {
        let age = now_ms - self.current().issued_at;
        if (0..BINDING_ROTATES_MS).contains(&age) {
            return Ok(());
        }
        let fresh = Arc::new(Issued::new(key, &self.leaf, now_ms)?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What a challenge of `issued` carries.
    pub(crate) fn material(key: &NodeKey, issued: &Issued) -> StationMaterial {
        StationMaterial {
            profile: key.profile(),
            identity_key: key.public_key(),
            tls_binding: issued.binding.clone(),
            tls_status: issued.status().statement,
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
    fn a_statement_is_reissued_when_due_and_verifies_for_its_own_binding() {
        let (key, leaf, now) = (key(), b"leaf".as_slice(), 1_800_000_000_000);
        let issued = Issued::new(&key, leaf, now).unwrap();
        assert!(issued.reissue(&key, now + MINUTE_MS).unwrap().is_none());
        let later = now + STATUS_REISSUED_MS;
        assert!(issued.reissue(&key, later).unwrap().is_some());
        let carried = key.public_key();
        let expires = verify_status(
            &issued.status().statement,
            &issued.binding,
            &carried,
            Profile::PqPure,
            later,
        );
        assert_eq!(expires, Ok(later + STATUS_MS));
    }

    #[test]
    fn a_rotated_binding_leaves_the_old_one_to_the_links_that_hold_it() {
        let (key, leaf, now) = (key(), b"leaf".as_slice(), 1_800_000_000_000);
        let credentials = Credentials::new(&key, leaf, now).unwrap();
        let old = credentials.current();
        credentials.rotate(&key, now + DAY_MS).unwrap();
        assert!(Arc::ptr_eq(&old, &credentials.current()), "not due yet");
        let later = now + BINDING_ROTATES_MS;
        credentials.rotate(&key, later).unwrap();
        let new = credentials.current();
        assert!(!Arc::ptr_eq(&old, &new));
        let carried = key.public_key();
        for issued in [&old, &new] {
            verify_tls_binding(&issued.binding, &carried, Profile::PqPure, leaf, later).unwrap();
        }
        assert!(old.reissue(&key, later).unwrap().is_some(), "still stated");
    }
}
