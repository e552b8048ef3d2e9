//! Features of path dependencies.

use crate::dependencies::{package, tree};
use crate::fixture::{SERVICE, Tree, handler, names};

/// Returns `one` with capabilities that depend on its features.
fn featured(tables: &str) -> Tree {
    let features =
        "[features]\ndefault = [\"basic\"]\nbasic = []\nfull = [\"ranked\"]\nranked = []";
    let tree = tree(tables, &[("one", features)]);
    let source = ["basic", "full", "ranked"]
        .map(|feature| format!("#[cfg(feature = \"{feature}\")] {}", handler(feature)));
    tree.write("one/src/lib.rs", &source.concat());
    tree
}

#[test]
fn a_dependency_is_compiled_with_its_default_features() {
    assert_eq!(
        names(&featured("[dependencies]\none.path = \"one\"").scan()),
        ["basic"]
    );
}

#[test]
fn default_features_can_be_off() {
    let tree = featured("[dependencies]\none = { path = \"one\", default-features = false }");
    assert_eq!(names(&tree.scan()), [""; 0]);
}

#[test]
fn default_features_are_also_read_with_an_underscore() {
    for (one, expected) in [
        ("path = \"one\", default_features = false", &[][..]),
        ("path = \"one\", default_features = true", &["basic"]),
        // The newer key takes precedence.
        (
            "path = \"one\", default-features = true, default_features = false",
            &["basic"],
        ),
        (
            "path = \"one\", default-features = false, default_features = true",
            &[],
        ),
    ] {
        for table in ["dependencies", "target.'cfg(unix)'.dependencies"] {
            let tree = featured(&format!("[{table}]\none = {{ {one} }}"));
            assert_eq!(names(&tree.scan()), expected, "{table}: {one}");
        }
    }
}

#[test]
fn default_features_with_an_underscore_are_inherited() {
    for (of_workspace, own, expected) in [
        ("default_features = false", "", &[][..]),
        (
            "default_features = false",
            ", default_features = true",
            &["more"],
        ),
        (
            "default_features = false",
            ", default-features = true",
            &["more"],
        ),
        (
            "default-features = false",
            ", default_features = true",
            &["more"],
        ),
        // Cargo ignores it.
        (
            "default_features = true",
            ", default_features = false",
            &["more"],
        ),
    ] {
        let tree = Tree::new(&[
            (
                "Cargo.toml",
                &format!(
                    "[workspace]\nmembers = [\"demo\", \"one\"]\n[workspace.dependencies]\n\
                     one = {{ path = \"one\", {of_workspace} }}\n"
                ),
            ),
            (
                "demo/Cargo.toml",
                &package(
                    "demo",
                    &format!("[dependencies]\none = {{ workspace = true{own} }}"),
                ),
            ),
            ("demo/src/main.rs", SERVICE),
            (
                "one/Cargo.toml",
                &package("one", "[features]\ndefault = [\"more\"]\nmore = []\n"),
            ),
            (
                "one/src/lib.rs",
                &format!("#[cfg(feature = \"more\")] {}", handler("more")),
            ),
        ]);
        let scan = crate::fixture::scan_in(&tree.path("demo"), &[]);
        assert_eq!(names(&scan), expected, "{of_workspace}{own}");
    }
}

#[test]
fn features_of_a_dependency_are_resolved_by_its_table() {
    let tree = featured(
        "[dependencies]\none = { path = \"one\", default-features = false, features = [\"full\"] }",
    );
    assert_eq!(names(&tree.scan()), ["full", "ranked"]);
}

#[test]
fn a_feature_of_the_service_can_enable_one_of_the_dependency() {
    let tree = featured(
        "[dependencies]\none = { path = \"one\", default-features = false }\n\
         [features]\nsearch = [\"one/ranked\"]",
    );
    assert_eq!(names(&tree.scan()), [""; 0]);
    assert_eq!(names(&tree.scan_with(&["search"])), ["ranked"]);
}

#[test]
fn a_dependency_is_compiled_with_the_features_of_all_its_dependents() {
    let tree = featured(
        "[dependencies]\none = { path = \"one\", default-features = false }\ntwo.path = \"two\"",
    );
    let asks = "[dependencies]\none = { path = \"../one\", features = [\"ranked\"] }";
    tree.write("two/Cargo.toml", &package("two", asks));
    tree.write("two/src/lib.rs", "");
    assert_eq!(names(&tree.scan()), ["basic", "ranked"]);
}

#[test]
fn a_member_can_enable_default_features_again() {
    let one = "one = { workspace = true, default-features = true }";
    for tables in [
        format!("[dependencies]\n{one}"),
        format!("[target.'cfg(unix)'.dependencies]\n{one}"),
    ] {
        let tree = Tree::new(&[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"demo\", \"one\"]\n[workspace.dependencies]\n\
                 one = { path = \"one\", default-features = false }\n",
            ),
            ("demo/Cargo.toml", &package("demo", &tables)),
            ("demo/src/main.rs", SERVICE),
            (
                "one/Cargo.toml",
                &package("one", "[features]\ndefault = [\"more\"]\nmore = []\n"),
            ),
            (
                "one/src/lib.rs",
                &format!("#[cfg(feature = \"more\")] {}", handler("more")),
            ),
        ]);
        let scan = crate::fixture::scan_in(&tree.path("demo"), &[]);
        assert_eq!(names(&scan), ["more"]);
    }
}
