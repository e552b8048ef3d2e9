fn main() {
    hecate_om_manifest::emit();
}
