//! `default-features`, by the name it had before the edition of 2024.

use crate::dependencies::{featured, package};
use crate::fixture::{SERVICE, Tree, handler, names, scan_in};

#[test]
fn default_features_are_also_read_with_an_underscore() {
    for (one, expected) in [
        ("path = \"one\", default_features = false", &[][..]),
        ("path = \"one\", default_features = true", &["basic"]),
        // The newer key counts.
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
        let scan = scan_in(&tree.path("demo"), &[]);
        assert_eq!(names(&scan), expected, "{of_workspace}{own}");
    }
}
