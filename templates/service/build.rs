//! Writes `manifest.json` from the capabilities in the source.

fn main() {
    hecate_om_manifest::emit();
}
