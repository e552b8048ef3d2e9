//! Mistakes and the compiler's messages: each file of `ui/` has one mistake and is named after it.
//! The expected messages beside the files are those of one compiler, which `build.rs` names. After
//! a change, regenerate them with `UPDATE_EXPECT=1 cargo test -p hecate-om-tests --test it ui`, and
//! review the difference.

use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect_file;
use hecate_om_tests::{Compiler, build_messages};

/// The variables that a service's build script sets for the compiler, with the values of this
/// package's build script.
const FROM_BUILD_SCRIPT: [(&str, &str); 2] = [
    ("HECATE_OM_MANIFESTS", env!("HECATE_OM_MANIFESTS")),
    ("HECATE_OM_LINK", env!("HECATE_OM_LINK")),
];

/// The dependencies of `hecate-om` that the cases import.
const CRATES: [&str; 3] = ["futures_util", "schemars", "serde"];

/// Compiles each file of `ui/<folder>`, which must fail with the messages beside it.
fn refused(folders: &[&str], change_environment: impl Fn(&mut Command)) {
    let compiler = Compiler::new(&build_messages(), &CRATES);
    let scratch = tempfile::tempdir().expect("a folder can be created");
    for case in folders.iter().flat_map(|folder| cases(folder)) {
        let mut rustc = compiler.command();
        rustc
            // rustc reports the paths of the framework's sources relative to the workspace, so it
            // does not find and quote them from here.
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .envs(FROM_BUILD_SCRIPT)
            .env("CARGO_CRATE_NAME", "case")
            .env("CARGO_PKG_NAME", env!("CARGO_PKG_NAME"))
            .env("CARGO_PKG_VERSION", env!("CARGO_PKG_VERSION"))
            .env("CARGO_PKG_DESCRIPTION", env!("CARGO_PKG_DESCRIPTION"))
            .args(["--crate-name=case", "--emit=metadata", "--verbose"])
            .args(["-Adead_code", "--diagnostic-width=140", "-o"])
            .arg(scratch.path().join("case.rmeta"))
            .arg(&case);
        change_environment(&mut rustc);
        let compiled = rustc.output().expect("rustc can be run");
        let messages = String::from_utf8_lossy(&compiled.stderr);
        assert!(!compiled.status.success(), "{} compiles", case.display());
        let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join(case.with_extension("stderr"));
        expect_file![expected].assert_eq(&normalized(&messages));
    }
}

/// Returns the paths of a folder's cases, relative to this package.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("ui").join(folder);
    let files = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(&folder)
        .read_dir();
    let files = files.expect("the folder can be read");
    let names = files.map(|file| file.expect("the folder can be read").file_name());
    let paths = names.map(|name| folder.join(name));
    let mut cases: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    cases
}

/// Removes repeated messages, as Cargo does, the line numbers in other files than the cases, and the
/// summary at the end.
fn normalized(messages: &str) -> String {
    let summary = messages.find("\nerror: aborting due to");
    let messages = &messages[..summary.unwrap_or(messages.len())];
    let mut unique: Vec<&str> = Vec::new();
    for message in messages.trim_end().split("\n\n") {
        if !unique.contains(&message) {
            unique.push(message);
        }
    }
    let messages = unique.join("\n\n");
    let lines = messages.lines().map(|line| {
        let start = line.trim_start();
        let path = start.strip_prefix("--> ").or(start.strip_prefix("::: "));
        if path.is_none_or(|path| path.starts_with("ui/")) {
            return line;
        }
        // `::: hecate-om/src/lib.rs:1:2`
        let numbers = line.rsplitn(3, ':');
        numbers.last().unwrap_or(line)
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn mistakes_are_reported_at_their_location() {
    let folders = [
        "call",
        "capability",
        "facts",
        "handlers",
        "layers",
        "service",
        "settings",
        "signature",
        "streams",
        "types",
    ];
    refused(&folders, |_| {});
}

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn a_missing_build_script_is_a_compile_error() {
    refused(&["package"], |rustc| {
        for (variable, _) in FROM_BUILD_SCRIPT {
            rustc.env_remove(variable);
        }
    });
}

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn an_unlisted_handler_is_a_compile_error() {
    refused(&["unlisted"], |rustc| {
        // The list of a build script that found no handlers in the crate.
        rustc.env("HECATE_OM_HANDLERS", "case|");
    });
}
