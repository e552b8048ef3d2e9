//! Test fixtures that the unit tests of hecate-om share with the end-to-end tests.
//!
//! This crate depends on no other crate of the workspace, so that hecate-om can have it as a
//! development dependency.

mod pki;
mod raw_link;

pub use pki::{IssuedCertificate, TestPki, replace_file};
pub use raw_link::{ChallengedLink, Connect, Error, RawLink, read_frame, write_frame};
