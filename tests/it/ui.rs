//! Mistakes and the compiler's messages: each file of `ui/` has one mistake and is named after it.
//! The expected messages beside the files are those of one compiler, which `build.rs` names. After
//! a change, regenerate them with `TRYBUILD=overwrite cargo test -p hecate-om-tests --test it ui`,
//! and review the difference.

use std::env;
use std::process::Command;

/// The variables that a service's build script sets for the compiler. Cargo also passes them to a
/// test, from its package's build script, and the test passes them to the compilers that it starts.
const FROM_BUILD_SCRIPT: [&str; 2] = ["HECATE_OM_MANIFESTS", "HECATE_OM_LINK"];

fn refused(folders: &[&str]) {
    let cases = trybuild::TestCases::new();
    for folder in folders {
        cases.compile_fail(format!("ui/{folder}/*.rs"));
    }
}

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn mistakes_are_reported_at_their_location() {
    let given = FROM_BUILD_SCRIPT.map(env::var_os);
    assert!(
        given.iter().all(Option::is_some),
        "run this by `cargo test`"
    );
    refused(&[
        "call",
        "capability",
        "handlers",
        "service",
        "signature",
        "streams",
        "types",
    ]);
}

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn a_missing_build_script_is_a_compile_error() {
    if FROM_BUILD_SCRIPT
        .iter()
        .all(|variable| env::var_os(variable).is_none())
    {
        return refused(&["package"]);
    }
    run_again("a_missing_build_script_is_a_compile_error", |test| {
        FROM_BUILD_SCRIPT.iter().for_each(|variable| {
            test.env_remove(variable);
        });
    });
}

/// The list of handlers from a build script that found none in trybuild's first program.
const NONE_LISTED: (&str, &str) = ("HECATE_OM_HANDLERS", "trybuild000|");

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn an_unlisted_handler_is_a_compile_error() {
    let (variable, list) = NONE_LISTED;
    if env::var(variable).is_ok_and(|value| value == list) {
        return refused(&["unlisted"]);
    }
    run_again("an_unlisted_handler_is_a_compile_error", |test| {
        test.env(variable, list);
    });
}

/// Runs a test of this module in a process with another environment.
fn run_again(test: &str, change: impl FnOnce(&mut Command)) {
    let mut command = Command::new(env::current_exe().expect("a test knows its own path"));
    command.args(["--exact", &format!("ui::{test}"), "--nocapture"]);
    change(&mut command);
    let status = command.status().expect("the test can be run again");
    assert!(status.success(), "see above");
}
