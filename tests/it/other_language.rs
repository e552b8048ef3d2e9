//! A caller of another implementation: `macula-py`, over macula-go.

use std::path::PathBuf;
use std::process::Command;

use hecate_om_tests::{Sandbox, Service, workspace};

/// Returns a Python with `macula-py` (tests/python/requirements.txt): the one that `.ci/run`
/// installs, or `python3`.
pub(crate) fn python() -> Option<PathBuf> {
    let installed = workspace().join("target/python/bin/python3");
    let candidates = [installed, PathBuf::from("python3")];
    let found = candidates.into_iter().find(|python| {
        Command::new(python)
            .args(["-c", "import macula_py"])
            .output()
            .is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "macula-py is not installed; CI must not skip this: `.ci/run` installs tests/python/requirements.txt"
        );
        eprintln!(
            "SKIPPED: no Python with macula-py; install tests/python/requirements.txt to run this"
        );
    }
    found
}

#[test]
fn macula_py_reads_the_mesh_file_and_calls_two_services() {
    let Some(python) = python() else {
        return;
    };
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let _rag = crate::rag::start(&machine);
    let answer = machine.run(
        machine
            .command(python)
            .arg(workspace().join("tests/python/call_services.py"))
            .arg(machine.mesh_file()),
    );
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.stdout.lines().last(),
        Some("all answered"),
        "{answer:?}"
    );
}

/// Returns the number of Python blocks on the page.
fn blocks(page: &str) -> usize {
    page.lines().filter(|line| *line == "```python").count()
}

#[test]
fn the_guides_python_runs() {
    let Some(python) = python() else {
        return;
    };
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let mut trial = machine.service("hecate-trial");
    let trial = Service::start(trial.env("HECATE_KEM_ADVERTISE", "enabled"));
    // The page's calls wait only for their responses.
    trial.ready();
    let page = workspace().join("docs/callers-in-other-languages.md");
    let run = workspace().join("tests/python/run_page.py");
    let ran = machine.run(machine.command(python).arg(run).arg(&page));
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let text = std::fs::read_to_string(page).expect("the page is there");
    assert_eq!(ran.stdout, format!("{} blocks ran", blocks(&text)));
}
