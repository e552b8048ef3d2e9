//! Exit codes and messages of the command line, without a mesh.

use std::process::Command;

use hecate_om_tests::Sandbox;

#[test]
fn an_invalid_invocation_exits_with_2_and_a_reason() {
    let machine = Sandbox::new();
    for args in [
        &["call"][..],
        &["call", "nonsense", "1"],
        &["call", "/b", "1"],
        &["call", "a/", "1"],
        &["call", "a b/c", "1"],
        &["call", "a/b c", "1"],
        &["call", "Acme/b", "1"],
        &["call", "~12/b", "1"],
        &["call", "a/b", "{\"a\": 1, \"a\": 2}"],
        &["describe", "a b"],
        &["ls", "a b"],
        &["top", "a b"],
        &["describe", "/b"],
        &["describe", "a/"],
        &["call", "a/b", "not json"],
        &["call", "a/b", "{}", "--timeout", "soon"],
        &["call", "a/b", "{}", "--provider", "xyz"],
        &["call", "a/b", "{}", "--provider", &"00".repeat(32)],
        &["cal", "a/b"],
        &["manifest", "show"],
        &["dev", "--profile", "classic"],
        &["bench"],
        &["bench", "a/b", "--concurrency", "0"],
        &["bench", "a/b", "--calls", "5", "--duration", "5s"],
        &["call", "a/b", "18446744073709551616"],
        &["call", "a/b", "{\"$bytes\": \"not base64\"}"],
        &["top", "--interval", "1ms"],
        &["top", "--interval", "2s", "--once"],
        &["manifest", "show", "manifest.json", "--realm", "io.macula"],
        &["manifest", "check", "--identity", "node.key"],
        &["manifest", "diff", "a.json", "b.json", "--timeout", "1s"],
        &["client", "--from", "service.json", "--timeout", "1s"],
        &["client", "--from", "service.json", "--framework", "here"],
        &["client", "--from", ""],
        &["client", "--from", "service.json", "--org", "a b"],
        &["client", "--from", "service.json", "--org", "A"],
        &["client", "--from", "service.json", "--org", ""],
        &["manifest", "diff", "-", "-"],
        &["publish", "a/b/c_happened_v1", "1", "--ttl", "2h"],
        &["watch", "a/b/c_happened_v1", "--duration", "25h"],
        &["token", "--can", "a", "--for", &"00".repeat(32)],
        &["top", "--health", "https://localhost:8470"],
        &["publish"],
        &["publish", "a/b/c_happened_v1"],
        &["publish", "a/b/c_happened_v1", "not json"],
        &["publish", "a/b/c_happened_v1", "1", "--lines"],
        &["watch"],
        &["watch", "a/b/c_happened_v1", "--count", "0"],
        &["identity"],
        &["completions", "tcsh"],
        &["up"],
        &["ps", "--seed", "x"],
        &["mcp"],
        &["mcp", "--allow", "acme"],
        &["gateway"],
    ] {
        let answer = machine.cli(args);
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        assert!(!answer.stderr.is_empty(), "{args:?}");
        let json = machine.cli(&[args, &["--json"]].concat());
        assert_eq!(json.code, 2, "{args:?}: {json:?}");
        assert_eq!(json.json()["error"]["code"], "invalid_argument", "{args:?}");
    }
}

/// Reading a device could use all memory, or never end.
#[test]
fn a_device_is_refused_in_place_of_every_file() {
    let machine = Sandbox::new();
    let node = "01".repeat(32);
    let device = machine.path().join("device");
    std::os::unix::fs::symlink("/dev/zero", &device).unwrap();
    std::os::unix::fs::symlink("/dev/zero", machine.path().join("Cargo.toml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", machine.path().join("manifest.json")).unwrap();
    std::fs::write(machine.path().join("a.json"), "{\"name\": \"a\"}").unwrap();
    for args in [
        &["client", "--from", "/dev/zero"][..],
        &["manifest", "show", "/dev/zero"],
        &["manifest", "diff", "/dev/zero", "a.json"],
        &["manifest", "diff", "a.json", "./device"],
        &["call", "a/b", "@/dev/zero"],
        &["call", "a/b", "--ucan", "/dev/zero"],
        &["call", "a/b", "--items", "/dev/zero"],
        &["call", "a/b", "--realm-key", "@/dev/zero"],
        &["publish", "a/b/c_happened_v1", "@device"],
        &["token", "--can", "a", "--for", &node, "--key", "device"],
        &["quadlet"],
        &["slice", "add", "embed", "--kind", "cmd"],
    ] {
        let answer = machine.cli(args);
        assert!([1, 2].contains(&answer.code), "{args:?}: {answer:?}");
        let why = [
            "neither a regular file nor a pipe",
            "it is not a regular file",
        ];
        let says = why.iter().any(|why| answer.stderr.contains(why));
        assert!(says, "{args:?}: {answer:?}");
    }
    // A pipe has an end.
    let shown = machine.run(
        machine
            .command("bash")
            .args(["-c", "\"$0\" manifest show <(cat a.json)"])
            .arg(hecate_om_tests::binary("hecate-om")),
    );
    assert_eq!(shown.code, 0, "{shown:?}");
    let folder = machine.cli(&["manifest", "show", "."]);
    assert!(folder.stderr.contains("`.`: it is a folder"), "{folder:?}");
}

#[test]
fn all_errors_in_the_mesh_options_are_reported_at_once() {
    let machine = Sandbox::new();
    let answer = machine.cli(&[
        "call",
        "a/b",
        "not json",
        "--seed",
        "station.example",
        "--seed",
        "station.example:0@00",
        "--realm",
        "0011223344556677889900112233445566778899",
        "--realm-key",
        "my secret",
        "--profile",
        "classic",
        "--ucan",
        "nowhere.txt",
        "--json",
    ]);
    assert_eq!(answer.code, 2, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!(error["kind"], "invalid_argument", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("7 invalid arguments\n"), "{message}");
    for mistake in [
        "--seed `station.example`: `@` and the node id are missing",
        "`0` is not a port",
        "has 40",
        "--realm-key",
        "--profile `classic`",
        "--ucan `nowhere.txt`",
        "`not json`: not JSON: expected ident at line 1 column 2",
    ] {
        assert!(message.contains(mistake), "`{mistake}`: {message}");
    }
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn missing_realm_options_are_named_and_a_command_without_a_mesh_accepts_none() {
    let machine = Sandbox::new();
    let node = "00".repeat(32);
    let seed = format!("127.0.0.1@{node}");
    let answer = machine.cli(&["ls", "--seed", &seed, "--json"]);
    assert_eq!(answer.code, 2, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "bad_configuration", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("HECATE_REALM") && message.contains("HECATE_REALM_KEY"),
        "{message}"
    );
    for command in [&["dev"][..], &["completions", "bash"]] {
        let answer = machine.cli(&[command, &["--seed", &seed]].concat());
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains("leave out --seed"), "{answer:?}");
    }
}

#[test]
fn completions_are_valid_in_each_shell() {
    let machine = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = machine.cli(&["completions", shell]);
        assert_eq!(script.code, 0, "{script:?}");
        for word in ["bench", "realm-key"] {
            assert!(script.stdout.contains(word), "{shell} lacks `{word}`");
        }
        let file = machine.path().join(shell);
        std::fs::write(&file, script.stdout).unwrap();
        let has = Command::new(shell).arg("--version").output();
        if has.is_ok_and(|has| has.status.success()) {
            let read = machine.run(machine.command(shell).arg("-n").arg(&file));
            assert_eq!((read.code, read.stderr.as_str()), (0, ""), "{shell}");
        } else {
            eprintln!("{shell} is not installed, and reads nothing");
        }
    }
}

#[test]
fn the_version_names_the_implementation_of_signatures_on_request() {
    let machine = Sandbox::new();
    let version = env!("CARGO_PKG_VERSION");
    let answer = machine.cli(&["version"]);
    assert_eq!(answer.stdout, format!("hecate-om {version}"));
    let answer = machine.cli(&["version", "--verbose"]);
    assert_eq!(answer.stdout, format!("hecate-om {version}\nml_dsa aws-lc"));
    let answer = machine.cli(&["version", "--json"]).json();
    assert_eq!(answer["result"]["version"], version);
    assert_eq!(answer["result"]["ml_dsa"], "aws-lc");
}

#[test]
fn every_command_has_a_help_with_examples() {
    let machine = Sandbox::new();
    for word in [
        "call",
        "bench",
        "top",
        "publish",
        "watch",
        "identity",
        "completions",
        "client",
        "manifest diff",
        "manifest check",
        "scaffold",
        "slice add",
        "quadlet",
        "version",
    ] {
        let words: Vec<&str> = word.split(' ').chain(["--help"]).collect();
        let help = machine.cli(&words);
        assert_eq!(help.code, 0, "{help:?}");
        let example = format!("hecate-om {word}");
        let examples = help.stdout.split("Examples:").nth(1).unwrap_or_default();
        assert!(examples.contains(&example), "{word}:\n{}", help.stdout);
    }
}

#[test]
fn an_invalid_log_filter_is_named() {
    let machine = Sandbox::new();
    let answer = machine.run(machine.dev().env("HECATE_LOG", "info=loud"));
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.stderr.contains("HECATE_LOG"), "{answer:?}");
}

#[test]
fn a_call_without_a_mesh_says_how_to_start_one() {
    let machine = Sandbox::new();
    let answer = machine.cli(&["call", "hecate-echo/echo.say", r#""x""#]);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("hecate-om dev"), "{answer:?}");
}

#[test]
fn a_development_mesh_without_a_host_is_named_with_how_to_start_one() {
    let machine = Sandbox::new();
    let host = machine.mesh();
    host.signal("INT");
    host.end();
    let file = machine.mesh_file();
    let ended = format!(
        "the host of the development mesh in `{}` has exited",
        file.display()
    );
    for args in [
        &["ls"][..],
        &["call", "hecate-echo/echo.say", r#""x""#],
        &["watch", "a/b/c_happened_v1"],
        &["manifest", "diff", "--live", "a.json"],
    ] {
        std::fs::write(machine.path().join("a.json"), "{\"name\": \"a\"}").unwrap();
        let answer = machine.cli(args);
        assert_ne!(answer.code, 0, "{answer:?}");
        for text in [ended.as_str(), "start a service or `hecate-om dev`"] {
            assert!(answer.stderr.contains(text), "{args:?}: {answer:?}");
        }
    }
    // The node id is that of the key, which needs no station.
    let identity = machine.cli(&["identity", "--identity", "me.key"]);
    assert_eq!(identity.code, 0, "{identity:?}");
    let refused = machine.cli(&["ls", "--profile", "pq_hybrid"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let why = "the development mesh has the profile `pq_pure`; leave out `--profile`";
    assert!(refused.stderr.contains(why), "{refused:?}");
}

#[test]
fn a_manifest_of_hecate_om_erlang_is_shown() {
    let machine = Sandbox::new();
    let file = machine.path().join("manifest.json");
    std::fs::write(
        &file,
        r#"{"name": "hecate-spartan", "version": "0.1.0", "description": "A trainer",
            "capabilities": ["spartan.train", {"name": "spartan.rank", "version": 2, "status": "planned"}],
            "ports": {"health": 8470, "api": 8471}}"#,
    )
    .unwrap();
    let shown = machine.cli(&["manifest", "show", file.to_str().unwrap()]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for text in [
        "hecate-spartan 0.1.0",
        "A trainer",
        "spartan.train",
        "spartan.rank (version 2, planned)",
        "api 8471",
    ] {
        assert!(
            shown.stdout.contains(text),
            "`{text}` is not in:\n{}",
            shown.stdout
        );
    }
    std::fs::write(&file, "[]").unwrap();
    let wrong = machine.cli(&["manifest", "show", file.to_str().unwrap()]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("manifest.json"), "{wrong:?}");
}

#[test]
fn help_wraps_at_the_width_of_the_terminal() {
    let machine = Sandbox::new();
    let widest = |columns: &str| {
        let help = machine.run(
            machine
                .command(hecate_om_tests::binary("hecate-om"))
                .args(["call", "--help"])
                .env("COLUMNS", columns),
        );
        let options = help.stdout.split("Examples:").next().unwrap_or_default();
        let widths = options.lines().map(|line| line.chars().count());
        widths.max().unwrap_or_default()
    };
    assert!(widest("60") <= 60, "{}", widest("60"));
    assert!(widest("100") > 60, "{}", widest("100"));
}
