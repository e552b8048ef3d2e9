//! Properties of every input from outside.
//!
//! Each function accepts any bytes, and panics if a property does not hold for them. The fuzz
//! targets under `fuzz/` generate inputs. The test of this package uses the seeds of those targets,
//! which include what fuzzing has found, and inputs that it generates from them.

mod attribute_expansion;
mod attribute_grammar;
mod certificate_files;
mod client_generation;
mod command_line_json;
mod configuration;
mod content_manifest;
mod cron_pattern;
mod flow_control;
mod generators;
mod health_http;
mod limits;
mod manifest_reader;
mod payload_codec;
mod schema_comparison;
mod station_frames;
mod ucan_tokens;

pub use attribute_expansion::attribute_expansion;
pub use attribute_grammar::attribute_grammar;
pub use certificate_files::certificate_files;
pub use client_generation::client_generation;
pub use command_line_json::command_line_json;
pub use configuration::configuration;
pub use content_manifest::content_manifest;
pub use cron_pattern::cron_pattern;
pub use flow_control::flow_control;
pub use health_http::health_http;
pub use manifest_reader::manifest_reader;
pub use payload_codec::payload_codec;
pub use schema_comparison::schema_comparison;
pub use station_frames::station_frames;
pub use ucan_tokens::ucan_tokens;

/// A property of any bytes.
pub type Property = fn(&[u8]);

/// All properties, by the names of their fuzz targets.
pub const PROPERTIES: [(&str, Property); 15] = [
    ("attribute_expansion", attribute_expansion),
    ("attribute_grammar", attribute_grammar),
    ("certificate_files", certificate_files),
    ("client_generation", client_generation),
    ("command_line_json", command_line_json),
    ("configuration", configuration),
    ("content_manifest", content_manifest),
    ("cron_pattern", cron_pattern),
    ("flow_control", flow_control),
    ("health_http", health_http),
    ("manifest_reader", manifest_reader),
    ("payload_codec", payload_codec),
    ("schema_comparison", schema_comparison),
    ("station_frames", station_frames),
    ("ucan_tokens", ucan_tokens),
];
