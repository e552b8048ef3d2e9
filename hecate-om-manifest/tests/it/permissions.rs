//! Permissions of calls, compared with those that the service declares.

use expect_test::expect;

use crate::fixture::{Tree, errors};

/// Returns a service that declares these permissions, with a function of this body.
fn calling(permissions: &str, body: &str) -> Tree {
    Tree::new(&[(
        "src/main.rs",
        &format!(
            "use hecate_om::*; #[hecate_service(permissions = [{permissions}])]\nstruct Demo;\nasync fn ask(mesh: &Mesh) {{\n{body}\n}}\n"
        ),
    )])
}

#[test]
fn an_undeclared_permission_is_reported_at_its_argument() {
    let tree = calling(
        "\"publish_summary\", \"answer_query\"",
        "    mesh.procedure(\"org/name\").permission(\"publish_sumary\").call(&1).await?;",
    );
    expect![[r#"
        src/main.rs:4:43: the permission `publish_sumary` is not in the `permissions` of `#[hecate_service]` (declared: `publish_summary`, `answer_query`); did you mean `publish_summary`?; the call would be refused, because the realm grants only those: add it there, or use a declared one
    "#]].assert_eq(&errors(&tree.scan()));
    let tree = calling(
        "",
        "mesh.procedure(\"org/name\").permission(\"prune\").call(&1)",
    );
    expect![[r#"
        src/main.rs:4:39: the permission `prune` is not in the `permissions` of `#[hecate_service]` (declared: none); the call would be refused, because the realm grants only those: add it there, or use a declared one
    "#]].assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_declared_permission_is_accepted() {
    let tree = calling(
        "\"prune\"",
        "mesh.procedure(\"org/name\").permission(\"prune\").call(&1)",
    );
    assert_eq!(errors(&tree.scan()), "");
}

const CONSTANTS: &str = "mod names { pub const PRUNE: &str = \"prune\"; }
    impl Demo { const SWEEP: &'static str = \"prune\"; }\n";

#[test]
fn an_invalid_procedure_passed_to_the_mesh_is_reported() {
    let tree = calling("", "    mesh.procedure(\"parcels\").call(&1).await?;");
    expect![[r#"
        src/main.rs:4:20: `parcels` is not a procedure: write `<org>/<name>`, as in `hecate-echo/echo.say`
    "#]].assert_eq(&errors(&tree.scan()));
    let tree = calling("", "Mesh::procedure(mesh, \"a/\").call(&1).await?;");
    assert!(errors(&tree.scan()).contains("`a/` is not a procedure"));
    for fine in [
        "mesh.procedure(\"Acme/Legacy Name\").call(&1).await?;",
        "mesh.procedure(name).call(&1).await?;",
        "form.procedure(\"parcels\")",
        "#[cfg(test)] { mesh.procedure(\"parcels\"); }",
    ] {
        assert_eq!(errors(&calling("", fine).scan()), "", "{fine}");
    }
}

#[test]
fn the_chain_may_be_long_and_anywhere() {
    for body in [
        "let x = async { self.mesh().procedure(name()).timeout(SECOND).permission(\"prune\").call(&1).await? };",
        "match x { 1 => (mesh.procedure(\"a/b\")).permission((\"prune\")), _ => other }",
        "let f = |m: &Mesh| m.procedure(\"a/b\").permission(\"prune\"); if f(mesh) { loop { break } }",
        "Request { call: mesh.procedure(\"a/b\").permission(\"prune\") }",
        "fn inner() { mesh.procedure(\"a/b\").permission(\"prune\"); }",
        "mod inner { impl X { const C: u8 = m.procedure(\"a/b\").permission(\"prune\"); } }",
        "trait T { fn t(&self) { self.procedure(\"a/b\").permission(\"prune\"); } }",
        "mesh.call::<register>(&parcel).permission(\"prune\").await?",
        "mesh.call::<acme::parcels::register>(&parcel).org(\"x\").timeout(SECOND).permission(\"prune\").await?",
        "mesh.open::<watch>(&()).permission(\"prune\").await?",
        "Mesh::call::<register>(mesh, &parcel).permission(\"prune\").await?",
        "let one = mesh.procedure(\"a/b\"); one.permission(\"prune\")",
        "let call = mesh.call::<register>(&parcel); call.permission(\"prune\").await?",
        "let m = self.boot.mesh().clone(); m.call::<register>(&parcel).permission(\"prune\").await?",
        "const PRUNE: &str = \"prune\"; mesh.call::<register>(&parcel).permission(PRUNE).await?",
        "mesh.call::<register>(&parcel).permission(crate::names::PRUNE).await?",
        "use super::names; mesh.call::<register>(&parcel).permission(names::PRUNE).await?",
        "use crate::Demo; mesh.call::<register>(&parcel).permission(Demo::SWEEP).await?",
        "tokio::try_join!(mesh.call::<register>(&parcel).permission(\"prune\"), other)?",
    ] {
        let tree = calling("", &format!("{body}\n}}\n{CONSTANTS}fn after() {{"));
        let errors = errors(&tree.scan());
        assert!(
            errors.contains("the permission `prune` is not in"),
            "{body}: {errors}"
        );
    }
}

#[test]
fn an_uncertain_permission_is_not_checked() {
    for body in [
        "button.permission(\"prune\")",
        "form.method(\"post\").permission(\"prune\")",
        "permission(\"prune\")",
        "mesh.procedure(\"a/b\").permission(ELSEWHERE)",
        "mesh.procedure(\"a/b\").permission(&name)",
        "form.procedure(\"x\").permission(\"Save As\")",
        "form.procedure(name).permission(\"Save As\")",
        "phone.call::<Contact>(1).permission(\"hang up\")",
        "const A: &str = \"x\"; mod b { const A: &str = \"y\"; } mesh.procedure(\"a/b\").permission(A)",
        "use other::A; fn b() { const A: &str = \"y\"; } mesh.procedure(\"a/b\").permission(A)",
        "fn b() { const A: &str = \"y\"; } use other::*; mesh.procedure(\"a/b\").permission(A)",
        "mesh.procedure(\"a/b\").permission(\"prune\", 1)",
        "mesh.procedure(\"a/b\").call(&form.permission(\"prune\"))",
        "let one = mesh.procedure(\"a/b\"); let one = button; one.permission(\"prune\")",
        "mesh.call(&button).permission(\"prune\")",
        "mesh.procedure.permission(\"prune\")",
        "db.procedure().permission(\"prune\")",
    ] {
        assert_eq!(errors(&calling("", body).scan()), "", "{body}");
    }
}

#[test]
fn code_that_is_not_compiled_is_not_checked() {
    let call = "mesh.procedure(\"a/b\").permission(\"prune\")";
    for body in [
        format!("#[cfg(test)] {{ {call}; }}"),
        format!("#[cfg(windows)] let x = {call};"),
        format!("#[cfg(windows)] (x = {call});"),
        format!("match x {{ #[cfg(windows)] 1 => {call}, _ => () }}"),
        format!("X {{ #[cfg(windows)] a: {call} }}"),
        format!("#[cfg(windows)] fn inner() {{ {call}; }}"),
        format!("impl X {{ #[cfg(windows)] fn inner() {{ {call}; }} }}"),
        // May be set by a build script, so it is not certainly compiled.
        format!("#[cfg(not(own_flag = \"x\", 1))] {{ {call}; }}"),
    ] {
        assert_eq!(errors(&calling("", &body).scan()), "", "{body}");
    }
    let tree = calling(
        "",
        "#[cfg(unix)] { mesh.procedure(\"a/b\").permission(\"prune\"); }",
    );
    assert!(!errors(&tree.scan()).is_empty());
    let tree = calling(
        "",
        "} #[cfg(test)] mod tests { fn asks() { mesh.procedure(\"a/b\").permission(\"prune\"); }",
    );
    assert_eq!(errors(&tree.scan()), "");
}

#[test]
fn the_crates_of_the_workspace_are_read_too() {
    let tree = Tree::service(
        "mod asks;",
        &[
            (
                "src/asks.rs",
                "impl Demo { async fn ask(&self) { self.mesh.procedure(\"a/b\").permission(\"own\").call(&()).await } }",
            ),
            (
                "slice/Cargo.toml",
                "[package]\nname = \"slice\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
            ),
            (
                "slice/src/lib.rs",
                "async fn ask(mesh: &Mesh) { mesh.procedure(\"a/b\").permission(\"theirs\").call(&()).await }",
            ),
        ],
    );
    tree.write(
        "Cargo.toml",
        "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nslice = { path = \"slice\" }\n",
    );
    expect![[r#"
        src/asks.rs:1:73: the permission `own` is not in the `permissions` of `#[hecate_service]` (declared: none); the call would be refused, because the realm grants only those: add it there, or use a declared one
        slice/src/lib.rs:1:62: the permission `theirs` is not in the `permissions` of `#[hecate_service]` (declared: none); the call would be refused, because the realm grants only those: add it there, or use a declared one
    "#]].assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_service_with_a_mistake_is_reported_by_its_macro_only() {
    let tree = Tree::new(&[(
        "src/main.rs",
        "#[hecate_service(permissions = [prune])] struct Demo;\n\
         fn ask(mesh: &Mesh) { mesh.procedure(\"a/b\").permission(\"prune\"); }",
    )]);
    assert_eq!(errors(&tree.scan()), "");
}
