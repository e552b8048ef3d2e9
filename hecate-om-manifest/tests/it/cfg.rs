//! Conditional compilation.

use expect_test::expect;
use hecate_om_manifest::scan::Scan;

use crate::fixture::{CARGO_TOML, SERVICE, Tree, handler, names, warnings};

const FEATURES: &str = "[features]\nfull-text = []\n";

fn tree(main: &str, files: &[(&str, &str)]) -> Tree {
    let tree = Tree::service(main, files);
    tree.write("Cargo.toml", &format!("{CARGO_TOML}{FEATURES}"));
    tree
}

#[test]
fn a_function_exists_only_with_its_feature() {
    let tree = tree(
        &format!("#[cfg(feature = \"full-text\")]\n{}", handler("a")),
        &[],
    );
    assert_eq!(names(&tree.scan()), [""; 0]);
    assert_eq!(names(&tree.scan_with(&["full-text"])), ["a"]);
}

#[test]
fn a_module_exists_only_on_its_target() {
    let main = "#[cfg(target_os = \"linux\")] mod here; #[cfg(windows)] mod there;";
    let here = handler("here");
    let tree = tree(main, &[("src/here.rs", &here)]);
    assert_eq!(names(&tree.scan()), ["here"]);
}

#[test]
fn a_file_can_disable_itself() {
    let a = format!("#![cfg(windows)]\n{}", handler("a"));
    let tree = tree("mod a;", &[("src/a.rs", &a)]);
    assert_eq!(names(&tree.scan()), [""; 0]);
}

fn in_tests(scan: &Scan) -> Vec<&str> {
    scan.in_tests
        .iter()
        .map(|capability| &*capability.name)
        .collect()
}

#[test]
fn the_unit_tests_of_the_service_s_crate_have_capabilities_of_their_own() {
    let tree = tree(
        &format!(
            "#[cfg(test)] mod tests; {} #[cfg(not(test))] {}",
            handler("always"),
            handler("served")
        ),
        &[("src/tests.rs", &handler("tested"))],
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), ["always", "served"]);
    assert_eq!(in_tests(&scan), ["always", "tested"]);
    assert_eq!(scan.in_tests[1].procedure.as_deref(), Some("demo/tested"));
}

#[test]
fn other_crates_are_not_compiled_for_the_service_s_tests() {
    let library = format!(
        "#[cfg(test)] {} #[cfg(not(test))] {}",
        handler("tested"),
        handler("served")
    );
    let scan = tree("", &[("src/lib.rs", &library)]).scan();
    assert_eq!(names(&scan), ["served"]);
    assert_eq!(in_tests(&scan), ["served"]);
}

#[test]
fn the_tests_of_a_service_in_the_library_lack_the_binary() {
    let library = format!("{SERVICE}{}", handler("in.library"));
    let tree = Tree::new(&[
        ("src/lib.rs", &library),
        ("src/main.rs", &handler("in.binary")),
    ]);
    let scan = tree.scan();
    assert_eq!(names(&scan), ["in.binary", "in.library"]);
    assert_eq!(in_tests(&scan), ["in.library"]);
}

#[test]
fn a_mistake_in_tests_does_not_fail_the_service() {
    let twice = format!(
        "{0} #[cfg(test)] mod tests {{ {0} }} #[cfg(test)] mod missing;",
        handler("a")
    );
    assert_eq!(names(&tree(&twice, &[]).scan()), ["a"]);
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_reported_where_it_matters() {
    let main = format!(
        "#[cfg(not(feature = r\"x\"))]\n{}\
         #[cfg_attr(version(\"1.90\"), capability(\"b\"))]\nasync fn b() {{}}\n\
         #[cfg(version(\"1.90\"))]\nfn no_capability() {{}}\n\
         #[cfg(all(unix, version(\"1.90\")))]\nmod c;\n\
         #[cfg(windows)]\n#[cfg(version(\"1.90\"))]\nmod d;\n",
        handler("a")
    );
    let scan = tree(&main, &[("src/c.rs", &handler("c"))]).scan();
    assert!(!scan.complete);
    assert_eq!((scan.capabilities.len(), &*scan.errors), (0, &[][..]));
    expect![[r#"
        src/main.rs:3:1: the scanner cannot evaluate this condition, and assumes that it is false; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated
        src/main.rs:6:1: the scanner cannot evaluate this condition, and assumes that it is false; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated
        src/main.rs:10:1: the scanner cannot evaluate this condition, and assumes that it is false; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated
    "#]].assert_eq(&warnings(&scan));
}

#[test]
fn unknown_flags_are_off() {
    let main = format!(
        "#[cfg(nobody_set_this)]\n{}#[cfg(not(nobody_set_this))]\n{}",
        handler("a"),
        handler("b")
    );
    assert_eq!(names(&tree(&main, &[]).scan()), ["b"]);
}

#[test]
fn cfg_attr_can_add_the_path_of_a_module() {
    let main = "#[cfg_attr(unix, path = \"on_unix.rs\")] #[cfg_attr(windows, path = \"on_windows.rs\")] mod os;";
    let tree = tree(
        main,
        &[
            ("src/on_unix.rs", &handler("unix")),
            ("src/os.rs", &handler("plain")),
        ],
    );
    assert_eq!(names(&tree.scan()), ["unix"]);
}

#[test]
fn cfg_attr_can_add_the_capability() {
    let main = "#[cfg_attr(feature = \"full-text\", capability(\"search\", version = 2))] async fn search() {}";
    let tree = tree(main, &[]);
    assert_eq!(names(&tree.scan()), [""; 0]);
    assert_eq!(names(&tree.scan_with(&["full-text"])), ["search"]);
}

#[test]
fn cfg_attr_can_add_a_cfg() {
    let main = format!(
        "#[cfg_attr(unix, cfg(feature = \"full-text\"))]\n{}",
        handler("a")
    );
    let tree = tree(&main, &[]);
    assert_eq!(names(&tree.scan()), [""; 0]);
    assert_eq!(names(&tree.scan_with(&["full-text"])), ["a"]);
}

#[test]
fn cfg_attr_can_add_documentation() {
    let main = format!("#[cfg_attr(unix, doc = \"On Unix.\")]\n{}", handler("a"));
    let scan = tree(&main, &[]).scan();
    assert_eq!(scan.capabilities[0].doc.as_deref(), Some("On Unix."));
}

#[test]
fn the_cfg_of_each_handler_is_kept_whether_or_not_it_is_true() {
    let tree = tree(
        "#[cfg(feature = \"full-text\")] mod search; #[cfg(unix)] mod inline { #[cfg(debug_assertions)] #[every(\"30s\")] \
         async fn prune() {} }
         #[cfg_attr(feature = \"full-text\", capability(\"b\"))] async fn b() {}
         #[capability(\"always\")] async fn always() {}",
        &[("src/search.rs", &handler("a"))],
    );
    for features in [&[][..], &["full-text"]] {
        let scan = tree.scan_with(features);
        let conditions: Vec<(&str, &str)> = scan
            .conditions
            .iter()
            .map(|condition| (&*condition.handler, &*condition.cfg))
            .collect();
        assert_eq!(
            conditions,
            [
                ("a", "feature = \"full-text\""),
                ("b", "feature = \"full-text\""),
                ("prune", "all(unix, debug_assertions)"),
            ]
        );
        assert!(
            scan.conditions
                .iter()
                .all(|condition| condition.package == "demo")
        );
    }
}
