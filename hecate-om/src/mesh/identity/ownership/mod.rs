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
