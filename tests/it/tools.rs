//! The command line on a mesh: calls with a token, measurements, the view of all services.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use hecate_om::identity::NodeId;
use hecate_om_tests::{Answer, Exposition, Process, Sandbox, Service, binary, get, until};
use serde_json::Value;

/// Returns the node id of this key, which is created if it is missing.
fn identity(machine: &Sandbox, key: &str) -> NodeId {
    let answer = machine.cli(&["identity", "--identity", key]);
    assert_eq!(answer.code, 0, "{answer:?}");
    answer.stdout.parse().expect("a node id")
}

#[test]
fn a_restricted_call_needs_the_token_and_its_key() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let node = identity(&machine, "caller.key");
    assert_eq!(identity(&machine, "caller.key"), node, "the key is kept");
    let token = machine.token_text(node, "trial/members");
    std::fs::write(machine.path().join("token.txt"), &token).unwrap();
    let call = ["call", "hecate-trial/trial.members", "--json"];
    let with = |more: &[&str]| machine.cli(&[&call[..], more].concat());

    let answered = with(&["--ucan", "token.txt", "--identity", "caller.key"]);
    assert_eq!(answered.code, 0, "{answered:?}");
    assert_eq!(answered.json()["result"], 1);
    let read = machine.run(
        machine
            .command("sh")
            .args(["-c", "exec \"$0\" \"$@\" < token.txt"])
            .arg(binary("hecate-om"))
            .args(call)
            .args(["--ucan", "-", "--identity", "caller.key"]),
    );
    assert_eq!(read.json()["result"], 2, "{read:?}");

    // Without a token, and with a token that was issued to another node.
    for refused in [with(&[]), with(&["--ucan", "token.txt"])] {
        assert_eq!(refused.code, 1, "{refused:?}");
        let error = refused.json()["error"].take();
        assert_eq!(error["kind"], "provider_error", "{error}");
        assert_eq!(error["code"], "unauthorized", "{error}");
        assert_eq!(error["retryable"], false, "{error}");
    }
    let absent = machine.cli(&["call", "nobody/serves.this", "--timeout", "2s", "--json"]);
    assert_eq!(absent.json()["error"]["kind"], "no_provider", "{absent:?}");
    let refused = machine.cli(&[
        "call",
        "hecate-trial/get_limits",
        r#"{"procedure": "x/y"}"#,
        "--json",
    ]);
    let error = refused.json()["error"].take();
    assert_eq!(error["kind"], "provider_error", "{error}");
    assert_eq!(error["code"], "unknown_procedure");
    assert!(
        error["detail"].as_str().unwrap().contains("`x/y`"),
        "{error}"
    );
}

#[test]
fn the_mesh_options_override_the_environment() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let mesh = machine.mesh_info();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let seed = format!(
        "{}:{}@{}",
        text(&mesh["station"]["host"]),
        mesh["station"]["port"],
        text(&mesh["station"]["node_id"])
    );
    let key = machine.path().join("realm.pub");
    std::fs::write(&key, text(&mesh["realm"]["key"])).unwrap();
    for realm in [text(&mesh["realm"]["name"]), text(&mesh["realm"]["id"])] {
        let answer = machine.run(
            machine
                .command(binary("hecate-om"))
                .env("MACULA_STATION_SEEDS", "127.0.0.1:1")
                .env("HECATE_PROFILE", "pq_hybrid")
                .args([
                    "call",
                    "hecate-echo/echo.say",
                    r#""there""#,
                    "--seed",
                    &seed,
                ])
                .args(["--realm", &realm, "--realm-key"])
                .arg(format!("@{}", key.display()))
                .args(["--profile", &text(&mesh["profile"])]),
        );
        assert_eq!(
            (answer.code, answer.stdout.as_str()),
            (0, r#""there""#),
            "{answer:?}"
        );
    }
}

/// Asserts that the number of calls is the sum of the outcomes.
fn check_sum(summary: &Value) {
    let number = |key: &str| {
        summary[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{key}: {summary}"))
    };
    assert_eq!(
        number("calls"),
        number("ok") + number("errors"),
        "{summary}"
    );
    let by_code = summary["errors_by_code"].as_object().expect("a map");
    let by_code: u64 = by_code.values().filter_map(Value::as_u64).sum();
    assert_eq!(by_code, number("errors"), "{summary}");
}

#[test]
fn the_numbers_of_a_bench_add_up() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let bench = machine.cli(&[
        "bench",
        "hecate-echo/echo.say",
        r#""hello""#,
        "--calls",
        "300",
        "--concurrency",
        "4",
    ]);
    assert_eq!(bench.code, 0, "{bench:?}");
    let summary = bench.json();
    check_sum(&summary);
    assert_eq!(summary["calls"], 300);
    assert_eq!(summary["ok"], 300);
    assert_eq!(summary["request_bytes"], 300 * 7);
    assert_eq!(summary["response_bytes"], 300 * 7);
    let latency = |key: &str| summary["latency_ms"][key].as_f64().unwrap();
    assert!(
        latency("min") > 0.0 && latency("p50") <= latency("p99"),
        "{summary}"
    );
    assert!(latency("p99") <= latency("max"), "{summary}");
    assert_eq!(summary["interrupted"], false);
    assert!(summary["note"].is_null(), "{summary}");

    let absent = machine.cli(&["bench", "nobody/serves.this", "--timeout", "2s", "--json"]);
    assert_eq!(absent.code, 1, "{absent:?}");
    assert_eq!(absent.json()["error"]["kind"], "no_provider", "{absent:?}");
}

#[test]
fn a_bench_that_reaches_the_rate_limit_says_how_to_raise_it() {
    let machine = Sandbox::new();
    let _echo = Service::start(
        machine
            .service("hecate-echo")
            .env("HECATE_GUARD_LIMITS", "per_caller_max=20,window_ms=3600000"),
    );
    let bench = machine.cli(&[
        "bench",
        "hecate-echo/echo.say",
        r#""x""#,
        "--calls",
        "100",
        "--json",
    ]);
    let summary = bench.json()["result"].take();
    check_sum(&summary);
    assert!(
        summary["errors_by_code"]["rate_limited"].as_u64() > Some(0),
        "{summary}"
    );
    let note = summary["note"].as_str().unwrap();
    assert!(note.contains("HECATE_GUARD_LIMITS"), "{note}");
}

#[test]
fn an_interrupted_bench_reports_its_results_so_far() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");
    let mut bench = machine.command(binary("hecate-om"));
    bench.args([
        "bench",
        "hecate-echo/echo.say",
        r#""x""#,
        "--duration",
        "10m",
    ]);
    let bench = Process::start(&mut bench);
    let labels = [("rpc_method", "hecate-echo/echo.say"), ("outcome", "ok")];
    until("called more than once for each caller", || {
        let (_, page) = get(&echo.health, "/metrics").expect("the listener answers");
        let calls = Exposition::parse(&page).value("hecate_calls_total", &labels);
        (calls > 100.0).then_some(()).ok_or(calls)
    });
    bench.signal("INT");
    let (status, output) = bench.end();
    assert!(status.success(), "{output}");
    let summary: Value = serde_json::from_str(&output).unwrap_or_else(|e| panic!("{e}: {output}"));
    check_sum(&summary);
    assert_eq!(summary["interrupted"], true);
    assert!(summary["ok"].as_u64() > Some(0), "{summary}");
}

pub(crate) fn lines(answer: &Answer) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    answer.stdout.lines().map(line).collect()
}

#[test]
fn top_prints_a_line_per_service_with_values_of_its_health_listener() {
    let machine = Sandbox::new();
    let echo = machine.start("hecate-echo");
    let trial = machine.start("hecate-trial");
    echo.ready();
    trial.ready();
    for _ in 0..20 {
        let called = machine.cli(&["call", "hecate-echo/echo.say", r#""x""#]);
        assert_eq!(called.code, 0, "{called:?}");
    }
    let health = format!("http://{}", echo.health);
    let answer = machine.cli(&[
        "top",
        "--once",
        "--health",
        &health,
        "--health",
        "127.0.0.1:1",
    ]);
    // The failure of the second listener, reported after all lines.
    assert_eq!(answer.code, 1, "{answer:?}");
    let lines = lines(&answer);
    let of = |org: &str| {
        let of: Vec<&Value> = lines.iter().filter(|line| line["org"] == org).collect();
        assert_eq!(of.len(), 1, "{org}: {lines:?}");
        of[0]
    };
    let echo = of("hecate-echo");
    assert_eq!(echo["status"], "ok", "{echo}");
    assert_eq!(echo["ready"], true, "{echo}");
    assert_eq!(echo["health"], health.as_str(), "{echo}");
    assert!(echo["calls_per_s"].as_f64() > Some(0.0), "{echo}");
    assert!(echo["p99_ms"].as_f64() > Some(0.0), "{echo}");
    assert_eq!(echo["node_id"].as_str().map(str::len), Some(64), "{echo}");
    let trial = of("hecate-trial");
    assert_eq!(trial["status"], "ok", "{trial}");
    assert!(
        trial["ready"].is_null() && trial["calls_per_s"].is_number(),
        "{trial}"
    );
    assert_eq!(of("http://127.0.0.1:1")["status"], "unreachable");
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    let mut top = machine
        .command(binary("hecate-om"))
        .args(["top", "--interval", "200ms"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(top.stdout.take().unwrap());
    let seen = reader.by_ref().lines().map_while(Result::ok);
    // On a busy machine, the first snapshots may precede the service's first advertisement.
    assert!(seen.take(100).any(|line| line.contains("hecate-echo")));
    drop(reader);
    let ended = top.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), &*stderr), (Some(0), ""));
}

#[test]
fn published_facts_reach_watch() {
    const TOPIC: &str = "acme/shop/order_placed_v1";
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let watch = |more: &[&str]| {
        let mut watch = machine.command(binary("hecate-om"));
        watch.args(["watch", TOPIC]).args(more);
        let mut watch = Process::start(&mut watch);
        watch.wait_for("watching");
        watch
    };
    let mut counting = watch(&["--count", "3"]);
    let mut forever = watch(&[]);
    let node = identity(&machine, "publisher.key");
    let published = machine.cli(&[
        "publish",
        TOPIC,
        r#"{"order": 1, "paid": true, "receipt": {"$bytes": "AAH/"}}"#,
        "--identity",
        "publisher.key",
    ]);
    assert_eq!(published.code, 0, "{published:?}");
    assert_eq!(published.json()["published"], 1);
    let received: Value = serde_json::from_str(&counting.wait_for("event")).unwrap();
    assert_eq!(received["event"], "fact", "{received}");
    assert_eq!(received["topic"], TOPIC);
    assert_eq!(received["publisher"], node.to_string());
    // The wire has no booleans, and facts have no description that could restore them.
    let fact = serde_json::json!({"order": 1, "paid": 1, "receipt": {"$bytes": "AAH/"}});
    assert_eq!(received["fact"], fact);

    let lines = machine.run(
        machine
            .command("sh")
            .args(["-c", "printf '2\\n\\n3\\n' | \"$0\" \"$@\""])
            .arg(binary("hecate-om"))
            .args(["publish", TOPIC, "--lines"]),
    );
    assert_eq!(lines.json()["published"], 2, "{lines:?}");
    let (status, output) = counting.end();
    assert!(status.success(), "{output}");
    assert!(output.contains("3 facts in"), "{output}");
    forever.wait_for(r#""fact":3"#);
    forever.signal("INT");
    let (status, output) = forever.end();
    assert!(
        status.success() && output.contains("3 facts in"),
        "{output}"
    );

    let no_topic = machine.cli(&["publish", "acme/shop/no version", "1", "--json"]);
    assert_eq!(no_topic.code, 2, "{no_topic:?}");
    assert_eq!(no_topic.json()["error"]["kind"], "invalid_argument");
}

/// Escape sequences that enter and leave the terminal's alternate screen.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

#[test]
fn top_restores_the_terminal_however_it_ends() {
    let has = Command::new("script").arg("--version").output();
    if !has.is_ok_and(|has| String::from_utf8_lossy(&has.stdout).contains("util-linux")) {
        assert!(
            std::env::var_os("CI").is_none(),
            "`script` of util-linux is not installed"
        );
        eprintln!("skipped: `script` of util-linux is not installed");
        return;
    }
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    for end in ["q", "\x03", "TERM"] {
        let inner = format!(
            "stty rows 24 cols 100; echo $$ > pid; exec '{}' top --interval 200ms",
            binary("hecate-om").display()
        );
        let mut terminal = machine
            .command("script")
            .args(["-qec", &inner, "/dev/null"])
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut screen = terminal.stdout.take().unwrap();
        let mut keys = terminal.stdin.take().unwrap();
        let mut seen = String::new();
        let mut read = |until: &str| {
            let mut bytes = [0; 4096];
            while !seen.contains(until) {
                let n = screen.read(&mut bytes).unwrap();
                assert!(n > 0, "`{until}` is not in {seen:?}");
                seen.push_str(&String::from_utf8_lossy(&bytes[..n]));
            }
        };
        read(ENTER);
        read("hecate-echo");
        match end {
            "TERM" => {
                let id = std::fs::read_to_string(machine.path().join("pid")).unwrap();
                let sent = Command::new("kill")
                    .args(["-s", "TERM", id.trim()])
                    .status();
                assert!(sent.unwrap().success());
            }
            key => {
                keys.write_all(key.as_bytes()).unwrap();
                keys.flush().unwrap();
            }
        }
        read(LEAVE);
        drop(keys);
        assert!(terminal.wait().unwrap().success(), "{end:?}");
    }
}
