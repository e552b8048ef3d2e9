//! The actions that calls name, held against those that the service declares.

use expect_test::expect;

use crate::fixture::{Tree, errors};

/// A service that declares these actions, with a function of this body.
fn calling(actions: &str, body: &str) -> Tree {
    Tree::new(&[(
        "src/main.rs",
        &format!(
            "use hecate_om::*; #[hecate_service(actions = [{actions}])]\nstruct Demo;\nasync fn ask(mesh: &Mesh) {{\n{body}\n}}\n"
        ),
    )])
}

#[test]
fn an_action_that_is_not_declared_is_told_at_its_text() {
    let tree = calling(
        "\"publish_summary\", \"answer_query\"",
        "    mesh.procedure(\"org/name\").action(\"publish_sumary\").call(&1).await?;",
    );
    expect![[r#"
        src/main.rs:4:39: the action `publish_sumary` is not among the `actions` of `#[hecate_service]` (declared: `publish_summary`, `answer_query`); did you mean `publish_summary`?; the realm grants no other, so the call would be refused: declare it there, or name a declared one here
    "#]].assert_eq(&errors(&tree.scan()));
    let tree = calling(
        "",
        "mesh.procedure(\"org/name\").action(\"prune\").call(&1)",
    );
    expect![[r#"
        src/main.rs:4:35: the action `prune` is not among the `actions` of `#[hecate_service]` (declared: none); the realm grants no other, so the call would be refused: declare it there, or name a declared one here
    "#]].assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_declared_action_is_none_to_tell_of() {
    let tree = calling(
        "\"prune\"",
        "mesh.procedure(\"org/name\").action(\"prune\").call(&1)",
    );
    assert_eq!(errors(&tree.scan()), "");
}

const CONSTANTS: &str = "mod names { pub const PRUNE: &str = \"prune\"; }
    impl Demo { const SWEEP: &'static str = \"prune\"; }\n";

#[test]
fn a_text_that_is_no_procedure_is_told_where_it_is_given_to_the_mesh() {
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
        "let x = async { self.mesh().procedure(name()).timeout(SECOND).action(\"prune\").call(&1).await? };",
        "match x { 1 => (mesh.procedure(\"a/b\")).action((\"prune\")), _ => other }",
        "let f = |m: &Mesh| m.procedure(\"a/b\").action(\"prune\"); if f(mesh) { loop { break } }",
        "Request { call: mesh.procedure(\"a/b\").action(\"prune\") }",
        "fn inner() { mesh.procedure(\"a/b\").action(\"prune\"); }",
        "mod inner { impl X { const C: u8 = m.procedure(\"a/b\").action(\"prune\"); } }",
        "trait T { fn t(&self) { self.procedure(\"a/b\").action(\"prune\"); } }",
        "mesh.call::<register>(&parcel).action(\"prune\").await?",
        "mesh.call::<acme::parcels::register>(&parcel).org(\"x\").timeout(SECOND).action(\"prune\").await?",
        "mesh.open::<watch>(&()).action(\"prune\").await?",
        "Mesh::call::<register>(mesh, &parcel).action(\"prune\").await?",
        "let one = mesh.procedure(\"a/b\"); one.action(\"prune\")",
        "let call = mesh.call::<register>(&parcel); call.action(\"prune\").await?",
        "let m = self.boot.mesh().clone(); m.call::<register>(&parcel).action(\"prune\").await?",
        "const PRUNE: &str = \"prune\"; mesh.call::<register>(&parcel).action(PRUNE).await?",
        "mesh.call::<register>(&parcel).action(crate::names::PRUNE).await?",
        "use super::names; mesh.call::<register>(&parcel).action(names::PRUNE).await?",
        "use crate::Demo; mesh.call::<register>(&parcel).action(Demo::SWEEP).await?",
        "tokio::try_join!(mesh.call::<register>(&parcel).action(\"prune\"), other)?",
    ] {
        let tree = calling("", &format!("{body}\n}}\n{CONSTANTS}fn after() {{"));
        let errors = errors(&tree.scan());
        assert!(
            errors.contains("the action `prune` is not among"),
            "{body}: {errors}"
        );
    }
}

#[test]
fn what_is_not_certain_to_be_an_action_is_left_alone() {
    for body in [
        "button.action(\"prune\")",
        "form.method(\"post\").action(\"prune\")",
        "action(\"prune\")",
        "mesh.procedure(\"a/b\").action(ELSEWHERE)",
        "mesh.procedure(\"a/b\").action(&name)",
        "form.procedure(\"x\").action(\"Save As\")",
        "form.procedure(name).action(\"Save As\")",
        "phone.call::<Contact>(1).action(\"hang up\")",
        "const A: &str = \"x\"; mod b { const A: &str = \"y\"; } mesh.procedure(\"a/b\").action(A)",
        "use other::A; fn b() { const A: &str = \"y\"; } mesh.procedure(\"a/b\").action(A)",
        "fn b() { const A: &str = \"y\"; } use other::*; mesh.procedure(\"a/b\").action(A)",
        "mesh.procedure(\"a/b\").action(\"prune\", 1)",
        "mesh.procedure(\"a/b\").call(&form.action(\"prune\"))",
        "let one = mesh.procedure(\"a/b\"); let one = button; one.action(\"prune\")",
        "mesh.call(&button).action(\"prune\")",
        "mesh.procedure.action(\"prune\")",
        "db.procedure().action(\"prune\")",
    ] {
        assert_eq!(errors(&calling("", body).scan()), "", "{body}");
    }
}

#[test]
fn what_is_not_compiled_needs_no_action() {
    let call = "mesh.procedure(\"a/b\").action(\"prune\")";
    for body in [
        format!("#[cfg(test)] {{ {call}; }}"),
        format!("#[cfg(windows)] let x = {call};"),
        format!("#[cfg(windows)] (x = {call});"),
        format!("match x {{ #[cfg(windows)] 1 => {call}, _ => () }}"),
        format!("X {{ #[cfg(windows)] a: {call} }}"),
        format!("#[cfg(windows)] fn inner() {{ {call}; }}"),
        format!("impl X {{ #[cfg(windows)] fn inner() {{ {call}; }} }}"),
        // Set by a build script, perhaps: not certain to be compiled.
        format!("#[cfg(not(own_flag = \"x\", 1))] {{ {call}; }}"),
    ] {
        assert_eq!(errors(&calling("", &body).scan()), "", "{body}");
    }
    let tree = calling(
        "",
        "#[cfg(unix)] { mesh.procedure(\"a/b\").action(\"prune\"); }",
    );
    assert!(!errors(&tree.scan()).is_empty());
    let tree = calling(
        "",
        "} #[cfg(test)] mod tests { fn asks() { mesh.procedure(\"a/b\").action(\"prune\"); }",
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
                "impl Demo { async fn ask(&self) { self.mesh.procedure(\"a/b\").action(\"own\").call(&()).await } }",
            ),
            (
                "slice/Cargo.toml",
                "[package]\nname = \"slice\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
            ),
            (
                "slice/src/lib.rs",
                "async fn ask(mesh: &Mesh) { mesh.procedure(\"a/b\").action(\"theirs\").call(&()).await }",
            ),
        ],
    );
    tree.write(
        "Cargo.toml",
        "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nslice = { path = \"slice\" }\n",
    );
    expect![[r#"
        src/asks.rs:1:69: the action `own` is not among the `actions` of `#[hecate_service]` (declared: none); the realm grants no other, so the call would be refused: declare it there, or name a declared one here
        slice/src/lib.rs:1:58: the action `theirs` is not among the `actions` of `#[hecate_service]` (declared: none); the realm grants no other, so the call would be refused: declare it there, or name a declared one here
    "#]].assert_eq(&errors(&tree.scan()));
}

#[test]
fn a_service_with_a_mistake_is_left_to_its_macro() {
    let tree = Tree::new(&[(
        "src/main.rs",
        "#[hecate_service(actions = [prune])] struct Demo;\n\
         fn ask(mesh: &Mesh) { mesh.procedure(\"a/b\").action(\"prune\"); }",
    )]);
    assert_eq!(errors(&tree.scan()), "");
}
