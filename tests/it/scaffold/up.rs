//! `up`: a workspace's services, built, run, watched and drained.

use std::path::Path;
use std::process::Command;

use hecate_om_tests::{Process, Sandbox, binary, until, workspace};
use serde_json::Value;

use super::build::service;
use super::with_compiler;

fn command(machine: &Sandbox, dir: &Path, args: &[&str]) -> Command {
    let mut command = machine.command(binary("hecate-om"));
    with_compiler(&mut command)
        .args(args)
        .current_dir(dir)
        .env("CARGO_TARGET_DIR", workspace().join("target"))
        .env("CARGO_INCREMENTAL", "0");
    command
}

/// Returns the JSON that a command prints.
#[track_caller]
fn ask(machine: &Sandbox, dir: &Path, args: &[&str]) -> Value {
    let answer = machine.run(&mut command(machine, dir, args));
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.json()
}

/// Returns the id of a process in an event such as `started as process 7`.
fn pid(line: &str) -> String {
    let digits = line.rsplit("process ").next().unwrap_or_default();
    digits.chars().take_while(char::is_ascii_digit).collect()
}

fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended.
    !stat.is_empty() && !stat.contains(") Z ")
}

// Ignored like the other tests that build a service: its dependencies are compiled with other features
// than those of this workspace. `just scaffold` runs them.
#[test]
#[ignore = "builds a service, which takes minutes; `.ci/run` runs it"]
fn services_are_built_run_restarted_and_drained() {
    let machine = Sandbox::new();
    let dir = service(
        &machine,
        &["--name", "hecate-upped", "--description", "Does X"],
    );
    // Ready once, for scripts.
    let once = machine.run(&mut command(&machine, &dir, &["up", "--once", "--json"]));
    assert_eq!(once.code, 0, "{once:?}");
    assert!(once.stdout.contains("\"event\":\"ready\""), "{once:?}");
    assert!(once.stdout.contains("drain finished"), "{once:?}");

    let mut up = Process::start(command(&machine, &dir, &["up", "--json"]).arg("hecate-upped"));
    let first = pid(&up.wait_for("started as process"));
    up.wait_for("\"event\":\"ready\"");
    let again = machine.run(&mut command(&machine, &dir, &["up", "--once"]));
    assert!(
        again.code == 1 && again.stderr.contains("hecate-om down"),
        "{again:?}"
    );
    let shown = ask(&machine, &dir, &["ps", "--json"]);
    assert_eq!(shown["result"][0]["name"], "hecate-upped", "{shown}");
    assert_eq!(shown["result"][0]["status"], "ok", "{shown}");

    // A source that does not compile changes nothing.
    let main = dir.join("src/main.rs");
    let source = std::fs::read_to_string(&main).expect("the source is there");
    std::fs::write(&main, format!("{source}\nfn broken( {{")).expect("it is written");
    up.wait_for("the build failed; the running services are kept");
    assert!(is_running(&first), "{}", up.log());
    // One that does is run in its place.
    std::fs::write(
        &main,
        format!("{source}\n// Another line.\npub fn added() {{}}\n"),
    )
    .expect("it is written");
    up.wait_for("draining");
    let second = pid(&up.wait_for("started as process"));
    up.wait_for("\"event\":\"ready\"");
    assert!(!is_running(&first) && is_running(&second), "{}", up.log());

    // A crash is told with what comes next, and is not the end.
    let killed = Command::new("kill")
        .args(["-KILL", &second])
        .status()
        .expect("`kill` runs");
    assert!(killed.success());
    let failed = up.wait_for("\"event\":\"failed\"");
    assert!(
        failed.contains("signal: 9") && failed.contains("starting again in 1s"),
        "{failed}"
    );
    let third = pid(&up.wait_for("started as process"));
    up.wait_for("\"event\":\"ready\"");
    let logs = machine.run(&mut command(&machine, &dir, &["logs", "hecate-upped"]));
    assert!(
        logs.stdout.contains("signal: 9") && logs.stdout.contains("service is live"),
        "{logs:?}"
    );

    let down = ask(&machine, &dir, &["down", "--json"]);
    assert_eq!(down["result"][0], "hecate-upped", "{down}");
    let (status, log) = up.end();
    assert!(status.success(), "{log}");
    assert!(!is_running(&third), "{log}");
    let gone = machine.run(&mut command(&machine, &dir, &["ps"]));
    assert!(
        gone.code == 1 && gone.stderr.contains("does not run"),
        "{gone:?}"
    );

    // Services do not outlive an `up` that is killed.
    let mut up = Process::start(&mut command(&machine, &dir, &["up", "--json"]));
    let orphan = pid(&up.wait_for("started as process"));
    up.wait_for("\"event\":\"ready\"");
    up.signal("KILL");
    until("the service has ended", || {
        if is_running(&orphan) { Err(()) } else { Ok(()) }
    });
}
