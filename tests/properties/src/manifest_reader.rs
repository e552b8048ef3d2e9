//! The manifest reader.

use hecate_om_manifest::{Capability, Manifest};

/// A parsed manifest is written as one that parses to the same, with its capabilities in order. Any
/// other text is refused with a reason.
///
/// # Panics
///
/// If the property does not hold.
pub fn manifest_reader(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut manifest = match Manifest::parse(text) {
        Ok(manifest) => manifest,
        Err(error) => return assert!(!error.to_string().is_empty(), "a refusal gives its reason"),
    };
    let once = manifest.render();
    let again = Manifest::parse(&once).expect("what is rendered is a manifest");
    manifest
        .capabilities
        .sort_by(Capability::by_name_and_version);
    assert_eq!(again, manifest, "nothing is lost on the way through a file");
    assert_eq!(again.render(), once, "rendering settles at once");
}
