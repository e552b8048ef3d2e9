//! Facts of this build that operators are shown.

/// Version of this crate.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Implementation of ML-DSA, by which everything on the mesh is signed: `aws-lc`, or
/// `macula-mldsa` in a workspace that does not replace that crate.
pub const ML_DSA: &str = env!("HECATE_OM_ML_DSA");
