//! What must hold of every input that comes from outside.
//!
//! Each function takes bytes of any kind and panics where a property does not hold of them. The fuzz targets under
//! `fuzz/` make inputs up; the test of this package takes the seeds beside those targets, which hold what a fuzzer
//! has found, too.

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
