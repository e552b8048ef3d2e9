//! Targets of the package: which are part of the service.

use expect_test::expect;

use crate::fixture::{CARGO_TOML, SERVICE, Tree, errors, handler, names, warnings};

#[test]
fn the_library_is_linked_into_the_service_in_the_binary() {
    let tree = Tree::service(
        &handler("in.binary"),
        &[("src/lib.rs", &handler("in.library"))],
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), ["in.binary", "in.library"]);
    assert_eq!(scan.links, ["demo"]);
}

#[test]
fn a_library_without_capabilities_need_not_be_named() {
    let scan = Tree::service(&handler("a"), &[("src/lib.rs", "")]).scan();
    assert_eq!(scan.links, [""; 0]);
}

#[test]
fn a_library_is_linked_by_its_own_name() {
    let tree = Tree::service("", &[("lib/root.rs", &handler("a"))]);
    let lib = "[lib]\nname = \"slices\"\npath = \"lib/root.rs\"\n";
    tree.write("Cargo.toml", &format!("{CARGO_TOML}{lib}"));
    let scan = tree.scan();
    assert_eq!(
        (names(&scan), &*scan.links),
        (vec!["a"], &["slices".to_owned()][..])
    );
}

#[test]
fn a_service_in_the_library_brings_the_binary_that_runs_it() {
    let library = format!("{SERVICE}{}", handler("in.library"));
    let tree = Tree::new(&[
        ("src/lib.rs", &library),
        ("src/main.rs", &handler("in.binary")),
    ]);
    let scan = tree.scan();
    assert_eq!(names(&scan), ["in.binary", "in.library"]);
    assert_eq!(scan.links, [""; 0]);
}

#[test]
fn a_handler_in_a_binary_that_is_not_the_service_is_reported_with_its_location() {
    let tool = "use hecate_om::capability;\n#[capability(\"tool\")] async fn tool() {}";
    let tree = Tree::service(&handler("a"), &[("src/bin/tool.rs", tool)]);
    expect![[r#"
        src/bin/tool.rs:2:14: handler or fact in the binary `tool`, which is not the service, so it would never be called: move it to the library or to the crate of the service, and `use` its module here instead of declaring it again
    "#]]
    .assert_eq(&errors(&tree.scan()));
    let library = format!("{SERVICE}mod slice;");
    let tree = Tree::new(&[
        ("src/lib.rs", &library),
        ("src/main.rs", ""),
        (
            "src/bin/tool.rs",
            "#[path = \"../slice.rs\"] mod slice; fn main() {}",
        ),
        ("src/slice.rs", &handler("a")),
    ]);
    let messages = errors(&tree.scan());
    assert!(messages.contains("in the binary `tool`"), "{messages}");
    // An attribute that may be of another crate must not fail the build.
    let tree = Tree::service(
        "",
        &[("src/bin/tool.rs", "use other::*; #[cron(\"x\")] fn a() {}")],
    );
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn the_service_may_be_in_any_binary() {
    let service = format!("{SERVICE}{}", handler("a"));
    let tree = Tree::new(&[
        ("src/main.rs", "fn main() {}"),
        ("src/bin/serve/main.rs", &service),
    ]);
    assert_eq!(names(&tree.scan()), ["a"]);
}

#[test]
fn a_binary_whose_features_are_off_is_not_read() {
    let tree = Tree::service("", &[("src/bin/other.rs", SERVICE)]);
    let bin =
        "[features]\nother = []\n[[bin]]\nname = \"other\"\nrequired-features = [\"other\"]\n";
    tree.write("Cargo.toml", &format!("{CARGO_TOML}{bin}"));
    assert_eq!(tree.scan().errors, []);
    assert_eq!(tree.scan_with(&["other"]).errors.len(), 1);
}

/// Returns the programs, each with the names of its capabilities.
fn programs(tree: &Tree) -> Vec<(String, Vec<String>)> {
    let scan = tree.scan();
    assert_eq!(scan.errors, []);
    let programs = scan.programs.iter().map(|program| {
        assert!(program.scan.complete);
        let names = names(&program.scan).into_iter().map(str::to_owned);
        (
            format!("{:?} {}", program.kind, program.name),
            names.collect(),
        )
    });
    programs.collect()
}

#[test]
fn a_service_in_an_example_a_test_or_a_benchmark_is_a_separate_program() {
    let service = |name: &str| format!("{SERVICE}{}", handler(name));
    let tree = Tree::service(
        &handler("own"),
        &[
            ("src/lib.rs", &handler("shared")),
            ("examples/one-more.rs", &service("in.example")),
            ("tests/it/main.rs", &format!("mod slice; {SERVICE}")),
            ("tests/it/slice.rs", &handler("in.test")),
            ("tests/plain.rs", "#[test] fn a() {}"),
            ("benches/b.rs", &service("in.bench")),
        ],
    );
    assert_eq!(names(&tree.scan()), ["own", "shared"]);
    let expected = [
        ("Example one_more", "in.example"),
        ("Test it", "in.test"),
        ("Test b", "in.bench"),
    ];
    let expected = expected.map(|(program, own)| {
        let names = vec![own.to_owned(), "shared".to_owned()];
        (program.to_owned(), names)
    });
    assert_eq!(programs(&tree), expected);
    assert!(!tree.scan().read.contains(&tree.path("tests/plain.rs")));
    assert!(tree.scan().read.contains(&tree.path("tests/it/slice.rs")));
}

#[test]
fn a_package_may_have_services_in_its_examples_only() {
    let tree = Tree::new(&[
        ("src/lib.rs", ""),
        ("examples/one.rs", &format!("{SERVICE}{}", handler("a"))),
    ]);
    assert_eq!(
        programs(&tree),
        [("Example one".to_owned(), vec!["a".to_owned()])]
    );
    assert!(tree.scan().service.is_none());
}

#[test]
fn a_target_that_cannot_be_a_program_of_the_package_is_reported() {
    let tree = Tree::service("", &[("examples/demo.rs", SERVICE)]);
    let messages = errors(&tree.scan());
    assert!(
        messages.starts_with("examples/demo.rs:1:19: a service in an example: another program"),
        "{messages}"
    );
    let tree = Tree::new(&[("src/lib.rs", SERVICE), ("examples/one.rs", SERVICE)]);
    let messages = errors(&tree.scan());
    assert!(
        messages.contains("the library of the package already has one"),
        "{messages}"
    );
}

#[test]
fn a_handler_in_a_test_without_a_service_is_warned_about() {
    let tree = Tree::service("", &[("tests/a.rs", &handler("a"))]);
    let messages = warnings(&tree.scan());
    assert!(
        messages.starts_with("tests/a.rs:1:25: handler or fact in a test or a benchmark without a service, so it is in no manifest"),
        "{messages}"
    );
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn the_package_provides_what_the_service_omits() {
    let tree = Tree::service("", &[]);
    tree.write(
        "Cargo.toml",
        "[package]
        name = \"hecate-demo\"
        version = \"1.2.3\"
        edition = \"2024\"
        description = \"\"\"Demonstrates
            things\"\"\"
        license = \"Apache-2.0\"
        repository = \"https://example.org/demo\"",
    );
    let service = tree.scan().service.unwrap();
    assert_eq!(
        (&*service.name, &*service.version),
        ("hecate-demo", "1.2.3")
    );
    assert_eq!(service.description.as_deref(), Some("Demonstrates things"));
    assert_eq!(service.license.as_deref(), Some("Apache-2.0"));
    assert_eq!(
        service.repository.as_deref(),
        Some("https://example.org/demo")
    );
    assert_eq!(service.health_port, 8470);
    assert_eq!(
        (
            &*service.identity_spec.scope,
            service.identity_spec.ttl_days
        ),
        ("hecate-demo", 30)
    );
}

#[test]
fn the_attribute_overrides_the_package() {
    let tree = Tree::new(&[(
        "src/main.rs",
        "/// Echoes
        /// the request.
        ///
        /// And no more.
        #[hecate_service(name = \"hecate-x\", version = \"2.0.0\", scope = \"x\", ttl_days = 365,
            permissions = [\"say\"], resources = [\"words/*\"], health_port = 9000,
            access = realm_member(\"talk\"))]
        struct Demo;
        #[capability(\"a\")] async fn a() {}
        #[capability(\"b\", access = open)] async fn b() {}",
    )]);
    let scan = tree.scan();
    let service = scan.service.unwrap();
    assert_eq!(
        (&*service.name, &*service.version, service.health_port),
        ("hecate-x", "2.0.0", 9000)
    );
    assert_eq!(service.description.as_deref(), Some("Echoes the request."));
    let spec = service.identity_spec;
    assert_eq!((&*spec.scope, spec.ttl_days), ("x", 365));
    assert_eq!(
        (spec.permissions, spec.resources),
        (vec!["say".to_owned()], vec!["words/*".to_owned()])
    );
    let access = scan
        .capabilities
        .iter()
        .map(|capability| serde_json::to_string(&capability.access).unwrap());
    assert_eq!(
        access.collect::<Vec<_>>(),
        [r#"{"realm_member":{"can":"talk"}}"#, "\"open\""]
    );
}
