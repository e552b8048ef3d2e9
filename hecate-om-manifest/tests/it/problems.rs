//! What only the scanner can know to be wrong, and what it leaves to the macros.

use expect_test::expect;

use crate::fixture::{SERVICE, Tree, errors, handler};

#[test]
fn a_capability_declared_twice_is_told_with_both_places() {
    let tree = Tree::service(
        "mod other;\n#[capability(\"a\")] async fn a() {}\n",
        &[(
            "src/other.rs",
            "\n  #[capability(\"a\")] async fn again() {}",
        )],
    );
    expect![[r#"
        src/main.rs:4:14: the capability `a` version 1 is declared twice, first at src/other.rs:2:16: callers could not tell them apart; give this one another name or version
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn other_versions_are_other_capabilities() {
    let tree = Tree::service(
        "#[capability(\"a\")] async fn a() {} #[capability(\"a\", version = 2)] async fn b() {}",
        &[],
    );
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn a_module_compiled_into_library_and_binary_is_told_as_such() {
    let tree = Tree::service(
        "mod slice;",
        &[
            ("src/lib.rs", "mod slice;"),
            ("src/slice.rs", &handler("a")),
        ],
    );
    expect![[r#"
        src/slice.rs:1:14: the capability `a` version 1 is compiled twice, into the library and into the binary: declare its module in one of them, and `use` it from the other
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_second_service_is_told_with_both_places() {
    let tree = Tree::service("", &[("src/lib.rs", SERVICE)]);
    expect![[r##"
        src/main.rs:1:1: a second `#[hecate_service]`: the first is at src/lib.rs:1:1, and a package is one service, with one manifest; move one of them to a package of its own
    "##]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_package_without_a_service_is_told() {
    let tree = Tree::new(&[("src/main.rs", &handler("a"))]);
    expect![[r##"
        `demo` has no service: its build script calls `hecate_om_manifest::emit()`, but no struct in its library or binaries has `#[hecate_service]`; annotate one, or take the call out of the build script
    "##]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_service_may_be_in_the_file_that_does_not_parse() {
    let tree = Tree::new(&[
        ("src/main.rs", "mod service;"),
        ("src/service.rs", "struct {"),
    ]);
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn a_package_name_that_cannot_be_the_service_s_is_told() {
    let tree = Tree::service("", &[]);
    tree.write(
        "Cargo.toml",
        "[package]\nname = \"Demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    expect![[r##"
        the package's name does not do as the service's: `D` at character 1 of the service name `Demo` is not allowed: a name starts with a lowercase letter or a digit and goes on with these, `.`, `_` and `-`; `demo` would be; name the service by `#[hecate_service(name = "…")]`
    "##]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_procedure_too_long_for_the_wire_is_told() {
    let tree = Tree::service(&handler(&"a".repeat(498)), &[]);
    let long = format!(
        "#[hecate_service(name = \"{}\")] struct Demo;",
        "o".repeat(20)
    );
    tree.write(
        "src/main.rs",
        &format!("{long}{}", handler(&"a".repeat(498))),
    );
    let errors = errors(&tree.scan());
    assert!(
        errors.contains("is 519 bytes long, and the wire carries at most 512"),
        "{errors}"
    );
}

#[test]
fn mistakes_the_macro_reports_are_left_to_it() {
    for item in [
        "#[capability] async fn nameless() {}",
        "#[capability(\"get_limits\")] async fn reserved() {}",
        "#[capability(\"Shout\")] async fn badly_named() {}",
        "#[capability(\"a\", verison = 1)] async fn misspelt() {}",
        "#[capability(\"a\")] fn not_async() {}",
        "#[hecate_service(nmae = \"x\")] struct Misspelt;",
    ] {
        let tree = Tree::new(&[("src/main.rs", item)]);
        if !item.contains("hecate_service") {
            tree.write("src/main.rs", &format!("{SERVICE}{item}"));
        }
        let scan = tree.scan();
        assert_eq!((scan.capabilities, scan.errors), (vec![], vec![]), "{item}");
        assert!(!scan.complete, "{item}");
    }
}

#[test]
fn a_cargo_toml_that_does_not_parse_is_told_with_its_place() {
    let tree = Tree::new(&[("Cargo.toml", "[package\n")]);
    let environment = hecate_om_manifest::scan::Environment::default();
    let error = hecate_om_manifest::scan::scan(&tree.root(), &environment)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot read `") && error.contains("Cargo.toml`"),
        "{error}"
    );
    assert!(error.contains("line 1"), "{error}");
}
