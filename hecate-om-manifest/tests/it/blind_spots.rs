//! Limits of the scanner, as listed in the documentation of `scan`. If a test fails because the
//! scanner improved, move the test and remove the item from the list.

use crate::fixture::{CARGO_TOML, Tree, handler, names};

#[track_caller]
fn does_not_find(main: &str, files: &[(&str, &str)]) {
    assert_eq!(names(&Tree::service(main, files).scan()), [""; 0]);
}

#[test]
fn a_capability_written_by_a_macro() {
    does_not_find(
        "macro_rules! echo { () => { #[capability(\"a\")] async fn a() {} } } echo!();",
        &[],
    );
}

#[test]
fn a_capability_in_an_included_file() {
    does_not_find("include!(\"a.rs\");", &[("src/a.rs", &handler("a"))]);
}

#[test]
fn a_module_declared_in_the_call_of_a_macro() {
    does_not_find(
        "cfg_if::cfg_if! { if #[cfg(unix)] { mod a; } }",
        &[("src/a.rs", &handler("a"))],
    );
}

#[test]
fn an_attribute_reexported_by_another_crate() {
    does_not_find(
        "use framework::capability; #[capability(\"a\")] async fn a() {}",
        &[],
    );
}

#[test]
fn a_dev_dependency_in_the_tests() {
    let one = CARGO_TOML.replace("demo", "one");
    let tree = Tree::service("#[cfg(test)] use one as _;", &[("one/Cargo.toml", &one)]);
    tree.write("one/src/lib.rs", &handler("a"));
    let dev = "[dev-dependencies]\none.path = \"one\"\n";
    tree.write("Cargo.toml", &format!("{CARGO_TOML}{dev}"));
    assert_eq!(tree.scan().in_tests, []);
}

#[test]
fn an_attribute_renamed_in_another_file() {
    does_not_find(
        "mod names; use names::cap; #[cap(\"a\")] async fn a() {}",
        &[("src/names.rs", "pub use hecate_om::capability as cap;")],
    );
}

#[test]
fn cfg_set_by_the_profile_or_a_build_script() {
    does_not_find(
        &format!(
            "#[cfg(debug_assertions)] {} #[cfg(built_well)] {}",
            handler("a"),
            handler("b")
        ),
        &[(
            "build.rs",
            "fn main() { println!(\"cargo::rustc-cfg=built_well\"); }",
        )],
    );
}

#[test]
fn a_feature_that_another_package_of_the_workspace_enables() {
    let member = |name: &str, asks: &str| {
        let package = CARGO_TOML.replace("demo", name);
        format!("{package}[dependencies]\nslice = {{ path = \"../slice\"{asks} }}\n")
    };
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"demo\", \"other\", \"slice\"]\n",
        ),
        ("demo/Cargo.toml", &member("demo", "")),
        ("demo/src/main.rs", crate::fixture::SERVICE),
        (
            "other/Cargo.toml",
            &member("other", ", features = [\"more\"]"),
        ),
        ("other/src/lib.rs", ""),
        (
            "slice/Cargo.toml",
            &format!(
                "{}[features]\nmore = []\n",
                CARGO_TOML.replace("demo", "slice")
            ),
        ),
        (
            "slice/src/lib.rs",
            &format!("#[cfg(feature = \"more\")] {}", handler("a")),
        ),
    ]);
    let scan = crate::fixture::scan_in(&tree.path("demo"), &[]);
    assert_eq!(names(&scan), [""; 0]);
    // Its `cfg` is recorded, for the message of a boot in which the handler was linked.
    let [condition] = &scan.conditions[..] else {
        panic!("{:?}", scan.conditions);
    };
    assert_eq!((&*condition.handler, &*condition.package), ("a", "slice"));
    assert_eq!(condition.cfg, "feature = \"more\"");
}
