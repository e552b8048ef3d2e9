//! Every file of several services.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;
use hecate_om_tests::{Sandbox, workspace};

use super::{cli, files, scaffold};

const PLAIN: &[&str] = &[
    "--name",
    "hecate-newservice",
    "--description",
    "Does X over the mesh",
];

/// A description with characters that are special in other languages.
const ODD: &str = r##"É: it's "odd", {{ but }} `legal` $5 ${X} 100% #1"##;

/// The services, each with the name of its file in `tests/scaffold/expected`.
const SERVICES: &[(&str, &[&str])] = &[
    ("plain", PLAIN),
    (
        "stranger",
        &[
            "--name",
            "hecate-weather",
            "--description",
            "Tells the weather: 100 % of it, for $0 & <free>",
            "--org",
            "acme",
            "--health-port",
            "9000",
        ],
    ),
    (
        "bare",
        &[
            "--name",
            "hecate-newservice",
            "--description",
            "Does X over the mesh",
            "--bare",
        ],
    ),
    (
        "bare_slices",
        &[
            "--name",
            "hecate-newservice",
            "--description",
            "Does X over the mesh",
            "--bare",
            "--slices",
        ],
    ),
    (
        "slices",
        &[
            "--name",
            "notekeeper",
            "--description",
            "Keeps notes",
            "--org",
            "acme.labs",
            "--registry",
            "registry.example.org:5000",
            "--license",
            "MIT",
            "--slices",
        ],
    ),
    (
        "odd",
        &[
            "--name",
            "x--9_z",
            "--description",
            ODD,
            "--license",
            "LicenseRef-Proprietary",
            "--builder-image",
            "builder.example.org/rust:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "--runtime-image",
            "base.example.org/static:1@sha256:1111111111111111111111111111111111111111111111111111111111111111",
            "--framework",
            "git:https://forge.example.org/hecate-om",
        ],
    ),
];

/// Names of this project's and hecate-om (Erlang)'s orgs, forges, realms, images, machines and
/// runners.
const OURS: &[&str] = &[
    "hecate-services",
    "macula-services",
    "macula-io",
    "macula-fleet",
    "macula-ci",
    "macula-pq",
    "io.macula",
    "beam-campus",
    "codeberg",
    "self-hosted",
    "msi00",
    "/bulk0",
    "watchtower",
];

/// Returns the files of a service, by path.
fn written(args: &[&str]) -> Vec<(String, String)> {
    let machine = Sandbox::new();
    files(&scaffold(&machine, args))
}

#[test]
fn every_file_is_as_expected() {
    let plain = written(PLAIN);
    for (service, args) in SERVICES {
        let mut text = String::new();
        for (path, content) in written(args) {
            // Files that are the same as in `plain` are not repeated.
            if *service != "plain" && plain.contains(&(path.clone(), content.clone())) {
                let _ = writeln!(text, "==== {path}: as in plain");
                continue;
            }
            let _ = write!(text, "==== {path}\n{content}");
        }
        let expected = workspace().join(format!("tests/scaffold/expected/{service}.txt"));
        expect_file![expected].assert_eq(&text);
    }
}

#[test]
fn the_manifest_and_the_units_are_up_to_date() {
    for (service, args) in SERVICES {
        let machine = Sandbox::new();
        scaffold(&machine, args);
        for check in [
            ["manifest", "check", "service"],
            ["manifest", "--check", "service"],
            ["quadlet", "--check", "service"],
        ] {
            let answer = cli(&machine, &check);
            assert_eq!(answer.code, 0, "{service}: {check:?}: {answer:?}");
        }
    }
}

#[test]
fn an_odd_description_has_the_same_meaning_in_every_file() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &["--name", "a", "--description", ODD]);
    let manifest: serde_json::Value =
        serde_json::from_str(&read(&dir.join("manifest.json"))).expect("valid JSON");
    assert_eq!(manifest["description"], ODD);
    // The scanner reads the description from Cargo.toml.
    let answer = cli(&machine, &["manifest", "check", "service"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let label = format!(
        "image.description=\"{}\"",
        ODD.replace('"', "\\\"").replace('$', "\\$")
    );
    for (file, text) in [
        ("README.md", ODD),
        ("Containerfile", &label),
        ("quadlet/a.container", &ODD.replace('%', "%%")),
    ] {
        let all = read(&dir.join(file));
        assert!(all.contains(text), "{file}: {text}\n{all}");
    }
}

#[test]
fn no_placeholder_and_no_name_of_this_project_is_left() {
    for (service, args) in SERVICES {
        for (path, text) in written(args) {
            let at = format!("{service}: {path}");
            for (number, line) in text.lines().enumerate() {
                // What is published where the framework is.
                let published = ["\"$schema\"", "macula-mldsa = {", "allow-git ="];
                if published.iter().any(|key| line.contains(key)) {
                    continue;
                }
                let own = line
                    .replace("${{", "")
                    .replace("{{ index", "")
                    .replace("{{ but", "");
                for left in ["{{", "{%", "%}", "TODO", "FIXME", "XXX"] {
                    assert!(!own.contains(left), "{at}:{}: {line}", number + 1);
                }
                for ours in OURS {
                    assert!(!line.contains(ours), "{at}:{}: {line}", number + 1);
                }
                assert_eq!(line.trim_end(), line, "{at}:{}: white space", number + 1);
            }
            assert!(
                text.ends_with('\n') && !text.ends_with("\n\n"),
                "{at}: its end"
            );
            assert!(!text.starts_with('\n'), "{at}: its beginning");
            assert!(!text.contains("\n\n\n"), "{at}: blank lines");
        }
    }
}

#[test]
fn the_workflows_keep_the_syntax_of_the_forge() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, PLAIN);
    let workflow = |name: &str| read(&dir.join(".github/workflows").join(name));
    assert!(workflow("ci.yml").contains("group: ci-${{ github.workflow }}-${{ github.ref }}\n"));
    let push = workflow("build-push.yml");
    for kept in [
        "group: build-push-${{ github.ref }}\n",
        "REGISTRY_TOKEN: ${{ github.token }}\n",
        "--format '{{ index .RepoDigests 0 }}'",
        "subject-digest: ${{ steps.push.outputs.digest }}\n",
    ] {
        assert!(push.contains(kept), "{kept}\n{push}");
    }
    for text in [workflow("ci.yml"), push] {
        let used = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- uses: "));
        for action in used.chain(text.lines().filter_map(|l| l.trim().strip_prefix("uses: "))) {
            let pinned = action.split_once('@').is_some_and(|(_, at)| {
                let commit = at.split(' ').next().unwrap_or_default();
                commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
            });
            assert!(pinned || action.starts_with("./"), "{action}");
        }
    }
}

#[test]
fn all_files_name_the_same_compiler() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, PLAIN);
    let toolchain = read(&dir.join("rust-toolchain.toml"));
    let (_, version) = toolchain.split_once("channel = \"").expect("a channel");
    let (version, _) = version.split_once('"').expect("its end");
    let containerfile = read(&dir.join("Containerfile"));
    let builder = format!("BUILDER_IMAGE=docker.io/library/rust:{version}-");
    assert!(containerfile.contains(&builder), "{containerfile}");
    let floor = read(&dir.join("Cargo.toml"));
    let ours = read(&workspace().join("Cargo.toml"));
    let rust_version = ours
        .lines()
        .find(|line| line.starts_with("rust-version"))
        .expect("a floor");
    assert!(floor.contains(rust_version), "{floor}");
    let version = env!("CARGO_PKG_VERSION")
        .rsplit_once('.')
        .expect("a minor version")
        .0;
    assert!(
        floor.contains(&format!("hecate-om = {{ version = \"{version}\",")),
        "{floor}"
    );
    let tag = format!("tag = \"v{}\"", env!("CARGO_PKG_VERSION"));
    assert!(floor.contains(&tag), "{floor}");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
