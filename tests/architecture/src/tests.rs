use std::fs;

use super::*;

/// Returns the imports and circles of a crate with these files, as text.
fn analyze(files: &[(&str, &str)]) -> (Vec<String>, Vec<Vec<String>>) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let imports = imports(&dir.path().join("lib.rs"));
    let circles = circles(&imports)
        .into_iter()
        .map(|circle| circle.into_iter().map(|module| module.join("::")).collect());
    let circles = circles.collect();
    let imports = imports.into_iter().map(|import| {
        let (from, to) = (import.from.join("::"), import.to.join("::"));
        format!("{from} -> {to} at {}", import.line)
    });
    (imports.collect(), circles)
}

#[test]
fn each_syntax_of_an_import_is_found() {
    let cases = [
        "use crate::b::B;",
        "use super::b::B;",
        "use crate::{b::B};",
        "use crate::b::{self};",
        "use crate::b::*;",
        "use crate::{b as other};",
        "fn f(_: crate::b::B) {}",
        "fn f() { println!(\"{:?}\", vec![crate::b::B]); }",
        "use crate::B;",
        "impl crate::b::T for u8 {}",
    ];
    for import in cases {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use b::B;"),
            ("a.rs", import),
            ("b.rs", "pub struct B;\npub trait T {}"),
        ];
        let (imports, circles) = analyze(&files);
        assert_eq!(imports, [" -> b at 3", "a -> b at 1"], "{import}");
        assert!(circles.is_empty());
    }
}

#[test]
fn other_crates_unit_tests_and_visibilities_are_not_imports() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        (
            "a.rs",
            "use std::b::B;\nuse b2::B as C;\n#[cfg(test)]\nmod tests { use crate::b::B; }\n\
             pub(in crate::b) struct A;",
        ),
        ("b.rs", "pub struct B;"),
    ];
    assert_eq!(analyze(&files).0, [""; 0]);
}

#[test]
fn a_re_export_leads_to_the_module_that_defines_the_item() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        (
            "a.rs",
            "use crate::b::{Renamed, Foreign};\nfn f(_: Renamed) { Renamed::new() }",
        ),
        (
            "b/mod.rs",
            "mod inner;\npub use inner::Item as Renamed;\npub use std::Foreign;",
        ),
        ("b/inner.rs", "pub struct Item;"),
    ];
    let (imports, _) = analyze(&files);
    assert_eq!(
        imports,
        [
            "a -> b at 1",
            "a -> b::inner at 1",
            "a -> b::inner at 2",
            "b -> b::inner at 2",
        ]
    );
}

#[test]
fn circles_of_siblings_are_found_at_every_depth() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
        (
            "a/mod.rs",
            "mod x;\nmod y;\nuse crate::b::B;\npub struct A;",
        ),
        ("a/x.rs", "use super::y::Y;\nuse super::A;\npub struct X;"),
        ("a/y.rs", "use super::x::X;\npub struct Y;"),
        ("b.rs", "use crate::c::C;\npub struct B;"),
        ("c.rs", "use crate::a::A;\nuse crate::d::D;\npub struct C;"),
        ("d.rs", "pub struct D;"),
    ];
    let (_, circles) = analyze(&files);
    assert_eq!(circles, [vec!["a", "b", "c"], vec!["a::x", "a::y"]]);
}

#[test]
fn method_calls_are_found_also_in_macros_but_not_in_unit_tests() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("lib.rs");
    let text = "fn f() { up.pool.call(1); g().pool(); select! { a = pool.open(2) => {} } }\n\
                #[cfg(test)]\nmod tests { fn t() { pool.close(); } }";
    fs::write(&root, text).unwrap();
    let calls = method_calls(&root).into_iter();
    let calls: Vec<String> = calls
        .map(|of| format!("{}.{}", of.receiver, of.method))
        .collect();
    assert_eq!(calls, ["pool.call", "pool.open"]);
}
