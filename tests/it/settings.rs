//! Settings and secrets of a service, in processes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hecate_om_tests::{Answer, Sandbox, Service, get};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A text that is only in secrets.
const SECRET: &str = "hunter2-6f1c";

fn configured(machine: &Sandbox) -> Command {
    let mut command = machine.service("hecate-configured");
    command.env("CONFIGURED_GREETING", "hello");
    command
}

fn show(machine: &Sandbox) -> Value {
    let answer = machine.cli(&["call", "hecate-configured/configured.show", "--json"]);
    answer.json()["result"].take()
}

/// Replaces a file that only its owner can read.
fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, text).expect("a file can be written");
    let mode = std::fs::Permissions::from_mode(0o400);
    std::fs::set_permissions(&new, mode).expect("the mode can be set");
    std::fs::rename(&new, path).expect("the file can be replaced");
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Writes the file of a secret, and names it.
fn with_secret(machine: &Sandbox, command: &mut Command) -> PathBuf {
    let path = machine.path().join("api.key");
    write(&path, &format!("{SECRET}\n"));
    command.env("CONFIGURED_API_KEY_FILE", &path);
    path
}

#[test]
fn a_flag_overrides_the_environment_which_overrides_the_file() {
    let machine = Sandbox::new();
    let file = machine.path().join("configured.env");
    let text = "CONFIGURED_COUNT=1\nCONFIGURED_PAUSE=1s\nCONFIGURED_TONE=very_loud\nCONFIGURED_LANGUAGES=en,nl\n";
    std::fs::write(&file, text).expect("a file can be written");
    let mut command = configured(&machine);
    command
        .env("HECATE_CONFIG", &file)
        .env("CONFIGURED_PAUSE", "2s")
        .env("CONFIGURED_COUNT", "2")
        .env("CONFIGURED_TRANSLATOR", "https://translator.example/v1")
        .env("CONFIGURED_STORE__PATH", "/srv/store")
        .args(["--count", "3", "--store.max-size=1 MiB"]);
    let _service = Service::start(&mut command);
    assert_eq!(
        show(&machine),
        json!({
            "greeting": "hello", "count": 3, "pause_ms": 2000, "languages": ["en", "nl"], "tone": "VeryLoud",
            "translator": "https://translator.example/v1", "api_key": null, "store_path": "/srv/store",
            "store_bytes": 1_048_576,
        })
    );
}

/// Runs `config` with mistakes in every source.
fn mistaken(machine: &Sandbox, arguments: &[&str]) -> Answer {
    let file = machine.path().join("configured.env");
    std::fs::write(&file, "CONFIGURED_COUNT=ten\n").expect("a file can be written");
    let open = machine.path().join("open.key");
    std::fs::write(&open, SECRET).expect("a file can be written");
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&open, mode).expect("the mode can be set");
    let mut command = machine.service("hecate-configured");
    command
        .env("HECATE_DRAIN_MAX", "soon")
        .env("CONFIGURED_TONE", "loud")
        .env("CONFIGURED_API_KEY_FILE", &open)
        .env("CONFIGURED_CUONT", "1")
        .args(arguments)
        .args(["--store.max-size", "much", "--config"])
        .arg(&file);
    machine.run(&mut command)
}

#[test]
fn all_mistakes_are_reported_at_once_by_the_check_and_by_boot() {
    let machine = Sandbox::new();
    let check = mistaken(&machine, &["config", "--check"]);
    assert_eq!((check.code, &*check.stdout), (1, ""), "{check:?}");
    let boot = mistaken(&machine, &[]);
    assert_eq!(boot.code, 1, "{boot:?}");
    let listed = mistaken(&machine, &["config"]);
    assert_eq!(listed.code, 1, "{listed:?}");
    let line = format!("{}:1", machine.path().join("configured.env").display());
    for answer in [&check, &boot, &listed] {
        for part in [
            "setting_malformed: HECATE_DRAIN_MAX (environment): `soon`",
            "setting_missing: CONFIGURED_GREETING: not set; set CONFIGURED_GREETING to a text: Text of the answer",
            &format!("setting_malformed: CONFIGURED_COUNT ({line}): `ten` is not a whole number"),
            "CONFIGURED_TONE (environment): `loud` is not one of `calm`, `very_loud`; did you mean `very_loud`?",
            "secret_unreadable: CONFIGURED_API_KEY (file ",
            "has mode 0644, so other users can access it; run `chmod 0400 ",
            "CONFIGURED_STORE__MAX_SIZE (flag): `much` is not a number of bytes",
        ] {
            assert!(answer.stderr.contains(part), "{part}: {answer:?}");
        }
        let all = format!("{}{}", answer.stdout, answer.stderr);
        assert!(all.contains("did you mean CONFIGURED_COUNT?"), "{answer:?}");
        assert!(!all.contains(SECRET), "{answer:?}");
    }
    assert!(!machine.mesh_file().exists(), "nothing is started");
}

#[test]
fn the_check_of_a_valid_configuration_starts_nothing() {
    let machine = Sandbox::new();
    let mut command = configured(&machine);
    let answer = machine.run(command.args(["config", "--check"]));
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(answer.stdout, "the configuration is valid");
    assert!(!machine.path().join("state").exists());
    // Boot would refuse it only in the step `identity`.
    let answer = machine.run(command.env("HECATE_HEALTH_CLIENT_CERT", "required"));
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("certificate_incomplete: "),
        "{answer:?}"
    );
}

#[test]
fn settings_and_their_origins_are_listed() {
    let machine = Sandbox::new();
    let mut command = configured(&machine);
    let path = with_secret(&machine, &mut command);
    let answer = machine.run(command.args(["config", "--count", "3"]));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = answer.stdout.lines().map(words).collect();
    for line in [
        "CONFIGURED_GREETING=hello # environment",
        "CONFIGURED_COUNT=3 # flag (reload)",
        "CONFIGURED_PAUSE=30s # default",
        "CONFIGURED_TRANSLATOR= # not set",
        "CONFIGURED_STORE__MAX_SIZE=64 KiB # default",
        &format!(
            "CONFIGURED_API_KEY=<not shown> # file {} (CONFIGURED_API_KEY_FILE, environment) (reload)",
            path.display()
        ),
    ] {
        assert!(lines.contains(&line.to_owned()), "{line}: {answer:?}");
    }
    let help = machine.run(machine.service("hecate-configured").arg("--help"));
    for part in [
        "--count VALUE\n      Number of answers (CONFIGURED_COUNT; default: 10)",
        "--greeting VALUE\n      Text of the answer (CONFIGURED_GREETING; required)",
        "CONFIGURED_API_KEY_FILE, the systemd credential CONFIGURED_API_KEY, or CONFIGURED_API_KEY\n",
    ] {
        assert!(help.stdout.contains(part), "{part}: {}", help.stdout);
    }
}

#[test]
fn a_secret_has_no_flag() {
    let machine = Sandbox::new();
    let answer = machine.run(configured(&machine).arg("--api-key").arg(SECRET));
    assert_eq!(answer.code, 2, "{answer:?}");
    let text =
        "a secret has no flag, because process lists show flags: set CONFIGURED_API_KEY_FILE";
    assert!(answer.stderr.contains(text), "{answer:?}");
    assert!(!answer.stderr.contains(SECRET), "{answer:?}");
    let unknown = machine.run(configured(&machine).args(["--api-key-file", "x"]));
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn a_secret_is_in_no_log_page_manifest_or_output() {
    let machine = Sandbox::new();
    let mut command = configured(&machine);
    with_secret(&machine, command.env("HECATE_LOG", "trace"));
    let service = Service::start(&mut command);
    assert_eq!(show(&machine)["api_key"], digest(SECRET));
    let mut all = String::new();
    for path in ["/health", "/metrics", "/manifest.json"] {
        let (_, page) = get(&service.health, path).expect("the listener answers");
        all.push_str(&page);
    }
    let arguments = format!("/proc/{}/cmdline", service.process.id());
    all.push_str(&std::fs::read_to_string(arguments).expect("the process runs"));
    let described = machine.cli(&["describe", "hecate-configured", "--json"]);
    all.push_str(&described.stdout);
    service.process.signal("TERM");
    let (_, log) = service.process.end();
    assert!(
        log.contains("TRACE") && log.contains("api_key: Some(Secret(…))"),
        "{log}"
    );
    all.push_str(&log);

    // A panic with the settings in its text.
    let mut command = configured(&machine);
    with_secret(&machine, command.env("CONFIGURED_GREETING", "panic"));
    let refused = machine.run(&mut command);
    assert!(refused.stderr.contains("panicked"), "{refused:?}");
    all.push_str(&refused.stderr);
    for arguments in [&["manifest"][..], &["config"], &["--help"]] {
        let mut command = configured(&machine);
        with_secret(&machine, &mut command);
        let answer = machine.run(command.args(arguments));
        assert_eq!(answer.code, 0, "{answer:?}");
        all.push_str(&answer.stdout);
        all.push_str(&answer.stderr);
    }
    assert!(!all.contains(SECRET));
}

#[test]
fn a_replaced_secret_is_used_and_a_bad_file_keeps_the_old_one() {
    let machine = Sandbox::new();
    let mut command = configured(&machine);
    let path = with_secret(&machine, &mut command);
    let mut service = Service::start(&mut command);
    assert_eq!(show(&machine)["api_key"], digest(SECRET));
    write(&path, " \n");
    let line = service
        .process
        .wait_for("the file of the secret is refused");
    assert!(
        line.contains("CONFIGURED_API_KEY") && line.contains("the file is empty"),
        "{line}"
    );
    assert_eq!(show(&machine)["api_key"], digest(SECRET));
    write(&path, "rotated");
    let line = service.process.wait_for("key changed");
    assert!(line.contains(&digest("rotated")), "{line}");
    assert_eq!(show(&machine)["api_key"], digest("rotated"));
    service.process.signal("TERM");
    let (status, log) = service.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert_eq!(
        log.matches("the file of the secret is refused").count(),
        1,
        "{log}"
    );
    assert!(!log.contains("rotated\n") && !log.contains(SECRET), "{log}");
}

#[test]
fn a_secret_may_be_a_systemd_credential_or_the_variable_but_not_both() {
    let machine = Sandbox::new();
    let folder = machine.path().join("credentials");
    std::fs::create_dir(&folder).expect("a folder can be created");
    write(&folder.join("CONFIGURED_API_KEY"), SECRET);
    let mut command = configured(&machine);
    command.env("CREDENTIALS_DIRECTORY", &folder);
    let service = Service::start(&mut command);
    assert_eq!(show(&machine)["api_key"], digest(SECRET));
    service.process.signal("TERM");
    service.process.end();
    let both = command.env("CONFIGURED_API_KEY", SECRET);
    let refused = machine.run(both);
    assert_eq!(refused.code, 1, "{refused:?}");
    let text = "secret_unreadable: CONFIGURED_API_KEY: set more than once: by credential ";
    assert!(refused.stderr.contains(text), "{refused:?}");
    assert!(!refused.stderr.contains(SECRET), "{refused:?}");
    let variable = command.env_remove("CREDENTIALS_DIRECTORY");
    let _service = Service::start(variable);
    assert_eq!(show(&machine)["api_key"], digest(SECRET));
}

#[test]
fn the_manifest_lists_the_settings() {
    let machine = Sandbox::new();
    let manifest = machine.run(machine.service("hecate-configured").arg("manifest"));
    let settings = &manifest.json()["settings"];
    let count = json!({
        "variable": "CONFIGURED_COUNT", "flag": "--count", "type": "u32", "default": "10", "reload": true,
        "doc": "Number of answers.",
    });
    assert_eq!(settings[1], count);
    let key = json!({
        "variable": "CONFIGURED_API_KEY", "type": "String", "secret": true, "doc": "Key of the translator.",
    });
    assert_eq!(settings[6], key);
    assert_eq!(settings[4]["values"], json!(["calm", "very_loud"]));
    assert_eq!(settings[8]["variable"], "CONFIGURED_STORE__MAX_SIZE");
}
