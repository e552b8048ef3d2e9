//! Policies of a station: functions that decide who may link, claim an org, register names and
//! receive a token, and what a station that misbehaves sends.

mod claim;
mod frames;
mod registration;
mod token;

pub use claim::{ClaimDecision, ClaimPolicy, LinkPolicy};
pub use frames::FramePolicy;
pub use registration::{Registration, RegistrationKind, RegistrationPolicy, RegistrationRefusal};
pub(crate) use token::grant_requested;
pub use token::{TokenDecision, TokenGrant, TokenPolicy, TokenRequest};
