//! The templates, rendered by `cargo generate`.

use std::path::PathBuf;
use std::process::Command;

use hecate_om_tests::{Sandbox, workspace};

use super::{files, scaffold, with_compiler};

/// Returns the path of `cargo-generate`, as installed by `.ci/run` or in `PATH`. Returns `None` if
/// it is not installed; under CI, panics instead.
fn cargo_generate() -> Option<PathBuf> {
    let installed = workspace().join("target/tools/bin/cargo-generate");
    let found = [installed, PathBuf::from("cargo-generate")]
        .into_iter()
        .find(|program| Command::new(program).arg("--version").output().is_ok());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "`cargo-generate` is not installed, and under CI nothing is skipped"
    );
    found
}

#[test]
fn cargo_generate_makes_the_same_files() {
    let Some(program) = cargo_generate() else {
        eprintln!("skipped: `cargo-generate` is not installed");
        return;
    };
    let odd = "É: 100 % for $0 & {{ but }} `x` #1";
    for (name, slices, values) in [
        (
            "hecate-newservice",
            false,
            vec![("description", "Does X over the mesh")],
        ),
        ("hecate-newservice", true, vec![("description", "Keeps X")]),
        (
            "hecate-newservice",
            false,
            vec![("description", "Does X"), ("bare", "true")],
        ),
        (
            "hecate-newservice",
            true,
            vec![("description", "Does X"), ("bare", "true")],
        ),
        (
            "query-desk2",
            true,
            vec![
                ("description", odd),
                ("org", "acme.labs"),
                ("registry", "registry.example.org:5000"),
                ("license", "MIT"),
                ("health_port", "9000"),
            ],
        ),
        (
            "x9",
            false,
            vec![("description", odd), ("license", "LicenseRef-Proprietary")],
        ),
    ] {
        let machine = Sandbox::new();
        let mut flags = vec!["--name".to_owned(), name.to_owned()];
        let mut defines = vec![format!("slices={slices}")];
        if slices {
            flags.push("--slices".to_owned());
        }
        for (placeholder, value) in values {
            flags.push(format!("--{}", placeholder.replace('_', "-")));
            flags.extend((value != "true").then(|| value.to_owned()));
            defines.push(format!("{placeholder}={value}"));
        }
        let mut generate = machine.command(&program);
        // `cargo generate` requires a user's name, although these templates do not use it.
        generate
            .env("USER", "somebody")
            .args(["generate", "--silent", "--vcs", "none", "--name", name])
            .arg("--path")
            .arg(workspace().join("templates/service"));
        for define in &defines {
            generate.args(["--define", define]);
        }
        let answer = machine.run(with_compiler(&mut generate));
        assert_eq!(answer.code, 0, "{answer:?}");

        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let ours = files(&scaffold(&machine, &flags));
        let theirs = files(&machine.path().join(name));
        let paths = |all: &[(String, String)]| -> Vec<String> {
            all.iter().map(|(path, _)| path.clone()).collect()
        };
        assert_eq!(paths(&ours), paths(&theirs), "{name}");
        for ((path, ours), (_, theirs)) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{name}: {path}");
        }
    }
}
