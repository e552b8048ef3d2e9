//! Checks the properties with the seeds of the fuzz targets, which include earlier findings.

use std::path::Path;
use std::{fs, panic};

use hecate_om_properties::{
    attribute_grammar, configuration, manifest_reader, payload_codec, schema_comparison,
};

/// Number of generated inputs.
const ROUNDS: usize = 2_000;

#[test]
fn properties_of_the_attribute_grammar_hold() {
    check_seeds("attribute_grammar", attribute_grammar);
}

#[test]
fn properties_of_the_configuration_hold() {
    check_seeds("configuration", configuration);
}

#[test]
fn properties_of_the_manifest_reader_hold() {
    check_seeds("manifest_reader", manifest_reader);
}

#[test]
fn properties_of_the_payload_codec_hold() {
    check_seeds("payload_codec", payload_codec);
}

#[test]
fn properties_of_the_schema_comparison_hold() {
    check_seeds("schema_comparison", schema_comparison);
}

#[test]
fn schemas_generated_from_random_bytes_are_compared_within_bounds() {
    // Deterministic inputs (xorshift), for a few seconds.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..ROUNDS {
        let length = 3 + next() % 300;
        let input: Vec<u8> = (0..length).map(|_| (next() >> 32) as u8).collect();
        if panic::catch_unwind(|| schema_comparison(&input)).is_err() {
            panic!("the property does not hold for {input:?}");
        }
    }
}

fn check_seeds(target: &str, property: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let seeds: Vec<_> = fs::read_dir(&folder)
        .expect("the target has seeds")
        .map(|entry| entry.expect("the folder is read").path())
        .collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in seeds {
        let input = fs::read(&seed).expect("a seed is read");
        if panic::catch_unwind(|| property(&input)).is_err() {
            panic!("the property does not hold for {}", seed.display());
        }
    }
}
