use super::*;

/// Returns a package in `services/a` of a workspace, adapted to the workspace.
fn fitted(package: &str, workspace: &str) -> String {
    let workspace = CargoToml::parse(Path::new("/w"), workspace).unwrap();
    let mut document: DocumentMut = package.parse().unwrap();
    let rendered = document.clone();
    let context = PackageContext {
        dir: Path::new("/w/services/a"),
        workspace: &workspace,
        service: None,
        rendered: &rendered,
    };
    context.apply(&mut document, false);
    document.to_string()
}

#[test]
fn values_of_the_workspace_are_inherited_and_others_are_written() {
    let package = "\
[workspace]
members = [\"apps/*\"]

[workspace.package]
edition = \"2024\"
license = \"MIT\"

[workspace.dependencies]
serde = { version = \"1\", features = [\"derive\"] }
tokio = { version = \"1\", features = [\"rt\"] }

[workspace.lints.rust]
unsafe_code = \"forbid\"

[package]
name = \"a\"
edition.workspace = true
license.workspace = true

[lints]
workspace = true

[dependencies]
b = { path = \"apps/b\" }
serde.workspace = true
tokio = { workspace = true, features = [\"macros\"] }

[profile.release]
lto = \"thin\"
";
    let text = fitted(
        package,
        "[workspace.package]\nedition = \"2021\"\nauthors = [\"A\"]\n[workspace.dependencies]\nserde = \"1.0.100\"\n",
    );
    expect_test::expect![[r#"
        [package]
        name = "a"
        edition = "2024"
        license = "MIT"
        authors.workspace = true

        [lints.rust]
        unsafe_code = "forbid"

        [dependencies]
        b = { path = "apps/b" }
        serde = { workspace = true, features = ["derive"] }
        tokio = { version = "1", features = ["rt", "macros"] }
    "#]]
    .assert_eq(text.trim_start());
}

#[test]
fn values_that_do_not_fit_the_template_are_not_inherited() {
    let package = "\
[package]
name = \"a\"
edition = \"2024\"
rust-version = \"1.89\"

[dependencies]
hecate-om = { version = \"0.1\" }
schemars = \"1\"
";
    let kept = |fields: &str, dependencies: &str| {
        let workspace =
            format!("[workspace.package]\n{fields}\n[workspace.dependencies]\n{dependencies}\n");
        let text = fitted(package, &workspace);
        let kept = text
            .lines()
            .filter(|line| !line.contains("workspace = true"));
        kept.filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
            .filter(|key| key != "name")
            .collect::<Vec<_>>()
    };
    let low = "edition = \"2021\"\nrust-version = \"1.9\"";
    let high = "edition = \"2027\"\nrust-version = \"1.89.1\"";
    for (dependencies, written) in [
        ("hecate-om = \"0.1.7\"\nschemars = \"^1.0.4\"", &[][..]),
        (
            "hecate-om = { git = \"https://a\" }\nschemars = \"=1.2.3\"",
            &[],
        ),
        (
            "hecate-om = \"0.2\"\nschemars = \"0.8\"",
            &["hecate-om", "schemars"],
        ),
        (
            "hecate-om = \"0\"\nschemars = \"*\"",
            &["hecate-om", "schemars"],
        ),
        (
            "hecate-om = \"1\"\nschemars = { path = \"s\" }",
            &["hecate-om", "schemars"],
        ),
        (
            "hecate-om = { version = \"0.1\", package = \"om\" }\n\
             schemars = { path = \"s\", version = \"1\" }",
            &["hecate-om", "schemars"],
        ),
    ] {
        assert_eq!(kept(high, dependencies), written, "{dependencies}");
        let all = [&["edition", "rust-version"], written].concat();
        assert_eq!(kept(low, dependencies), all, "{dependencies}");
    }
}

#[test]
fn a_requested_framework_is_not_replaced() {
    for (own, theirs, is_inherited) in [
        (
            "path = \"/om/hecate-om\"",
            "path = \"../om/hecate-om\"",
            true,
        ),
        ("path = \"/om/hecate-om\"", "path = \"om\"", false),
        ("path = \"/om/hecate-om\"", "version = \"0.1\"", false),
        ("git = \"https://a\"", "git = \"https://a\"", true),
        ("git = \"https://a\"", "git = \"https://b\"", false),
    ] {
        let package = format!("[dependencies]\nhecate-om = {{ {own} }}\n");
        let workspace = format!("[workspace.dependencies]\nhecate-om = {{ {theirs} }}\n");
        let text = fitted(&package, &workspace);
        assert_eq!(text.contains("workspace = true"), is_inherited, "{text}");
    }
}

#[test]
fn a_dependency_that_turns_default_features_on_for_all_is_not_inherited() {
    let package = "[dependencies]\nhecate-om = { version = \"0.1\", default-features = false }\n";
    for theirs in [
        "{ path = \"om\" }",
        "{ path = \"om\", default-features = true }",
    ] {
        let workspace = format!("[workspace.dependencies]\nhecate-om = {theirs}\n");
        let text = fitted(package, &workspace);
        let own = "hecate-om = { path = \"../../om\", default-features = false }";
        assert!(text.contains(own), "{text}");
    }
    for off in ["default-features", "default_features"] {
        let workspace =
            format!("[workspace.dependencies]\nhecate-om = {{ path = \"om\", {off} = false }}\n");
        let text = fitted(package, &workspace);
        assert!(text.contains("hecate-om.workspace = true"), "{text}");
    }
}
