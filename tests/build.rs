//! Sets the variables that a service's build script sets for the compiler, for services without
//! one: the guide's examples and the cases of `ui/`. Also writes the guide for its doc tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The compiler of the messages in the `.stderr` files of `ui/`.
const COMPILER: &str = "rustc 1.95.";

/// The manifest of the example that runs.
const MANIFEST: &str = r#"{
    "name": "hecate-om-tests",
    "capabilities": [{ "name": "echo.say", "version": 1, "crate": "hecate-om-tests" }]
}
"#;

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let manifest = format!("{MANIFEST:?}");
    for (variable, file, content) in [
        ("HECATE_OM_MANIFESTS", "hecate_om_manifests.rs", &*manifest),
        ("HECATE_OM_LINK", "hecate_om_link.rs", ""),
    ] {
        let path = Path::new(&out).join(file);
        fs::write(&path, content).expect("OUT_DIR can be written");
        println!("cargo::rustc-env={variable}={}", path.display());
    }

    let mut guide = String::new();
    for path in pages() {
        let text = fs::read_to_string(&path).expect("a page can be read");
        guide.push_str(&with_whole_examples(&text));
        println!("cargo::rerun-if-changed={}", path.display());
    }
    fs::write(Path::new(&out).join("guide.md"), guide).expect("OUT_DIR can be written");

    println!("cargo::rustc-check-cfg=cfg(same_compiler)");
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let version = Command::new(rustc).arg("--version").output();
    if version.is_ok_and(|version| version.stdout.starts_with(COMPILER.as_bytes())) {
        println!("cargo::rustc-cfg=same_compiler");
    }
    println!("cargo::rerun-if-changed=build.rs");
}

/// Returns the pages whose Rust is compiled.
fn pages() -> Vec<PathBuf> {
    println!("cargo::rerun-if-changed=../docs");
    let entries = fs::read_dir("../docs").expect("the guide can be read");
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the guide can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.push("../README.md".into());
    pages.sort();
    pages
}

/// Wraps each block of Rust into a module, so that it can define a service, and adds a `main`.
/// Tests become plain functions, because doc tests would omit them.
fn with_whole_examples(page: &str) -> String {
    let mut text = String::new();
    let mut in_rust = false;
    for line in page.lines() {
        match line {
            "```rust" => {
                in_rust = true;
                text.push_str("```rust\n# mod example {\n");
            }
            "```" if in_rust => {
                in_rust = false;
                text.push_str("# }\n# fn main() {}\n```\n");
            }
            line if in_rust && matches!(line.trim(), "#[cfg(test)]" | "#[tokio::test]") => {}
            line => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}
