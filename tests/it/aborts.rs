//! A service whose Cargo profile sets `panic = "abort"`.

use std::path::Path;

use hecate_om_tests::{Compiler, Process, Sandbox, build_messages, workspace};
use serde_json::Value;

const PACKAGE: &str = "hecate-echo";

/// Compiles the echo with `panic = "abort"` and links it to the dependencies that are already
/// built. Cargo would compile all of them again.
fn compile_aborting(to: &Path) {
    let messages = build_messages();
    let of = |reason: &'static str| {
        let has_reason = move |message: &&Value| message["reason"] == reason;
        messages.iter().filter(has_reason)
    };
    let is_echo = |of: &&Value| of["target"]["name"] == PACKAGE && of["target"]["kind"][0] == "bin";
    let echo = of("compiler-artifact").find(is_echo);
    let echo = echo.expect("the echo is built");
    let mut scripts = of("build-script-executed");
    let script = scripts.find(|script| script["package_id"] == echo["package_id"]);
    let env = script.expect("the package has a build script")["env"].as_array();
    let env = env.expect("a list").iter();
    let env = env.map(|pair| (text(&pair[0]), text(&pair[1])));

    let mut rustc = Compiler::new(&messages, &[]).command();
    rustc
        .current_dir(workspace())
        .envs(env)
        .env("CARGO_CRATE_NAME", "hecate_echo")
        .env("CARGO_PKG_NAME", PACKAGE)
        .env("CARGO_PKG_VERSION", "0.1.0")
        .env("CARGO_PKG_DESCRIPTION", "")
        .args(["--crate-name=hecate_echo", "-Cpanic=abort"])
        .arg(text(&echo["target"]["src_path"]))
        .arg("-o")
        .arg(to);
    let compiled = rustc.output().expect("rustc can be run");
    let errors = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{errors}");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[test]
fn a_service_with_aborting_panics_warns_at_boot_despite_its_log_filter() {
    let machine = Sandbox::new();
    let binary = machine.path().join(PACKAGE);
    compile_aborting(&binary);
    let mut command = machine.command(&binary);
    let command = command.envs([("HECATE_HEALTH_PORT", "0"), ("HECATE_LOG", "off")]);
    let mut process = Process::start(command.env("HECATE_LOG_FORMAT", "text"));
    let warning = process.wait_for("a panic in a handler ends the service");
    assert!(warning.contains("WARN"), "{warning}");
    assert!(warning.contains(r#"`panic = "abort"`"#), "{warning}");
    process.signal("TERM");
    assert_eq!(process.end().0.code(), Some(0));
}
