//! The manifest reader.

use hecate_om_manifest::diff::{self, Change, Severity};
use hecate_om_manifest::{Capability, Manifest};

use crate::limits::within_limits;

/// Memory for each byte of a manifest: an empty object in a list, and the change that reports it.
const FACTOR: u64 = 1024;

/// Checks that a parsed manifest renders to text that parses to the same manifest, with sorted
/// handlers, that it does not differ from itself, and that any other text is refused with a
/// reason.
///
/// # Panics
///
/// If a property does not hold.
pub fn manifest_reader(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let read = within_limits(input.len(), FACTOR, || Manifest::parse(text));
    let mut manifest = match read {
        Ok(manifest) => manifest,
        Err(error) => return assert!(!error.to_string().is_empty(), "the error has a message"),
    };
    let rendered = manifest.render();
    let again = Manifest::parse(&rendered).expect("a rendered manifest parses");
    manifest
        .capabilities
        .sort_by(Capability::by_name_and_version);
    manifest.subscriptions.sort_by(|a, b| a.topic.cmp(&b.topic));
    manifest.publications.sort_by(|a, b| a.topic.cmp(&b.topic));
    manifest.schedules.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(again, manifest, "rendering loses nothing");
    assert_eq!(again.render(), rendered, "rendering is stable");
    let own = changes(input.len(), &manifest, &again);
    assert!(own.is_empty(), "a manifest and itself: {own:?}");
    let mut others = again;
    for capability in &mut others.capabilities {
        capability.version = capability.version.wrapping_add(1);
    }
    changes(input.len(), &manifest, &others);
}

/// Returns the changes that matter to anyone, between manifests of up to `length` bytes.
fn changes(length: usize, old: &Manifest, new: &Manifest) -> Vec<Change> {
    let changes = within_limits(length, FACTOR, || diff::between(old, new));
    let matters = |severity| matches!(severity, Severity::Breaking | Severity::Additive);
    changes
        .into_iter()
        .filter(|change| matters(change.severity))
        .collect()
}
