//! A mesh of hecate-om, whose signatures are made by AWS-LC, of `macula-rust` as it is published,
//! and of `macula-py`, over macula-go. Each serves a procedure, and calls those of the others.

use std::process::Command;

use hecate_om_benches::commands::{CALLS_ONLY, MESH, ORG};
use hecate_om_tests::{Process, Sandbox, Service, Worker, binary_of_workspace, runtime, workspace};

use crate::other_language::python;

#[test]
fn implementations_call_each_other_in_pq_pure() {
    call_each_other("pq_pure");
}

#[test]
fn implementations_call_each_other_in_pq_hybrid() {
    call_each_other("pq_hybrid");
}

fn call_each_other(profile: &str) {
    let Some(python) = python() else {
        return;
    };
    let machine = Sandbox::new();
    let _mesh = machine.mesh_with_profile(profile);
    let mut echo = machine.service("hecate-echo");
    let echo = Service::start(echo.env("HECATE_PROFILE", profile));
    let published = binary_of_workspace("benches/unpatched", "hecate-om-unpatched");
    let published = |org: &str| {
        let mut command = Command::new(&published);
        let mesh = machine.mesh_file();
        command
            .env(MESH, mesh.parent().expect("a file in a folder"))
            .env(ORG, org);
        command
    };
    let _published = Worker::start(&mut published("published"));
    echo.ready();

    let script = workspace().join("tests/python/echo.py");
    let mut command = machine.command(python);
    command.arg(script).arg(machine.mesh_file()).args([
        "python",
        "hecate-echo/echo.say",
        "published/echo.say",
    ]);
    let mut python = Process::start(&mut command);
    python.wait_for("serving");

    for org in ["hecate-echo", "python"] {
        // The worker compares the answer with its request.
        Worker::start(published(org).env(CALLS_ONLY, "1")).ask("calls 1 1 64");
    }

    runtime().block_on(async {
        let client = machine.client().await;
        for org in ["published", "python"] {
            let procedure = format!("{org}/echo.say");
            let answer: String = client
                .mesh()
                .procedure(&procedure)
                .call("hello")
                .await
                .unwrap_or_else(|error| panic!("{procedure}: {error}"));
            assert_eq!(answer, "hello");
        }
        client.close().await;
    });
}
