//! Capabilities as tools of agents, called by the official MCP client of another language.

use std::process::Command;

use hecate_om_tests::{Sandbox, binary, workspace};
use serde_json::json;

use super::clients::installed;
use super::http::Request;
use super::{Gateway, callers};

/// Runs the client's script, if it is installed, and returns what the server wrote to standard
/// error.
fn run(machine: &Sandbox, args: &[&str]) -> Option<String> {
    // The package installs no program of this name itself.
    let python = installed("target/python/bin/openapi-python-client")?.with_file_name("python3");
    let script = workspace().join("tests/python/call_mcp.py");
    let mut command: Command = machine.command(python);
    let answer = machine.run(command.arg(script).args(args));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(
        answer.stdout.lines().last(),
        Some("all answered"),
        "{answer:?}"
    );
    Some(answer.stderr)
}

#[test]
fn an_agent_lists_and_calls_tools_on_standard_input_and_output() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let program = binary("hecate-om");
    let program = program.to_str().expect("a path is text");
    let names = [
        "text", "document", "refuse", "count_to", "shout", "watch", "streamed", "panic",
    ];
    let allowed: Vec<String> = names
        .iter()
        .map(|name| format!("hecate-trial/trial.{name}"))
        .collect();
    let mut args = vec![
        "stdio",
        program,
        "mcp",
        "--deny",
        "hecate-trial/trial.panic",
    ];
    for name in &allowed {
        args.extend(["--allow", name]);
    }
    let Some(audit) = run(&machine, &args) else {
        return;
    };
    let calls: Vec<serde_json::Value> = audit
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let outcomes: Vec<_> = calls
        .iter()
        .map(|call| call["outcome"].as_str().unwrap_or("none"))
        .collect();
    for outcome in ["ok", "no_such_thing", "invalid_request", "cancelled"] {
        assert!(outcomes.contains(&outcome), "{audit}");
    }
    assert!(
        calls
            .iter()
            .all(|call| call["procedure"] != "hecate-trial/trial.panic"),
        "{audit}"
    );
}

#[test]
fn an_agent_calls_tools_through_the_gateway_with_the_rights_of_its_token() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let reader = ("reader", "reads", "expose = [\"hecate-trial/trial.text\"]");
    let file = callers(&machine, &[("agent", "agent", ""), reader]);
    let gateway = Gateway::start(&machine, &["--mcp", "--callers", &file]);
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let request = Request::get("/mcp")
        .with_method("POST")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(list.to_string());
    let refused = gateway.send(&request);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "unauthorized")
    );
    let page = request
        .clone()
        .header("authorization", "Bearer reads")
        .header("origin", "https://evil.example");
    assert_eq!(gateway.send(&page).status, 403);
    let listed = gateway.send(&request.header("authorization", "Bearer reads"));
    assert_eq!(listed.status, 200, "{listed:?}");
    assert_eq!(
        listed.text().matches("\"inputSchema\"").count(),
        1,
        "{listed:?}"
    );
    assert!(
        listed.text().contains("hecate-trial_trial_text"),
        "{listed:?}"
    );
    run(
        &machine,
        &["http", &format!("http://{}/mcp", gateway.addr), "agent"],
    );
}

#[test]
fn a_description_that_changes_is_marked() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let pins = machine.path().join("pins.json");
    let list = || {
        use std::io::Write as _;
        let mut command = machine.command(binary("hecate-om"));
        command
            .args(["mcp", "--allow", "hecate-echo/*", "--pins"])
            .arg(&pins)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut server = command.spawn().expect("the server starts");
        let client = json!({"name": "test", "version": "1"});
        let params =
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let mut input = server.stdin.take().expect("it is piped");
        for message in [
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
        ] {
            writeln!(input, "{message}").expect("the server reads");
        }
        let mut output = std::io::BufReader::new(server.stdout.take().expect("it is piped"));
        let listed = loop {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut output, &mut line).expect("the server answers");
            let answer: serde_json::Value =
                serde_json::from_str(&line).expect("only JSON is printed");
            if answer["id"] == 2 {
                break answer["result"]["tools"].to_string();
            }
        };
        // The server ends with its client.
        drop(input);
        let ended = server.wait_with_output().expect("it can be waited for");
        assert!(ended.status.success(), "{ended:?}");
        (listed, String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    let (first, _) = list();
    assert!(
        first.contains("hecate-echo_echo_say") && !first.contains("have changed"),
        "{first}"
    );
    let pinned = std::fs::read_to_string(&pins).expect("the pins are written");
    let hash = pinned
        .split('"')
        .nth(3)
        .expect("a tool is pinned")
        .to_owned();
    std::fs::write(&pins, pinned.replace(&hash, &"0".repeat(64))).expect("it can be written");
    let (changed, audit) = list();
    assert!(
        changed.contains("have changed since they were pinned"),
        "{changed}"
    );
    assert!(audit.contains("\"audit\":\"changed\""), "{audit}");
}
