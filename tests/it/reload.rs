//! Services that read their settings again while they run.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hecate_om_tests::{Process, Sandbox, Service, binary, runtime, under, until};
use serde_json::{Value, json};

use crate::signals::DEFAULT_SIGHUP;

const SUCCESSFUL: &str = "hecate_config_last_reload_successful";
const SUCCESS_TIME: &str = "hecate_config_last_reload_success_timestamp_seconds";

/// Replaces a file that only its owner can read.
fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).expect("a file can be written");
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&new, mode).expect("the mode can be set");
    std::fs::rename(&new, path).expect("the file can be replaced");
}

/// Returns the command of the service, and the path of its configuration file with `text`.
fn configured(machine: &Sandbox, text: &str) -> (Command, PathBuf) {
    let file = machine.path().join("configured.env");
    write(&file, text);
    let mut command = machine.service("hecate-configured");
    command.env("HECATE_CONFIG", &file);
    (under(&DEFAULT_SIGHUP, &command), file)
}

fn show(machine: &Sandbox) -> Value {
    let answer = machine.cli(&["call", "hecate-configured/configured.show", "--json"]);
    answer.json()["result"].take()
}

fn reload(service: &mut Service, file: &Path, text: &str, line: &str) -> String {
    write(file, text);
    service.process.signal("HUP");
    service.process.wait_for(line)
}

#[test]
fn a_reload_changes_who_may_call_and_a_malformed_list_changes_nobody() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let node = |key: &str| machine.cli(&["identity", "--identity", key]).stdout;
    let (a, b) = (node("a.key"), node("b.key"));
    let with = |partners: &str| {
        format!(
            "CONFIGURED_GREETING=hello\nCONFIGURED_API_KEY=one\nCONFIGURED_PARTNERS={partners}\n"
        )
    };
    let (mut command, file) = configured(&machine, &with(&a));
    let mut service = Service::start(&mut command);
    service.ready();
    let may_call = |key: &str| {
        let procedure = "hecate-configured/configured.partners";
        let called = machine.cli(&["call", procedure, "--identity", key, "--json"]);
        called.json()["error"].is_null()
    };
    assert!(may_call("a.key") && !may_call("b.key"));
    let line = reload(&mut service, &file, &with(&b), "configuration reloaded");
    assert!(line.contains(r#"changed="CONFIGURED_PARTNERS""#), "{line}");
    assert!(!may_call("a.key") && may_call("b.key"));
    let refused = reload(&mut service, &file, &with("hunter2"), "reload refused");
    assert!(
        refused.contains("CONFIGURED_PARTNERS") && !refused.contains("hunter2"),
        "{refused}"
    );
    assert!(!may_call("a.key") && may_call("b.key"));
}

#[test]
fn a_reload_changes_what_it_can_and_names_what_needs_a_restart() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let old = "CONFIGURED_GREETING=hello\nCONFIGURED_COUNT=1\nCONFIGURED_API_KEY=one\n";
    let (mut command, file) = configured(&machine, old);
    let mut service = Service::start(&mut command);
    service.ready();
    let booted = service.metrics().value(SUCCESS_TIME, &[]);
    let new = "CONFIGURED_GREETING=goodbye\nCONFIGURED_COUNT=2\nCONFIGURED_API_KEY=two\n\
               HECATE_DRAIN_MAX=5s\nHECATE_LOG=info,hecate_om=debug\n";
    let line = reload(&mut service, &file, new, "configuration reloaded");
    let changed = r#"changed="CONFIGURED_API_KEY,CONFIGURED_COUNT,HECATE_LOG""#;
    assert!(line.contains(changed), "{line}");
    let line = service.process.wait_for("keep their old values");
    let kept = r#"settings="CONFIGURED_GREETING,HECATE_DRAIN_MAX""#;
    assert!(line.contains(kept), "{line}");
    service.process.ensure_logged("key changed");
    let shown = show(&machine);
    assert_eq!(
        (&shown["greeting"], &shown["count"]),
        (&json!("hello"), &json!(2))
    );
    // The new filter shows a line at `DEBUG` for each call.
    service.process.wait_for("answered");
    let metrics = service.metrics();
    assert_eq!(metrics.value(SUCCESSFUL, &[]), 1.0);
    assert!(metrics.value(SUCCESS_TIME, &[]) > booted);
    service.process.signal("TERM");
    let (status, log) = service.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(
        !log.contains("API_KEY=") && !log.contains("SIGHUP"),
        "{log}"
    );
    let service = Service::start(&mut command);
    service.ready();
    let restarted = show(&machine);
    assert_eq!(restarted["greeting"], "goodbye");
    for same in ["count", "api_key", "languages", "pause_ms"] {
        assert_eq!(restarted[same], shown[same], "{same}");
    }
}

#[test]
fn a_file_with_mistakes_changes_nothing_and_all_mistakes_are_named() {
    let machine = Sandbox::new();
    let old = "CONFIGURED_GREETING=hello\nCONFIGURED_COUNT=1\n";
    let (mut command, file) = configured(&machine, old);
    let mut service = Service::start(&mut command);
    service.ready();
    let before = show(&machine);
    let bad =
        "CONFIGURED_COUNT=two\nCONFIGURED_LANGUAGES=nl\nHECATE_DRAIN_MAX=soon\nHECATE_LOG=off\n";
    reload(
        &mut service,
        &file,
        bad,
        "reload refused, and nothing has changed: 3 problems",
    );
    service
        .process
        .wait_for("setting_malformed: HECATE_DRAIN_MAX");
    service
        .process
        .wait_for("setting_missing: CONFIGURED_GREETING");
    service
        .process
        .wait_for("setting_malformed: CONFIGURED_COUNT");
    assert_eq!(show(&machine), before);
    assert_eq!(service.metrics().value(SUCCESSFUL, &[]), 0.0);
    let refused = "CONFIGURED_GREETING=hello\nCONFIGURED_COUNT=0\nCONFIGURED_LANGUAGES=nl\n";
    reload(
        &mut service,
        &file,
        refused,
        "the service's `reload` failed: there is no answer",
    );
    assert_eq!(show(&machine), before);
    std::fs::remove_file(&file).expect("the file can be removed");
    service.process.signal("HUP");
    service.process.wait_for("config_file_unreadable");
    assert_eq!(show(&machine), before);
    let good = "CONFIGURED_GREETING=hello\nCONFIGURED_COUNT=3\n";
    reload(&mut service, &file, good, "configuration reloaded");
    assert_eq!(show(&machine)["count"], 3);
    assert_eq!(service.metrics().value(SUCCESSFUL, &[]), 1.0);
}

#[test]
fn no_call_fails_or_sees_half_a_reload() {
    const RELOADS: usize = 30;
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let text = |count: usize, language: &str| {
        format!(
            "CONFIGURED_GREETING=hello\nCONFIGURED_COUNT={count}\nCONFIGURED_LANGUAGES={language}\n"
        )
    };
    let (mut command, file) = configured(&machine, &text(1, "l1"));
    let mut service = Service::start(&mut command);
    service.ready();
    let (ended, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    let caller = async || {
        let client = machine.client().await;
        while !ended.load(Ordering::Relaxed) {
            let call = client.mesh().procedure("hecate-configured/configured.show");
            let shown: Value = call.call(&()).await.expect("the call is answered");
            let count = shown["count"].as_u64().expect("a number");
            assert_eq!(shown["languages"], json!([format!("l{count}")]), "{shown}");
            calls.fetch_add(1, Ordering::Relaxed);
        }
        client.close().await;
    };
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| runtime().block_on(caller())))
            .collect();
        until("calls", || match calls.load(Ordering::Relaxed) {
            0 => Err("no call yet"),
            _ => Ok(()),
        });
        for round in 2..RELOADS + 2 {
            let language = format!("l{round}");
            let mut new = text(round, &language);
            let line = if round % 3 == 0 {
                new.push_str("CONFIGURED_PAUSE=long\n");
                "reload refused"
            } else {
                "configuration reloaded"
            };
            reload(&mut service, &file, &new, line);
        }
        ended.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.join().expect("every call is answered");
        }
    });
    assert!(calls.load(Ordering::Relaxed) > 2);
    service.process.signal("TERM");
    let (status, log) = service.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    let reloads = log.matches("configuration reloaded").count();
    assert_eq!(reloads, RELOADS - RELOADS / 3, "{log}");
}

#[test]
fn sighup_reloads_while_the_terminal_is_open_and_drains_once_it_is_gone() {
    let machine = Sandbox::new();
    let file = machine.path().join("configured.env");
    write(&file, "CONFIGURED_GREETING=hello\n");
    let path = |name: &str| machine.path().join(name);
    let (log, pid) = (path("log"), path("pid"));
    let script = path("run");
    let text = format!(
        "echo $$ > '{}'\nexec env --default-signal=HUP '{}' 2> '{}'\n",
        pid.display(),
        binary("hecate-configured").display(),
        log.display()
    );
    std::fs::write(&script, text).expect("a file can be written");
    let command = format!("exec sh '{}'", script.display());
    let mut terminal = machine.command("script");
    terminal
        .args(["--quiet", "--flush", "--command", &command, "/dev/null"])
        .env("HECATE_HEALTH_PORT", "0")
        .env("HECATE_CONFIG", &file);
    let mut terminal = Process::start(&mut terminal);
    let logged = |text: &str| {
        until(text, || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            if log.contains(text) { Ok(()) } else { Err(log) }
        });
    };
    logged("service is live");
    let service = std::fs::read_to_string(&pid).expect("the shell has written it");
    let signal = Command::new("kill").args(["-HUP", service.trim()]).status();
    assert!(signal.expect("`kill` runs").success());
    logged("configuration reloaded");
    terminal.signal("KILL");
    logged("SIGHUP");
    logged("drain finished");
    assert!(!terminal.is_running());
}
