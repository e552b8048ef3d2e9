//! Properties that hold for every external input.
//!
//! Each function takes any bytes, and panics if a property does not hold. The fuzz targets under
//! `fuzz/` generate inputs; the test of this package uses the seeds beside those targets, which
//! include inputs that a fuzzer has found.

mod attribute_grammar;
mod configuration;
mod manifest_reader;
mod payload_codec;
mod schema_comparison;

pub use attribute_grammar::attribute_grammar;
pub use configuration::configuration;
pub use manifest_reader::manifest_reader;
pub use payload_codec::payload_codec;
pub use schema_comparison::schema_comparison;
