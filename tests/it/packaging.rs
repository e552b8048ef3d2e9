//! The published crates.

use std::process::Command;

use hecate_om_tests::workspace;
use serde_json::Value;

/// Returns the text of a file of the workspace.
fn text(file: &str) -> String {
    let path = workspace().join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Returns the crates of the workspace that are published to a registry.
fn published() -> Vec<String> {
    let answer = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--no-deps",
            "--locked",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    let metadata: Value = serde_json::from_slice(&answer.stdout).expect("valid JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("cargo lists packages")
        .iter();
    packages
        // `publish = false` is an empty list of registries.
        .filter(|package| package["publish"].is_null())
        .map(|package| {
            package["name"]
                .as_str()
                .expect("a package has a name")
                .to_owned()
        })
        .collect()
}

#[test]
fn each_published_crate_can_be_packaged_before_its_siblings_are_published() {
    let root = workspace();
    let target = tempfile::tempdir().expect("a folder can be created");
    let published = published();
    for name in ["hecate-om-cli", "hecate-om-templates"] {
        assert!(
            published.iter().any(|published| published == name),
            "{name}"
        );
    }
    for name in published {
        // The index entries of the other dependencies are cached by this test's own build.
        let mut package = Command::new(env!("CARGO"));
        // If a template is missing from the package, the package does not compile. Only this crate
        // is compiled, because it has no dependencies.
        let verify = (name != "hecate-om-templates").then_some("--no-verify");
        let packaged = package
            .args(["package", "--package", &name, "--locked"])
            .args(verify)
            .args(["--offline", "--allow-dirty", "--target-dir"])
            .arg(target.path())
            .current_dir(root)
            .output()
            .expect("cargo can be run");
        let output = String::from_utf8_lossy(&packaged.stderr);
        assert!(packaged.status.success(), "{name}: {output}");
    }
}

#[test]
fn each_published_crate_has_registry_metadata_and_a_place_in_the_release() {
    let (releasing, justfile) = (text("RELEASING.md"), text("justfile"));
    for name in published() {
        let folder = match name.as_str() {
            "hecate-om-templates" => "templates",
            other => other,
        };
        let manifest = text(&format!("{folder}/Cargo.toml"));
        for key in ["\ndescription = ", "\nkeywords = ", "\ncategories = "] {
            assert!(manifest.contains(key), "{folder}/Cargo.toml lacks `{key}`");
        }
        assert!(text(&format!("{folder}/README.md")).starts_with(&format!("# {name}\n")));
        assert_eq!(
            text(&format!("{folder}/LICENSE")),
            text("LICENSE"),
            "{folder}/LICENSE"
        );
        assert!(
            releasing.contains(&format!("| `{name}` |")),
            "RELEASING.md lacks {name}"
        );
        assert!(
            justfile.contains(&name),
            "the recipe `package` lacks {name}"
        );
    }
}

#[test]
fn each_published_crate_is_attested_by_the_release_workflow() {
    let workflow = text(".github/workflows/release.yml");
    let (_, listed) = workflow.split_once("crate:\n").expect("a list of crates");
    let mut listed: Vec<&str> = listed
        .lines()
        .map_while(|line| line.trim().strip_prefix("- "))
        .collect();
    listed.sort_unstable();
    let mut published = published();
    published.sort_unstable();
    assert_eq!(listed, published);
}

#[test]
fn the_archive_of_the_command_line_is_where_binstall_and_the_guide_look_for_it() {
    assert!(text(".ci/dist").contains("name=\"hecate-om-$target\""));
    let manifest = text("hecate-om-cli/Cargo.toml");
    for name in [
        "/hecate-om-{ target }.tar.gz\"",
        "\"hecate-om-{ target }/{ bin }",
    ] {
        assert!(
            manifest.contains(name),
            "the metadata for binstall lacks `{name}`"
        );
    }
    let (workflow, guide) = (
        text(".github/workflows/release.yml"),
        text("docs/command-line.md"),
    );
    let targets: Vec<&str> = workflow
        .split("target: ")
        .filter_map(|rest| rest.split_once('}'))
        .map(|(target, _)| target)
        .filter(|target| !target.contains(['$', '\n']))
        .collect();
    assert_eq!(targets.len(), 4, "{targets:?}");
    for target in targets {
        assert!(
            guide.contains(&format!("`{target}`")),
            "the guide lacks {target}"
        );
    }
}
