//! The tags that the workflow publishes, tested by running its steps.

use hecate_om_tests::{Answer, Sandbox};

use super::scaffold;

/// Runs the step that chooses the tags for a ref, and returns the variables that it sets.
fn decide(args: &[&str], reference: &str) -> (Answer, String) {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, args);
    let workflow = std::fs::read_to_string(dir.join(".github/workflows/build-push.yml"))
        .expect("the workflow is there");
    let (_, step) = workflow
        .split_once("- name: Choose the tags\n        run: |\n")
        .expect("the step is there");
    let (step, _) = step.split_once("\n\n").expect("a step comes after it");
    let variables = machine.path().join("variables");
    std::fs::write(&variables, "").expect("a file can be written");
    let answer = machine.run(
        machine
            .command("bash")
            .args(["-e", "-o", "pipefail", "-c", step])
            .current_dir(&dir)
            .env("GITHUB_ENV", &variables)
            .env("GITHUB_REF", reference)
            .env("GITHUB_SHA", "0123abc")
            .env("GITHUB_REPOSITORY", "Acme/Desk")
            .env("REGISTRY", "ghcr.io"),
    );
    (
        answer,
        std::fs::read_to_string(variables).expect("the file was written"),
    )
}

const PLAIN: &[&str] = &["--name", "desk", "--description", "Does X", "--org", "acme"];
const SLICES: &[&str] = &["--name", "desk", "--description", "Does X", "--slices"];

#[test]
fn main_is_published_as_main_and_by_its_commit() {
    let (answer, variables) = decide(PLAIN, "refs/heads/main");
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(variables, "TAGS=main 0123abc\n");
}

#[test]
fn a_tag_is_published_as_its_version_and_as_nothing_else() {
    for args in [PLAIN, SLICES] {
        let (answer, variables) = decide(args, "refs/tags/v0.1.0");
        assert_eq!(answer.code, 0, "{answer:?}");
        assert_eq!(variables.lines().last(), Some("TAGS=0.1.0"));
    }
}

#[test]
fn a_tag_that_is_not_the_version_is_refused() {
    let (answer, variables) = decide(PLAIN, "refs/tags/v0.2.0");
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stdout.contains("v0.2.0") && answer.stdout.contains("0.1.0"),
        "{answer:?}"
    );
    assert_eq!(variables, "");
}

#[test]
fn any_other_ref_is_refused_by_name() {
    for reference in [
        "refs/heads/mains",
        "refs/heads/feature/x",
        "refs/tags/latest",
        "refs/pull/1/merge",
    ] {
        let (answer, variables) = decide(PLAIN, reference);
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stdout.contains(reference), "{answer:?}");
        assert_eq!(variables, "");
    }
}

#[test]
fn without_an_org_the_image_is_named_after_the_repository_in_lower_case() {
    let (answer, variables) = decide(SLICES, "refs/heads/main");
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(variables.lines().next(), Some("IMAGE=ghcr.io/acme/desk"));
}

/// Runs the step that installs the command line, with a fake Cargo that prints its arguments.
fn installs(framework: &[&str], lock: &str) -> String {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &[PLAIN, framework].concat());
    std::fs::write(dir.join("Cargo.lock"), lock).expect("a file can be written");
    let workflow = std::fs::read_to_string(dir.join(".github/workflows/ci.yml"))
        .expect("the workflow is there");
    let (_, step) = workflow
        .split_once("so that both read the source alike.\n      - run: ")
        .expect("the step is there");
    let (step, _) = step
        .split_once("\n      # ")
        .expect("a step comes after it");
    let cargo = r##"cargo() { [ "$1" = pkgid ] && echo "registry+https://index.example#$2@0.1.7" || echo "$@"; }"##;
    let script = format!("{cargo}\n{}", step.trim_start_matches("|\n"));
    let answer = machine.run(
        machine
            .command("bash")
            .args(["-e", "-o", "pipefail", "-c", &script])
            .current_dir(&dir),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.stdout
}

#[test]
fn the_command_line_has_the_release_that_the_service_uses() {
    assert_eq!(installs(&[], ""), "install --locked hecate-om-cli@0.1.7");
}

#[test]
fn the_command_line_is_built_from_the_commit_that_the_service_uses() {
    let url = "https://forge.example.org/hecate-om";
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for branch in ["", "?branch=main"] {
        let lock = format!("name = \"hecate-om\"\nsource = \"git+{url}{branch}#{commit}\"\n");
        assert_eq!(
            installs(&["--framework", &format!("git:{url}")], &lock),
            format!("install --locked --git {url} --rev {commit} hecate-om-cli")
        );
    }
}
