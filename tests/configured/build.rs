//! Writes the manifest from the annotations.

fn main() {
    hecate_om_manifest::emit();
}
