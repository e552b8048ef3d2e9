//! What a service's own build script gives to the compiler, for services that have none: the examples
//! of the guide and the cases of `ui/`, which are compiled, and of which one is run.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The compiler whose messages the `.stderr` files of `ui/` hold.
const COMPILER: &str = "rustc 1.95.";

/// The manifest of the example that is run.
const MANIFEST: &str = r#"{
    "name": "hecate-om-tests",
    "capabilities": [{ "name": "echo.say", "version": 1, "crate": "hecate-om-tests" }]
}
"#;

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for (variable, file, content) in [
        ("HECATE_OM_MANIFEST", "manifest.json", MANIFEST),
        ("HECATE_OM_LINK", "hecate_om_link.rs", ""),
    ] {
        let path = Path::new(&out).join(file);
        fs::write(&path, content).expect("OUT_DIR can be written");
        println!("cargo::rustc-env={variable}={}", path.display());
    }

    println!("cargo::rustc-check-cfg=cfg(same_compiler)");
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let version = Command::new(rustc).arg("--version").output();
    if version.is_ok_and(|version| version.stdout.starts_with(COMPILER.as_bytes())) {
        println!("cargo::rustc-cfg=same_compiler");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
