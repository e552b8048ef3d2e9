//! Sets `DEP_MACULA_MLDSA_IMPLEMENTATION` for the build scripts of dependents.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::metadata=IMPLEMENTATION=aws-lc");
}
