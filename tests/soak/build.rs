//! Writes the manifest of the service under test from the capabilities in its source.

fn main() {
    hecate_om_manifest::emit();
}
