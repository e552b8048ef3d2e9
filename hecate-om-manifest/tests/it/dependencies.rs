//! Path dependencies: which are scanned, and under which names.

use crate::fixture::{SERVICE, Tree, errors, handler, names, warnings};

/// Returns a package `name` whose dependencies and other tables are `tables`.
pub(crate) fn package(name: &str, tables: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{tables}")
}

/// Returns the service `demo` beside packages with one capability each, of the package's name.
pub(crate) fn tree(tables: &str, packages: &[(&str, &str)]) -> Tree {
    let tree = Tree::new(&[
        ("Cargo.toml", &package("demo", tables)),
        ("src/main.rs", SERVICE),
    ]);
    for (name, tables) in packages {
        tree.write(&format!("{name}/Cargo.toml"), &package(name, tables));
        tree.write(&format!("{name}/src/lib.rs"), &handler(name));
    }
    tree
}

#[test]
fn a_path_dependency_is_read_and_named() {
    let tree = tree(
        "[dependencies]\nembed-corpus = { path = \"embed-corpus\" }",
        &[("embed-corpus", "")],
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), ["embed-corpus"]);
    assert_eq!(scan.links, ["embed_corpus"]);
    assert_eq!(
        scan.capabilities[0].package.as_deref(),
        Some("embed-corpus")
    );
    assert_eq!(scan.warnings, []);
    assert!(scan.read.contains(&tree.path("embed-corpus/Cargo.toml")));
    assert!(scan.read.contains(&tree.path("embed-corpus/src/lib.rs")));
}

#[test]
fn a_dependency_of_a_dependency_is_read_and_warned_about() {
    let scan = tree(
        "[dependencies]\none.path = \"one\"",
        &[
            ("one", "[dependencies]\ntwo.path = \"../two\""),
            ("two", ""),
        ],
    )
    .scan();
    assert_eq!(names(&scan), ["one", "two"]);
    assert_eq!(scan.links, ["one"]);
    assert_eq!(
        scan.warnings[0].to_string(),
        "`two` has handlers but is only a dependency of a dependency, so the linker may omit them: add `two` \
         to `[dependencies]`"
    );
}

#[test]
fn a_crate_without_capabilities_is_not_named() {
    let tree = tree("[dependencies]\none.path = \"one\"", &[("one", "")]);
    tree.write("one/src/lib.rs", "pub struct Index;");
    let scan = tree.scan();
    assert_eq!(names(&scan), [""; 0]);
    assert_eq!(scan.links, [""; 0]);
}

#[test]
fn a_renamed_dependency_is_named_as_renamed() {
    let scan = tree(
        "[dependencies]\nthe-one = { path = \"one\", package = \"one\" }",
        &[("one", "")],
    )
    .scan();
    assert_eq!(names(&scan), ["one"]);
    assert_eq!(scan.links, ["the_one"]);
    assert_eq!(scan.capabilities[0].package.as_deref(), Some("one"));
}

#[test]
fn dependencies_for_tests_and_build_scripts_are_not_followed() {
    let scan = tree(
        "[dev-dependencies]\none.path = \"one\"\n[build-dependencies]\ntwo.path = \"two\"",
        &[("one", ""), ("two", "")],
    )
    .scan();
    assert_eq!(names(&scan), [""; 0]);
}

#[test]
fn procedural_macros_are_not_followed() {
    let scan = tree(
        "[dependencies]\none.path = \"one\"",
        &[("one", "[lib]\nproc-macro = true")],
    )
    .scan();
    assert_eq!(names(&scan), [""; 0]);
}

#[test]
fn an_optional_dependency_is_followed_when_it_is_on() {
    let one = &[("one", "")];
    let optional = "one = { path = \"one\", optional = true }\n";
    let implicit = tree(&format!("[dependencies]\n{optional}"), one);
    assert_eq!(names(&implicit.scan()), [""; 0]);
    assert_eq!(names(&implicit.scan_with(&["one"])), ["one"]);

    let features = "[features]\nfull = [\"ranked\"]\nranked = [\"dep:one\"]\nweak = [\"one?/x\"]\n";
    let explicit = tree(&format!("[dependencies]\n{optional}{features}"), one);
    assert_eq!(names(&explicit.scan()), [""; 0]);
    assert_eq!(names(&explicit.scan_with(&["weak"])), [""; 0]);
    assert_eq!(names(&explicit.scan_with(&["full", "ranked"])), ["one"]);
}

#[test]
fn a_dependency_for_another_target_is_not_followed() {
    let scan = tree(
        "[target.'cfg(unix)'.dependencies]\none.path = \"one\"\n\
         [target.'cfg(windows)'.dependencies]\ntwo.path = \"two\"\n\
         [target.x86_64-unknown-linux-gnu.dependencies]\nthree.path = \"three\"",
        &[("one", ""), ("two", ""), ("three", "")],
    )
    .scan();
    assert_eq!(names(&scan), ["one", "three"]);
}

#[test]
fn fields_of_the_workspace_are_inherited() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"services/*\", \"slices/*\"]\n\
             [workspace.package]\nversion = \"3.2.1\"\nlicense = \"Apache-2.0\"\n\
             [workspace.dependencies]\n\
             embed = { path = \"slices/embed\", default-features = false }\n\
             query = { path = \"slices/query_chunks\", package = \"query_chunks\" }\n",
        ),
        (
            "services/demo/Cargo.toml",
            "[package]\nname = \"demo\"\nedition = \"2024\"\nversion.workspace = true\nlicense.workspace = true\n\
             [dependencies]\nembed = { workspace = true, features = [\"more\"] }\nquery.workspace = true\n",
        ),
        ("services/demo/src/main.rs", SERVICE),
        (
            "slices/embed/Cargo.toml",
            &package(
                "embed",
                "[features]\ndefault = [\"less\"]\nless = []\nmore = []",
            ),
        ),
        (
            "slices/embed/src/lib.rs",
            &format!(
                "#[cfg(feature = \"more\")] {}#[cfg(feature = \"less\")] {}",
                handler("more"),
                handler("less")
            ),
        ),
        (
            "slices/query_chunks/Cargo.toml",
            &package("query_chunks", ""),
        ),
        ("slices/query_chunks/src/lib.rs", &handler("query")),
    ]);
    let scan = crate::fixture::scan_in(&tree.path("services/demo"), &[]);
    assert_eq!(names(&scan), ["more", "query"]);
    assert_eq!(scan.links, ["embed", "query"]);
    assert!(scan.read.contains(&tree.path("Cargo.toml")));
    let service = scan.service.unwrap();
    assert_eq!(
        (&*service.version, service.license.as_deref()),
        ("3.2.1", Some("Apache-2.0"))
    );
}

#[test]
fn a_workspace_that_is_named_is_used() {
    let tree = Tree::new(&[
        (
            "ws/Cargo.toml",
            "[workspace]\nmembers = [\"../demo\"]\n[workspace.package]\nversion = \"9.0.0\"\n",
        ),
        (
            "demo/Cargo.toml",
            "[package]\nname = \"demo\"\nedition = \"2024\"\nversion.workspace = true\nworkspace = \"../ws\"\n",
        ),
        ("demo/src/main.rs", SERVICE),
    ]);
    let scan = crate::fixture::scan_in(&tree.path("demo"), &[]);
    assert_eq!(scan.service.unwrap().version, "9.0.0");
    assert!(scan.read.iter().any(|path| path.ends_with("ws/Cargo.toml")));
}

#[test]
fn capabilities_of_different_crates_may_not_share_a_name() {
    let tree = tree(
        "[dependencies]\none.path = \"one\"\ntwo.path = \"two\"",
        &[("one", ""), ("two", "")],
    );
    tree.write("two/src/lib.rs", &handler("one"));
    let errors = errors(&tree.scan());
    assert!(
        errors.starts_with("two/src/lib.rs:1:25: the capability `one` version 1 is declared twice, first at one/src/lib.rs:1:25"),
        "{errors}"
    );
}

#[test]
fn a_service_in_a_dependency_is_not_this_one() {
    let tree = tree("[dependencies]\none.path = \"one\"", &[("one", "")]);
    tree.write("one/src/lib.rs", &format!("{SERVICE}{}", handler("one")));
    assert_eq!(names(&tree.scan()), ["one"]);
}

#[test]
fn the_framework_itself_is_not_read() {
    let tree = tree(
        "[dependencies]\nhecate-om.path = \"hecate-om\"",
        &[("hecate-om", "")],
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), [""; 0]);
    assert!(!scan.read.contains(&tree.path("hecate-om/src/lib.rs")));
}

#[test]
fn a_cargo_toml_that_only_cargo_can_parse_excludes_its_package() {
    let tree = tree(
        "[dependencies]\none.path = \"one\"\ntwo.path = \"two\"",
        &[("one", ""), ("two", "")],
    );
    let one = package("one", "").replace("2024", "2099");
    tree.write("one/Cargo.toml", &one);
    let scan = tree.scan();
    assert_eq!(
        (scan.capabilities.len(), &*scan.links),
        (1, &["two".to_owned()][..])
    );
    assert!(!scan.complete);
    assert!(scan.read.contains(&tree.path("one/Cargo.toml")));
    let messages = warnings(&scan);
    assert!(
        messages.starts_with("cannot read `") && messages.contains("one/Cargo.toml`"),
        "{messages}"
    );
}

#[test]
fn a_library_that_is_not_called_like_its_package_is_named_in_the_manifest() {
    let tree = tree(
        "[dependencies]\none.path = \"one\"\nembed-corpus.path = \"embed-corpus\"",
        &[("one", "[lib]\nname = \"other\""), ("embed-corpus", "")],
    );
    let scan = tree.scan();
    assert_eq!(scan.links, ["embed_corpus", "other"]);
    let libraries = scan
        .capabilities
        .iter()
        .map(|capability| capability.library.as_deref());
    assert_eq!(libraries.collect::<Vec<_>>(), [None, Some("other")]);
}
