//! Passes on which implementation of ML-DSA the workspace builds.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=DEP_MACULA_MLDSA_IMPLEMENTATION");
    // Only the replacement of macula-mldsa names itself.
    let ml_dsa = std::env::var("DEP_MACULA_MLDSA_IMPLEMENTATION");
    let ml_dsa = ml_dsa.unwrap_or_else(|_| "macula-mldsa".into());
    println!("cargo::rustc-env=HECATE_OM_ML_DSA={ml_dsa}");
}
