//! Clients that well-known generators make from the gateway's description.

use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Sandbox, workspace};

use super::Gateway;
use super::http::Request;

/// Returns a program that `.ci/run` installs, if it is there.
pub(super) fn installed(path: &str) -> Option<PathBuf> {
    let program = workspace().join(path);
    let found = program.exists().then_some(program);
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "`{path}` is missing; CI must not skip this: `.ci/run` installs it"
        );
        eprintln!("SKIPPED: `{path}` is missing; `.ci/run` installs it");
    }
    found
}

fn url(gateway: &Gateway) -> String {
    format!("http://{}", gateway.addr)
}

#[test]
fn a_python_client_is_generated_and_calls() {
    let Some(generator) = installed("target/python/bin/openapi-python-client") else {
        return;
    };
    let machine = Sandbox::new();
    let (_echo, _trial) = (machine.start("hecate-echo"), machine.start("hecate-trial"));
    let gateway = Gateway::start(&machine, &[]);
    let script = workspace().join("tests/python/call_gateway.py");
    let mut python = machine.command(generator.with_file_name("python3"));
    let answer = machine.run(python.arg(script).arg(url(&gateway)).arg(machine.path()));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.stdout.lines().last(),
        Some("all answered"),
        "{answer:?}"
    );
}

#[test]
fn a_typescript_client_is_generated_and_calls() {
    let Some(modules) = installed("target/typescript/node_modules") else {
        return;
    };
    let machine = Sandbox::new();
    let (_echo, _trial) = (machine.start("hecate-echo"), machine.start("hecate-trial"));
    let gateway = Gateway::start(&machine, &[]);
    // Modules are found in the folder of the source.
    std::os::unix::fs::symlink(&modules, machine.path().join("node_modules"))
        .expect("it can be linked");
    let source = workspace().join("tests/typescript/call.mts");
    std::fs::copy(source, machine.path().join("call.mts")).expect("it can be copied");
    std::fs::copy(
        workspace().join("tests/typescript/package.json"),
        machine.path().join("package.json"),
    )
    .expect("it can be copied");
    let description = gateway.send(&Request::get("/openapi.json"));
    std::fs::write(machine.path().join("openapi.json"), &description.body)
        .expect("it can be written");
    let run = |program: &str, args: &[&str]| {
        let mut node = node(&machine, &modules);
        let answer = machine.run(node.arg(modules.join(program)).args(args));
        assert_eq!(answer.code, 0, "{program}: {answer:?}");
        answer
    };
    run(
        "openapi-typescript/bin/cli.js",
        &["openapi.json", "-o", "api.ts"],
    );
    let strict = [
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2022",
        "--skipLibCheck",
    ];
    run("typescript/bin/tsc", &[&strict[..], &["call.mts"]].concat());
    let answer = machine.run(node(&machine, &modules).arg("call.mjs").arg(url(&gateway)));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.stdout.lines().last(),
        Some("all answered"),
        "{answer:?}"
    );
}

/// Returns the Node.js that `.ci/run` installs, or `node`.
fn node(machine: &Sandbox, modules: &Path) -> Command {
    let installed = modules.with_file_name("node");
    if installed.exists() {
        machine.command(installed)
    } else {
        machine.command("node")
    }
}
