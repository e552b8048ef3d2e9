//! Crates whose capabilities are called remotely: `[package.metadata.hecate-om.calls]`.

use std::collections::BTreeMap;

use crate::fixture::{SERVICE, Tree, errors, handler, names};

/// Returns the service `desk` beside `chunks`, whose capabilities need `ranking` and `common`;
/// `desk` needs `common` itself. Each has a capability of its name.
fn tree(calls: &str) -> Tree {
    let package = |name: &str, tables: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{tables}")
    };
    let desk = format!(
        "[dependencies]\nchunks.path = \"chunks\"\ncommon.path = \"common\"\n\
         elsewhere = \"1\"\n{calls}"
    );
    let tree = Tree::new(&[
        ("Cargo.toml", &package("desk", &desk)),
        ("src/main.rs", SERVICE),
    ]);
    let chunks = "[dependencies]\nranking.path = \"../ranking\"\ncommon.path = \"../common\"";
    for (name, tables) in [("chunks", chunks), ("ranking", ""), ("common", "")] {
        tree.write(&format!("{name}/Cargo.toml"), &package(name, tables));
        tree.write(&format!("{name}/src/lib.rs"), &handler(name));
    }
    tree
}

fn calls(entries: &str) -> String {
    format!("[package.metadata.hecate-om.calls]\n{entries}")
}

#[test]
fn called_crates_and_their_own_dependencies_are_not_served() {
    let scan = tree(&calls("chunks = \"hecate-rag\"")).scan();
    assert_eq!(errors(&scan), "");
    assert_eq!(names(&scan), ["common"]);
    assert_eq!(scan.links, ["common"]);
    assert_eq!(scan.warnings, []);
    let of_rag = |name: &str| (name.to_owned(), "hecate-rag".to_owned());
    assert_eq!(
        scan.calls,
        BTreeMap::from(["chunks", "ranking"].map(of_rag))
    );
}

#[test]
fn a_listed_dependency_of_a_called_crate_has_its_own_org() {
    let scan = tree(&calls("chunks = \"hecate-rag\"\nranking = \"hecate-rank\"")).scan();
    assert_eq!(scan.calls["ranking"], "hecate-rank");
    let scan = tree(&calls("chunks = \"hecate-rag\"\ncommon = \"acme\"")).scan();
    assert_eq!(scan.calls["common"], "acme");
    assert_eq!(names(&scan), [""; 0]);
}

#[test]
fn without_the_table_everything_is_served() {
    let scan = tree("").scan();
    assert_eq!(names(&scan), ["chunks", "common", "ranking"]);
    assert!(scan.calls.is_empty());
}

#[test]
fn a_dependency_that_is_not_on_disk_may_be_named() {
    let scan = tree(&calls("elsewhere = \"acme\"")).scan();
    assert_eq!(errors(&scan), "");
    assert_eq!(scan.calls["elsewhere"], "acme");
}

#[test]
fn each_mistake_in_the_table_is_an_error() {
    let at = "`[package.metadata.hecate-om.calls]` of `desk`: ";
    for (entries, message) in [
        (
            "chnks = \"hecate-rag\"",
            "the service does not depend on `chnks` (did you mean `chunks`?): remove it, or add it to \
             `[dependencies]`",
        ),
        (
            "chunks = 1",
            "`chunks` needs the org that serves it: write `chunks = \"hecate-rag\"`",
        ),
    ] {
        let scan = tree(&calls(entries)).scan();
        assert_eq!(errors(&scan), format!("{at}{message}\n"));
    }
    let scan = tree(&calls("chunks = \"Not An Org\"")).scan();
    assert!(errors(&scan).starts_with(&format!("{at}the org of `chunks`: ")));
    let scan = tree("[package.metadata.hecate-om]\ncalls = [\"chunks\"]").scan();
    assert!(errors(&scan).contains("must be a table of packages with the orgs that serve them"));
}
