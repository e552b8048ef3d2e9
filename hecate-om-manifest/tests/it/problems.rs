//! Mistakes that the scanner reports, and those that it leaves to the macros.

use expect_test::expect;

use crate::fixture::{CARGO_TOML, SERVICE, Tree, errors, handler, names, warnings};

#[test]
fn a_capability_declared_twice_is_reported_with_both_locations() {
    let tree = Tree::service(
        "mod other;\n#[capability(\"a\")] async fn a() {}\n",
        &[(
            "src/other.rs",
            "\n  #[hecate_om::capability(\"a\")] async fn again() {}",
        )],
    );
    expect![[r#"
        src/main.rs:4:14: the capability `a` version 1 is declared twice, first at src/other.rs:2:27: give this one another name or version
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
fn a_module_compiled_into_library_and_binary_is_reported_as_such() {
    let tree = Tree::service(
        "mod slice;",
        &[
            ("src/lib.rs", "mod slice;"),
            ("src/slice.rs", &handler("a")),
        ],
    );
    expect![[r#"
        src/slice.rs:1:25: the capability `a` version 1 is compiled into both the library and the binary: declare its module in one of them, and `use` it from the other
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_second_service_is_reported_with_both_locations() {
    let tree = Tree::service("", &[("src/lib.rs", SERVICE)]);
    expect![[r#"
        src/main.rs:1:19: second `#[hecate_service]`: the first is at src/lib.rs:1:19, and a package has one service; move one of the two to another package
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_package_without_a_service_is_reported() {
    let tree = Tree::new(&[("src/main.rs", &handler("a"))]);
    expect![[r#"
        `demo` has no service: its build script calls `hecate_om_manifest::emit()`, but no struct in its library or binaries has `#[hecate_service]`; annotate one, or remove the call from the build script
    "#]]
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
fn a_package_name_that_cannot_be_the_service_s_is_reported() {
    let tree = Tree::service("", &[]);
    tree.write(
        "Cargo.toml",
        "[package]\nname = \"Demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    expect![[r#"
        the package's name cannot be the service's name: `D` at character 1 of the service name `Demo` is not allowed: start with a lowercase letter or a digit, and continue with those, `.`, `_` and `-`, as in `demo`; set another with `#[hecate_service(name = "…")]`
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_procedure_too_long_for_the_wire_is_reported() {
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
        errors.contains("is 519 bytes long, but at most 512 are allowed"),
        "{errors}"
    );
}

#[test]
fn mistakes_that_the_macro_reports_are_not_reported_twice() {
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
        } else {
            tree.write("src/main.rs", &format!("use hecate_om::*; {item}"));
        }
        let scan = tree.scan();
        assert_eq!((scan.capabilities, scan.errors), (vec![], vec![]), "{item}");
        assert!(!scan.complete, "{item}");
    }
}

#[test]
fn a_cargo_toml_that_does_not_parse_is_reported_with_its_location() {
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

#[test]
fn attributes_of_other_crates_are_not_reported() {
    for foreign in [
        "use other::cron; #[cron] fn nightly() {}",
        "use other::*; #[cron] fn nightly() {} #[subscribe(to = 3)] struct Feed; #[capability(x)] fn a() {}",
        "use other::*; #[every(\"1s\")] async fn a() {} mod b { use other::*; #[every(\"2s\")] async fn a() {} }",
        "#[macro_use] extern crate other; #[every(seconds = 3)] async fn tick() {}",
        "mod capability; use capability::subscribe; #[subscribe] fn a() {}",
        "mod ours { pub use other::every; } use crate::ours::every; #[every(3)] fn a() {}",
        "use other::*; #[hecate_service(3)] struct Another;",
        "#[other::app] mod app { #[cron(weekly)] fn a() {} }",
        "use other::*; impl Feed { #[subscribe] fn on() {} }",
        "use other::*; #[cfg_attr(what is this, cron(weekly))] fn a() {}",
        "use other::*; fn outer() { #[cron(weekly)] fn a() {} }",
    ] {
        let tree = Tree::new(&[
            ("src/main.rs", "mod service; mod foreign;"),
            ("src/service.rs", &format!("{SERVICE}{}", handler("a"))),
            ("src/foreign.rs", foreign),
            ("src/foreign/capability.rs", ""),
        ]);
        let scan = tree.scan();
        assert_eq!(
            (names(&scan), warnings(&scan)),
            (vec!["a"], String::new()),
            "{foreign}"
        );
    }
}

#[test]
fn a_bare_attribute_under_a_glob_counts_if_its_arguments_parse() {
    let tree = Tree::service("", &[]);
    tree.write(
        "src/main.rs",
        "use crate::prelude::*; use other::*; #[hecate_service] struct Demo; #[capability(\"a\")] async fn a() {}",
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), ["a"]);
    assert!(scan.service.is_some());
    assert_eq!(scan.uncertain.capabilities, [("a".to_owned(), 1)].into());
}

#[test]
fn of_two_handlers_with_one_name_the_certain_one_counts() {
    let tree = Tree::service(
        "mod foreign; #[capability(\"a\")] async fn a() {} #[every(\"1h\", name = \"b\")] async fn b() {}",
        &[(
            "src/foreign.rs",
            "use other::*; #[capability(\"a\", confidential = required)] async fn a() {}
            #[every(\"1s\")] async fn b() {} #[every(\"1s\")] async fn c() {}",
        )],
    );
    let scan = tree.scan();
    assert_eq!(names(&scan), ["a"]);
    assert_eq!(scan.capabilities[0].confidential, None);
    let schedules = scan.handlers.schedules.iter();
    let schedules: Vec<_> = schedules
        .map(|schedule| (&*schedule.name, schedule.every.as_deref()))
        .collect();
    assert_eq!(schedules, [("b", Some("1h")), ("c", Some("1s"))]);
    assert!(scan.uncertain.capabilities.is_empty());
    assert_eq!(scan.uncertain.schedules, ["c".to_owned()].into());
}

#[test]
fn a_handler_in_a_block_is_reported() {
    let tree = Tree::service(
        "fn outer() { if true { use hecate_om::cron; #[cron(\"0 3 * * *\")] async fn nightly() {} } }
        struct Demo2; impl Demo2 { fn method(&self) { #[capability(\"a\")] async fn a() {} } }
        #[test] fn test() { #[capability(\"b\")] async fn b() {} }
        #[cfg(test)] mod tests { use super::*; fn test() { #[capability(\"c\")] async fn c() {} } }
        fn foreign() { use other::cron; #[cron] fn d() {} }
        const _: () = { #[capability(\"e\")] async fn e() {} };
        static S: u8 = { mod inner { use hecate_om::every; #[every(\"1s\")] async fn f() {} } 1 };
        impl Demo2 { const C: u8 = { #[capability(\"g\")] async fn g() {} 1 }; }",
        &[],
    );
    expect![[r#"
        src/main.rs:3:45: a scheduled function in a block cannot be in the manifest: move `nightly` out of the enclosing function or constant, into the module
        src/main.rs:4:55: a capability in a block cannot be in the manifest: move `a` out of the enclosing function or constant, into the module
        src/main.rs:8:25: a capability in a block cannot be in the manifest: move `e` out of the enclosing function or constant, into the module
        src/main.rs:9:60: a scheduled function in a block cannot be in the manifest: move `f` out of the enclosing function or constant, into the module
        src/main.rs:10:38: a capability in a block cannot be in the manifest: move `g` out of the enclosing function or constant, into the module
    "#]]
    .assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_file_with_a_handler_that_no_module_declares_is_reported() {
    let tree = Tree::service(
        "cfg_if! { if #[cfg(unix)] { mod posix; } } #[cfg(windows)] mod windows; include!(\"generated.rs\");",
        &[
            ("src/forgotten.rs", &handler("a")),
            ("src/slices/mod.rs", &handler("b")),
            ("src/posix.rs", &handler("c")),
            ("src/windows.rs", &handler("d")),
            ("src/generated.rs", &handler("e")),
            ("src/bin/tool.rs", &handler("f")),
            ("src/plain.rs", "fn capability() {}"),
            (
                "src/foreign.rs",
                "use other::capability; #[capability] fn a() {}",
            ),
        ],
    );
    expect![[r#"
        src/forgotten.rs:1:1: no `mod` declares this file, so its handler is not compiled: add `mod forgotten;`, or remove the file
        src/slices/mod.rs:1:1: no `mod` declares this file, so its handler is not compiled: add `mod slices;`, or remove the file
    "#]]
    .assert_eq(&warnings(&tree.scan()));
}

#[test]
fn a_type_that_hides_a_crate_in_use_is_reported_with_the_key() {
    let messages = |main: &str| errors(&Tree::service(main, &[]).scan());
    expect![[r#"
        src/main.rs:3:59: the attribute defines the type `serde` for callers, but this module imports from a crate of that name: rename the type in the attribute, `as = Serde`
    "#]]
    .assert_eq(&messages("use serde::Serialize; #[capability(\"a\")] async fn /*****/ serde() {}"));
    for fine in [
        "mod search {} #[capability(\"a.search\")] async fn search() {}",
        "use crate::index::search; #[capability(\"a.search\")] async fn search() {}",
        "use ::serde::Serialize; #[capability(\"a\")] async fn serde() {}",
        "use serde::Serialize; #[capability(\"a\", as = Serde)] async fn serde() {}",
    ] {
        assert_eq!(messages(fine), "", "{fine}");
    }
}

#[test]
fn a_private_type_of_a_public_capability_is_reported_with_what_to_do() {
    let messages = |main: &str| errors(&Tree::service(main, &[]).scan());
    expect![[r#"
        src/main.rs:3:62: the type `Text` is private, but callers of the `pub` capability `a.say` need it: make the type `pub`, or the function private
    "#]]
    .assert_eq(&messages("struct Text; #[capability(\"a.say\")] pub async fn say(of: Vec<Text>) {}"));
    for private in [
        "enum Text {} #[capability(\"a\")] pub async fn a() -> Result<Text, Refusal> { x }",
        "pub(crate) struct Text; #[capability(\"a\")] pub async fn a(of: Inbound<Text>) {}",
        "struct Page<T>(T); #[capability(\"a\")] pub async fn a() -> impl Stream<Item = Page<u8>> { x }",
    ] {
        assert!(messages(private).contains("is private"), "{private}");
    }
    for fine in [
        "struct Text; #[capability(\"a\")] async fn a(of: Text) {}",
        "pub struct Text; #[capability(\"a\")] pub async fn a(of: Text) {}",
        "struct Text; #[capability(\"a\")] pub async fn a(of: api::Text) {}",
        "struct Index; #[capability(\"a\")] pub async fn a(index: &Index) {}",
        "struct Failed; #[capability(\"a\")] pub async fn a() -> Result<(), Failed> { x }",
        "type Text = String; #[capability(\"a\")] pub async fn a(of: Text) {}",
    ] {
        assert_eq!(messages(fine), "", "{fine}");
    }
}

#[test]
fn an_invalid_topic_passed_to_the_mesh_is_reported() {
    let wrong = Tree::service(
        "async fn a(mesh: &Mesh) { mesh.topic(\"acme/shop/placed\").publish(&1); }
        fn b(m: hecate_om::Mesh) { m.topic(\"acme/Shop/x_v1\").publish(&1); }
        async fn c(mesh: &Mesh) { join!(mesh.topic(\"acme/*/x_v1\").publish(&1)); }
        fn d() { Subscription::new(\"acme//x_v1\", (), on) }",
        &[],
    );
    let messages = errors(&wrong.scan());
    for why in [
        "3:38: the topic `acme/shop/placed`",
        "4:44: `S` at character 6 of the topic",
        "5:52: `*` at character 6 of the topic",
        "6:36: the topic is empty in",
    ] {
        assert!(messages.contains(why), "{why}: {messages}");
    }
    let fine = Tree::service(
        "async fn a(mesh: &Mesh, bus: &Bus) { mesh.topic(\"acme/shop/placed_v1\"); bus.topic(\"no topic\"); }
        async fn b(mesh: &Mesh) { let mesh = bus(); mesh.topic(\"no topic\"); }
        async fn c(mesh: &Mesh) { for mesh in buses() { mesh.topic(\"no topic\"); } }
        async fn d(mesh: &Mesh) { all(|mesh| mesh.topic(\"no topic\")); }
        mod other { use other::Mesh; fn c(mesh: &Mesh) { mesh.topic(\"no topic\"); } }",
        &[],
    );
    assert_eq!(errors(&fine.scan()), "");
}

#[test]
fn a_handler_in_a_trait_is_reported() {
    let tree = Tree::service("trait Says { #[capability(\"a\")] async fn a(); }", &[]);
    let messages = errors(&tree.scan());
    assert_eq!(
        messages,
        "src/main.rs:3:14: a capability must be a free function: move it out of the `trait`\n"
    );
}

#[test]
fn an_attribute_that_does_not_find_the_renamed_runtime_is_reported() {
    let cargo = format!(
        "{CARGO_TOML}[dependencies]\nom = {{ package = \"hecate-om\", version = \"0.1\" }}\n"
    );
    let messages = |main: &str| {
        let tree = Tree::new(&[("Cargo.toml", &cargo), ("src/main.rs", main)]);
        errors(&tree.scan())
    };
    let service = "#[om::hecate_service(crate = ::om)] struct Demo;";
    expect![[r#"
        src/main.rs:1:49: `hecate-om` is renamed in `Cargo.toml`, so the generated code does not find it: add `crate = ::om` to `#[capability]`
    "#]]
    .assert_eq(&messages(&format!("{service}#[om::capability(\"a\")] async fn a() {{}}")));
    for fine in [
        format!("{service}#[om::capability(\"a\", crate = ::om)] async fn a() {{}}"),
        format!(
            "extern crate om as hecate_om; {service}#[om::capability(\"a\")] async fn a() {{}}"
        ),
    ] {
        assert_eq!(messages(&fine), "", "{fine}");
    }
}
