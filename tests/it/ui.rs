//! Mistakes, and what the compiler says of them: one in each file of `ui/`, named by it.
//!
//! The messages beside them are those of one compiler (`build.rs` says which). To write them anew after
//! a change, `TRYBUILD=overwrite cargo test -p hecate-om-tests --test it ui`, and read the difference.

use std::env;
use std::process::Command;

/// What a service's build script gives to the compiler. Cargo gives it to a test as well, from the
/// build script of the test's package, and the test to the compilers that it starts.
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
fn mistakes_are_told_where_they_were_made() {
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
fn a_missing_build_script_is_told() {
    if FROM_BUILD_SCRIPT
        .iter()
        .all(|variable| env::var_os(variable).is_none())
    {
        return refused(&["package"]);
    }
    once_more("a_missing_build_script_is_told", |test| {
        FROM_BUILD_SCRIPT.iter().for_each(|variable| {
            test.env_remove(variable);
        });
    });
}

/// The list of handlers of a build script that found none in trybuild's first program.
const NONE_LISTED: (&str, &str) = ("HECATE_OM_HANDLERS", "trybuild000|");

#[test]
#[cfg_attr(
    not(same_compiler),
    ignore = "the expected messages are those of rustc 1.95, and this is another"
)]
fn a_handler_that_the_build_script_did_not_find_is_told() {
    let (variable, list) = NONE_LISTED;
    if env::var(variable).is_ok_and(|value| value == list) {
        return refused(&["unlisted"]);
    }
    once_more(
        "a_handler_that_the_build_script_did_not_find_is_told",
        |test| {
            test.env(variable, list);
        },
    );
}

/// Runs a test of this module in a process with another environment.
fn once_more(test: &str, change: impl FnOnce(&mut Command)) {
    let mut command = Command::new(env::current_exe().expect("a test knows its own path"));
    command.args(["--exact", &format!("ui::{test}"), "--nocapture"]);
    change(&mut command);
    let status = command.status().expect("the test can be run again");
    assert!(status.success(), "see above");
}
