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
    // The environment is the process's: this very test once more, in one that lacks them.
    let mut without = Command::new(env::current_exe().expect("a test knows its own path"));
    without.args([
        "--exact",
        "ui::a_missing_build_script_is_told",
        "--nocapture",
    ]);
    FROM_BUILD_SCRIPT.iter().for_each(|variable| {
        without.env_remove(variable);
    });
    let status = without.status().expect("the test can be run again");
    assert!(status.success(), "see above");
}
