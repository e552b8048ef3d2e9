//! Refusals of `scaffold`, and that they leave nothing behind.

use hecate_om_tests::{Sandbox, workspace};

use super::{cli, files, scaffold};

const ENOUGH: [&str; 4] = ["--name", "a-service", "--description", "Does X"];

#[test]
fn all_errors_are_reported_at_once_and_nothing_is_written() {
    let machine = Sandbox::new();
    let answer = cli(
        &machine,
        &[
            "scaffold",
            "--name",
            "New",
            "--org",
            "X",
            "--runtime-image",
            "alpine",
        ],
    );
    assert_eq!(answer.code, 2, "{answer:?}");
    for text in ["`New`", "--description", "the org `X`", "--builder-image"] {
        assert!(answer.stderr.contains(text), "{text}: {answer:?}");
    }
    assert!(files(machine.path()).is_empty());
}

#[test]
fn errors_are_indented_only_in_text() {
    let machine = Sandbox::new();
    let args = ["scaffold", "--name", "New", "--org", "X"];
    let answer = cli(&machine, &args);
    assert!(answer.stderr.contains("\n       the org `X`"), "{answer:?}");
    let answer = cli(&machine, &[&args[..], &["--json"]].concat());
    let json = answer.json();
    let message = json["error"]["message"].as_str().expect("a text");
    assert!(message.contains("\nthe org `X`"), "{message}");
}

#[test]
fn a_local_framework_is_pointed_out() {
    let machine = Sandbox::new();
    let framework = format!("path:{}", workspace().display());
    let given = [&["scaffold"][..], &ENOUGH, &["--framework", &framework]].concat();
    let answer = cli(&machine, &given);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(
        answer.stdout.contains("builds on this machine only"),
        "{answer:?}"
    );
    let registry = [&["scaffold", "--path", "other"][..], &ENOUGH].concat();
    let answer = cli(&machine, &registry);
    assert!(!answer.stdout.contains("machine only"), "{answer:?}");
}

#[test]
fn without_a_terminal_there_are_no_prompts() {
    let machine = Sandbox::new();
    let answer = cli(&machine, &["scaffold"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("missing `--name`"), "{answer:?}");
}

#[test]
fn an_existing_folder_is_left_unchanged() {
    let machine = Sandbox::new();
    let dir = machine.path().join("a-service");
    std::fs::create_dir(&dir).unwrap();
    let answer = cli(&machine, &[&["scaffold"][..], &ENOUGH].concat());
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.stderr.contains("already exists"), "{answer:?}");
    assert!(files(machine.path()).is_empty());
}

#[test]
fn neither_a_file_nor_a_link_that_leads_nowhere_is_replaced() {
    let machine = Sandbox::new();
    let at = |name: &str| machine.path().join(name);
    std::fs::write(at("file"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", at("link")).unwrap();
    for path in ["file", "link"] {
        let answer = cli(
            &machine,
            &[&["scaffold", "--path", path][..], &ENOUGH].concat(),
        );
        assert_eq!(answer.code, 1, "{answer:?}");
        assert!(answer.stderr.contains("already exists"), "{answer:?}");
    }
    assert_eq!(std::fs::read_to_string(at("file")).unwrap(), "mine");
    assert!(at("link").is_symlink() && !at("nowhere").exists());
    let answer = cli(
        &machine,
        &[&["scaffold", "--path", "new/.."][..], &ENOUGH].concat(),
    );
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(!at("new").exists());
}

#[test]
fn an_invalid_name_is_refused_with_a_valid_one() {
    let machine = Sandbox::new();
    for (name, proposed) in [
        ("Acme Shop", "as in `acme-shop`"),
        ("test", "try `test-service`"),
        ("hecate-om", "try `hecate-om-service`"),
    ] {
        let answer = cli(
            &machine,
            &["scaffold", "--name", name, "--description", "Does X"],
        );
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains(proposed), "{answer:?}");
    }
    assert!(files(machine.path()).is_empty());
}

#[test]
fn the_printed_commands_run_in_a_shell() {
    let machine = Sandbox::new();
    let path = "my services/it's new";
    std::fs::create_dir(machine.path().join("my services")).unwrap();
    let answer = cli(
        &machine,
        &[&["scaffold", "--path", path][..], &ENOUGH].concat(),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    let change = answer.stdout.lines().find(|line| line.starts_with("  cd "));
    let script = format!(
        "{} && cat Cargo.toml",
        change.expect("the output has a `cd`")
    );
    let typed = machine.run(machine.command("bash").args(["-c", &script]));
    assert!(typed.stdout.contains("name = \"a-service\""), "{typed:?}");
    let there: Vec<_> = std::fs::read_dir(machine.path().join("my services"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(there, ["it's new"], "nothing else is left there");
}

#[test]
fn a_folder_that_cannot_be_written_leaves_nothing_behind() {
    let machine = Sandbox::new();
    std::fs::write(machine.path().join("file"), "").unwrap();
    let args = [
        &["scaffold", "--path", "file/service", "--json"][..],
        &ENOUGH,
    ]
    .concat();
    let answer = cli(&machine, &args);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "failed");
    assert_eq!(files(machine.path()).len(), 1);
}

#[test]
fn an_outdated_manifest_is_refused_with_the_difference() {
    let machine = Sandbox::new();
    let dir = scaffold(&machine, &ENOUGH);
    let source = dir.join("src/count_words.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(
        &source,
        text.replace("timeout = \"5s\"", "timeout = \"6s\""),
    )
    .unwrap();
    let answer = cli(&machine, &["manifest", "--check", "service"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("`\"timeout_ms\": 5000` instead of `\"timeout_ms\": 6000`"),
        "{answer:?}"
    );

    std::fs::write(&source, text.replace("version = 1", "version = 0")).unwrap();
    let answer = cli(&machine, &["manifest", "check", "service"]);
    assert_eq!(answer.code, 1, "{answer:?}");

    std::fs::write(&source, text).unwrap();
    let manifest = dir.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("512 MiB", "1 GiB")).unwrap();
    // `manifest check` accepts manual changes to this value, but the unit is generated from it.
    assert_eq!(cli(&machine, &["manifest", "check", "service"]).code, 0);
    let answer = cli(&machine, &["quadlet", "--check", "service"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("a-service.container` and"),
        "{answer:?}"
    );
    assert_eq!(cli(&machine, &["quadlet", "--write", "service"]).code, 0);
    assert_eq!(cli(&machine, &["quadlet", "--check", "service"]).code, 0);
    let unit = cli(&machine, &["quadlet", "service"]).stdout;
    assert!(unit.contains("\nMemoryMax=1G\n"), "{unit}");
    let dev = cli(&machine, &["quadlet", "--dev", "service"]).stdout;
    assert!(dev.contains("\nImage=localhost/a-service:dev\n"), "{dev}");
}
