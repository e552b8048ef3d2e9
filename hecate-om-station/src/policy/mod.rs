//! Policies of a station: functions that decide who may link, claim an org, register names and
//! receive authority.

mod admission;
mod authority;
mod registration;

pub use admission::{Admission, AdmissionPolicy, LinkPolicy};
pub(crate) use authority::grant_requested;
pub use authority::{Authority, AuthorityGrant, AuthorityPolicy, AuthorityRequest};
pub use registration::{Registration, RegistrationKind, RegistrationPolicy, RegistrationRefusal};
