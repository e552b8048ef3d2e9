//! Uses of this node's key by the service itself: signatures, tokens and ownership proofs. The key
//! stays in the process.

mod delegation;
mod ownership;
mod signature;

pub use delegation::DelegateError;
pub(in crate::mesh) use delegation::{delegate, issue};
pub(in crate::mesh) use ownership::Replays;
pub use ownership::{Asserted, OwnershipError, OwnershipProof, ProveError};
pub use signature::{SignError, Signature, SignatureError, VerifyError};
