//! Checks the properties with inputs of 64 KiB that are the worst of their kind: as deep, as many
//! or as long as fits. Seeds and generated inputs are small, so they do not show what grows faster
//! than the input.
//!
//! Each input is read on a thread with the stack of a worker of tokio.

mod cbor;
mod pem;
mod source;
mod text;

use std::thread;

use hecate_om_properties::PROPERTIES;

/// Size of an input, in bytes.
const SIZE: usize = 64 * 1024;

/// Stack of a worker thread of tokio, in bytes.
const STACK: usize = 2 * 1024 * 1024;

/// An input and its name.
type Input = (String, Vec<u8>);

/// Repeats what `part` returns for each number from 0 until [`SIZE`] is reached.
fn repeated(part: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    for n in 0.. {
        let next = part(n);
        if all.len() + next.len() > SIZE {
            break;
        }
        all.extend(next);
    }
    all
}

/// Checks a property with the inputs, on a thread with a small stack.
fn holds(target: &str, inputs: &[Input]) {
    let (_, property) = PROPERTIES
        .into_iter()
        .find(|(name, _)| *name == target)
        .expect("the property is in the table");
    for (name, input) in inputs {
        thread::scope(|scope| {
            let reader = thread::Builder::new().stack_size(STACK);
            let reader = reader.spawn_scoped(scope, || property(input));
            assert!(
                reader.expect("a thread starts").join().is_ok(),
                "the property `{target}` does not hold for {name}"
            );
        });
    }
}

#[test]
fn certificates_of_any_shape_are_read_within_the_limits() {
    holds("certificate_files", &pem::inputs());
}

#[test]
fn payloads_and_frames_of_any_shape_are_read_within_the_limits() {
    let inputs = cbor::inputs();
    for target in [
        "client_generation",
        "command_line_json",
        "content_manifest",
        "flow_control",
        "payload_codec",
        "station_frames",
        "ucan_tokens",
    ] {
        holds(target, &inputs);
    }
}

#[test]
fn json_of_any_shape_is_read_within_the_limits() {
    let inputs = text::json();
    for target in [
        "client_generation",
        "command_line_json",
        "manifest_reader",
        "schema_comparison",
    ] {
        holds(target, &inputs);
    }
}

#[test]
fn descriptors_of_any_shape_are_read_within_the_limits() {
    let inputs = text::descriptors();
    for target in ["client_generation", "manifest_reader"] {
        holds(target, &inputs);
    }
}

#[test]
fn lines_and_lists_of_any_shape_are_read_within_the_limits() {
    let inputs = text::separated(b"");
    for target in ["configuration", "ucan_tokens"] {
        holds(target, &inputs);
    }
    // The time after which the next one is searched.
    holds("cron_pattern", &text::separated(&[0; 8]));
}

#[test]
fn requests_of_any_shape_are_answered_within_the_limits() {
    holds("health_http", &text::requests());
}

#[test]
fn tokens_of_any_shape_are_read_within_the_limits() {
    holds("ucan_tokens", &text::tokens());
}

#[test]
fn source_of_any_shape_is_expanded_and_scanned() {
    holds("attribute_expansion", &source::long());
}
