//! The manifest reader.

use hecate_om_manifest::{Capability, Manifest};

/// Checks that a parsed manifest renders to text that parses to the same manifest, with sorted
/// capabilities, and that any other text is refused with a reason.
///
/// # Panics
///
/// If a property does not hold.
pub fn manifest_reader(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut manifest = match Manifest::parse(text) {
        Ok(manifest) => manifest,
        Err(error) => return assert!(!error.to_string().is_empty(), "the error has a message"),
    };
    let rendered = manifest.render();
    let again = Manifest::parse(&rendered).expect("a rendered manifest parses");
    manifest
        .capabilities
        .sort_by(Capability::by_name_and_version);
    assert_eq!(again, manifest, "rendering loses nothing");
    assert_eq!(again.render(), rendered, "rendering is stable");
}
