//! Modules in files.

use expect_test::expect;

use crate::fixture::{CARGO_TOML, Tree, errors, handler, names, warnings};

/// A service with the capability `a` in one of `files`.
#[track_caller]
fn finds(main: &str, files: &[(&str, &str)]) {
    let a = handler("a");
    let files: Vec<_> = files
        .iter()
        .map(|&(path, text)| (path, text.replace("A!", &a)))
        .collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    let tree = Tree::service(&main.replace("A!", &a), &files);
    assert_eq!(names(&tree.scan()), ["a"]);
}

#[test]
fn a_capability_in_the_root_file_is_found() {
    finds("A!", &[]);
}

#[test]
fn a_capability_in_an_inline_module_is_found() {
    finds("mod one { pub mod two { A! } }", &[]);
}

#[test]
fn a_module_in_a_file_beside_is_followed() {
    finds("mod one;", &[("src/one.rs", "A!")]);
}

#[test]
fn a_module_in_a_folder_is_followed() {
    finds(
        "mod one;",
        &[("src/one/mod.rs", "mod two;"), ("src/one/two.rs", "A!")],
    );
}

#[test]
fn modules_of_a_file_beside_are_in_the_folder_of_its_name() {
    finds(
        "mod one;",
        &[("src/one.rs", "mod two;"), ("src/one/two.rs", "A!")],
    );
}

#[test]
fn modules_of_an_inline_module_are_in_the_folder_of_its_name() {
    finds("mod one { mod two; }", &[("src/one/two.rs", "A!")]);
}

#[test]
fn modules_of_an_inline_module_of_a_file_beside_are_two_folders_down() {
    finds(
        "mod one;",
        &[
            ("src/one.rs", "mod two { mod three; }"),
            ("src/one/two/three/mod.rs", "A!"),
        ],
    );
}

#[test]
fn a_path_is_relative_to_the_folder_of_the_file() {
    finds(
        "mod one;",
        &[
            ("src/one.rs", "#[path = \"elsewhere/x.rs\"] mod two;"),
            ("src/elsewhere/x.rs", "A!"),
        ],
    );
}

#[test]
fn a_path_may_leave_the_package_source() {
    finds(
        "#[path = \"../shared/one.rs\"] mod one;",
        &[("shared/one.rs", "A!")],
    );
}

#[test]
fn a_path_in_an_inline_module_is_relative_to_the_folder_of_its_name() {
    finds(
        "mod one { #[path = \"x.rs\"] mod two; }",
        &[("src/one/x.rs", "A!")],
    );
    finds(
        "mod outer;",
        &[
            ("src/outer.rs", "mod one { #[path = \"x.rs\"] mod two; }"),
            ("src/outer/one/x.rs", "A!"),
        ],
    );
}

#[test]
fn a_path_on_an_inline_module_names_its_folder() {
    finds(
        "#[path = \"slices\"] mod one { mod two; }",
        &[("src/slices/two.rs", "A!")],
    );
}

#[test]
fn modules_of_a_file_named_by_path_are_its_siblings() {
    finds(
        "#[path = \"elsewhere/x.rs\"] mod one;",
        &[
            ("src/elsewhere/x.rs", "mod two;"),
            ("src/elsewhere/two.rs", "A!"),
        ],
    );
}

#[test]
fn a_module_with_a_raw_name_is_in_the_file_of_its_plain_name() {
    finds("mod r#type;", &[("src/type.rs", "A!")]);
}

#[test]
fn a_file_that_no_module_declares_is_not_read() {
    let tree = Tree::service("", &[("src/unused.rs", &handler("a"))]);
    assert_eq!(names(&tree.scan()), [""; 0]);
}

#[test]
fn cyclic_modules_end() {
    let tree = Tree::service("#[path = \"../src/main.rs\"] mod again;", &[]);
    assert_eq!(tree.scan().capabilities, []);
}

#[test]
fn a_file_that_does_not_parse_is_skipped_with_a_warning() {
    let main = format!("mod broken; {}", handler("a"));
    let tree = Tree::service(&main, &[("src/broken.rs", "\nfn {")]);
    let scan = tree.scan();
    assert_eq!(scan.capabilities[0].name, "a");
    assert_eq!(scan.errors, []);
    assert!(!scan.complete);
    assert!(scan.read.contains(&tree.path("src/broken.rs")));
    expect![[r#"
        src/broken.rs:2:4: the scanner cannot parse this file from here on: cannot parse string into token stream; if the compiler can, the scanner is older than the syntax; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated
    "#]]
    .assert_eq(&warnings(&scan));
}

#[test]
fn a_file_that_is_missing_is_watched_for() {
    let tree = Tree::service("mod missing;", &[]);
    let scan = tree.scan();
    assert!(!scan.complete);
    let missing = ["src/missing.rs", "src/missing/mod.rs"].map(|path| tree.path(path));
    assert_eq!(scan.missing, missing.into());
    // Cargo treats a missing file as changed in each build.
    assert!(scan.read.is_disjoint(&scan.missing));
    expect![[r#"
        src/main.rs:3:5: the scanner found no file for the module `missing`; until this is fixed, `manifest.json` beside `Cargo.toml` is not updated
    "#]]
    .assert_eq(&warnings(&scan));
}

#[test]
fn a_module_of_library_and_binary_is_warned_about_once() {
    let tree = Tree::service(
        "mod broken;",
        &[("src/lib.rs", "mod broken;"), ("src/broken.rs", "fn {")],
    );
    assert_eq!(warnings(&tree.scan()).lines().count(), 1);
}

#[test]
fn another_program_that_does_not_parse_does_not_matter_beside_a_service() {
    let tree = Tree::service(&handler("a"), &[("src/bin/tool.rs", "fn {")]);
    assert_eq!(names(&tree.scan()), ["a"]);
}

#[test]
fn attributes_are_known_by_full_path_and_by_renamed_import() {
    let tree = Tree::new(&[(
        "src/main.rs",
        "use hecate_om::{capability as cap, hecate_service as service};
        #[service] struct Demo;
        #[hecate_om::capability(\"by.path\")] async fn one() {}
        #[cap(\"by.rename\")] async fn two() {}
        #[other::attribute(\"not.one\")] async fn three() {}",
    )]);
    assert_eq!(names(&tree.scan()), ["by.path", "by.rename"]);
}

#[test]
fn one_function_may_serve_several_versions() {
    let tree = Tree::service(
        "#[capability(\"a\")] #[capability(\"a\", version = 2)] async fn a() {}",
        &[],
    );
    let scan = tree.scan();
    let versions: Vec<u32> = scan.capabilities.iter().map(|a| a.version).collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn attributes_of_others_do_not_count_as_ours() {
    let tree = Tree::service(
        "#[other::capability(read)] async fn a() {}
        #[other::capability(\"phantom\")] async fn b() {}
        #[other::hecate_service] struct Another;
        mod theirs { use other::capability; #[capability(\"theirs\")] async fn a() {} }
        mod ours { use hecate_om::capability; #[capability(\"ours\")] async fn a() {} }",
        &[],
    );
    assert_eq!(names(&tree.scan()), ["ours"]);
}

#[test]
fn a_renamed_dependency_is_recognized_by_cargo_toml() {
    let tree = Tree::new(&[(
        "src/main.rs",
        "#[om::hecate_service(crate = ::om)] struct Demo;
        #[om::capability(\"a\", crate = ::om)] async fn a() {}
        use om::capability as cap; #[cap(\"b\", crate = ::om)] async fn b() {}
        #[not_om::capability(\"c\")] async fn c() {}",
    )]);
    let om = "[dependencies]\nom = { package = \"hecate-om\", version = \"0.1\" }\n";
    tree.write("Cargo.toml", &format!("{CARGO_TOML}{om}"));
    assert_eq!(names(&tree.scan()), ["a", "b"]);
}

#[test]
fn an_import_counts_only_where_it_is_compiled() {
    let tree = Tree::service(
        "#[cfg(windows)] use other::capability; #[cfg(unix)] use hecate_om::capability;
        #[cfg(windows)] use hecate_om::capability as cap; #[cfg(unix)] use other::capability as cap;
        #[capability(\"a\")] async fn a() {}
        #[cap(\"b\")] async fn b() {}",
        &[],
    );
    assert_eq!(names(&tree.scan()), ["a"]);
}

#[test]
fn a_capability_in_an_impl_is_reported() {
    let tree = Tree::service(
        "impl Demo {
            #[capability(\"a\")] async fn a() {}
            #[capability(\"b\")] async fn with_a_self_the_macro_tells(&self) {}
            #[other::capability(\"c\")] async fn c() {}
        }
        #[cfg(windows)] impl Demo { #[capability(\"d\")] async fn d() {} }",
        &[],
    );
    expect![[r#"
        src/main.rs:4:13: a capability must be a free function: move it out of the `impl`
    "#]]
    .assert_eq(&errors(&tree.scan()));
}
