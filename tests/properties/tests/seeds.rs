//! Checks the properties with the seeds of the fuzz targets, which include earlier findings, and
//! with inputs that are generated from the seeds.

use std::path::{Path, PathBuf};
use std::{fs, panic};

use hecate_om_properties::{PROPERTIES, Property};

/// Maximum size of the seeds of a target, in bytes.
const MAX_SEEDS: u64 = 1024 * 1024;

/// Maximum size of a generated input, in bytes.
const MAX_INPUT: usize = 4096;

#[test]
fn properties_of_the_attribute_expansion_hold() {
    check("attribute_expansion", 200);
}

#[test]
fn properties_of_the_attribute_grammar_hold() {
    check("attribute_grammar", 1_000);
}

#[test]
fn properties_of_the_certificate_files_hold() {
    check("certificate_files", 300);
}

#[test]
fn properties_of_the_client_generation_hold() {
    check("client_generation", 100);
}

#[test]
fn properties_of_the_command_line_json_hold() {
    check("command_line_json", 1_000);
}

#[test]
fn properties_of_the_configuration_hold() {
    check("configuration", 500);
}

#[test]
fn properties_of_the_content_manifest_hold() {
    check("content_manifest", 500);
}

#[test]
fn properties_of_the_cron_pattern_hold() {
    check("cron_pattern", 100);
}

#[test]
fn properties_of_the_flow_control_hold() {
    check("flow_control", 500);
}

#[test]
fn properties_of_the_health_http_hold() {
    check("health_http", 500);
}

#[test]
fn properties_of_the_manifest_reader_hold() {
    check("manifest_reader", 1_000);
}

#[test]
fn properties_of_the_payload_codec_hold() {
    check("payload_codec", 500);
}

#[test]
fn properties_of_the_schema_comparison_hold() {
    check("schema_comparison", 2_000);
}

#[test]
fn properties_of_the_station_frames_hold() {
    check("station_frames", 200);
}

#[test]
fn properties_of_the_ucan_tokens_hold() {
    check("ucan_tokens", 200);
}

#[test]
fn each_property_has_a_fuzz_target() {
    let targets = fuzz().join("fuzz_targets");
    let files = fs::read_dir(targets).expect("there are targets");
    let names = files.map(|file| file.expect("the folder is read").path());
    let mut names: Vec<String> = names
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    // Its property is in `hecate-om-mldsa/comparison`, a workspace of its own.
    names.retain(|name| name != "signatures");
    assert_eq!(names, PROPERTIES.map(|(name, _)| name));
}

/// Checks a property with all seeds of its target, and with `rounds` generated inputs.
fn check(target: &str, rounds: usize) {
    let (_, property) = PROPERTIES
        .into_iter()
        .find(|(name, _)| *name == target)
        .expect("the property is in the table");
    let seeds = seeds(target);
    for (path, seed) in &seeds {
        holds(property, seed, &path.display().to_string());
    }
    let mut generator = Generator(0x2545_F491_4F6C_DD1D);
    for round in 0..rounds {
        let input = generator.input(&seeds);
        holds(
            property,
            &input,
            &format!("the generated input {round}, {input:?}"),
        );
    }
}

fn holds(property: Property, input: &[u8], name: &str) {
    if panic::catch_unwind(|| property(input)).is_err() {
        panic!("the property does not hold for {name}");
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// Returns the seeds of a target, sorted by name.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fuzz().join("seeds").join(target);
    let files = fs::read_dir(&folder).expect("the target has seeds");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("the folder is read").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    let seeds: Vec<_> = paths
        .into_iter()
        .map(|path| {
            let seed = fs::read(&path).expect("a seed is read");
            (path, seed)
        })
        .collect();
    let size: u64 = seeds.iter().map(|(_, seed)| seed.len() as u64).sum();
    assert!(
        size <= MAX_SEEDS,
        "the seeds of `{target}` have {size} bytes"
    );
    seeds
}

/// Generator of the same inputs in each run (xorshift).
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// Returns random bytes, or a seed with a few changes.
    fn input(&mut self, seeds: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
        if self.below(4) == 0 {
            let length = self.below(300);
            return self.bytes(length);
        }
        let mut input = seeds[self.below(seeds.len())].1.clone();
        for _ in 0..=self.below(4) {
            let start = self.below(input.len() + 1);
            let end = (start + self.below(8)).min(input.len());
            let part = if self.below(3) == 0 {
                let other = &seeds[self.below(seeds.len())].1;
                let from = self.below(other.len());
                other[from..].iter().copied().take(self.below(64)).collect()
            } else {
                let length = self.below(8);
                self.bytes(length)
            };
            input.splice(start..end, part);
        }
        input.truncate(MAX_INPUT);
        input
    }
}
