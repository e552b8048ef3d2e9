//! Properties of every input from outside.
//!
//! Each function accepts any bytes, and panics if a property does not hold for them. The fuzz
//! targets under `fuzz/` generate inputs. The test of this package uses the seeds of those targets,
//! which include what fuzzing has found.

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
