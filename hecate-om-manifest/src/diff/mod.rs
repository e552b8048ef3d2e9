//! What has changed between two manifests, and whom it breaks.

pub mod schema;
