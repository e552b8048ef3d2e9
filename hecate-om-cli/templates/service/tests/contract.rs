//! What those who run and call the service may rely on, shown on the binary itself.

use std::error::Error;
use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use hecate_om::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));

/// Far above what any step takes, so that only one that never ends meets it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A machine of its own: nothing is configured but where things are, so the service is on a development mesh.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    fn variables(&self) -> [(&'static str, String); 3] {
        let at = |name: &str| self.0.path().join(name).display().to_string();
        [
            ("HOME", at("")),
            ("XDG_STATE_HOME", at("state")),
            ("HECATE_HEALTH_SOCKET", at("health.sock")),
        ]
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.env_clear().envs(self.variables()).args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the binary runs")
    }

    /// Starts the service, as systemd would, and waits until it says that it is ready and, in its status, that a
    /// station holds each of its capabilities.
    fn start(&self) -> Running {
        let path = self.0.path().join("notify.sock");
        let manager = UnixDatagram::bind(&path).expect("a socket can be made");
        manager
            .set_read_timeout(Some(PATIENCE))
            .expect("a patience can be set");
        let mut command = self.command(&[]);
        command.env("NOTIFY_SOCKET", &path).stderr(Stdio::piped());
        let mut running = Running(command.spawn().expect("the binary runs"));
        let mut message = [0; 4096];
        let (mut ready, mut served) = (false, false);
        while !(ready && served) {
            match manager.recv(&mut message) {
                Ok(length) => {
                    let text = String::from_utf8_lossy(&message[..length]);
                    ready |= text.contains("READY=1");
                    served |= text.contains("STATUS=serving") && !text.contains(" of ");
                }
                Err(error) => panic!("not ready ({error}): {}", running.log()),
            }
        }
        running
    }
}

/// A service that runs, until it is dropped.
struct Running(Child);

impl Running {
    /// Ends it as systemd would; its exit code.
    fn stop(mut self) -> Option<i32> {
        let process = self.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &process]).status();
        assert!(told.expect("`kill` runs").success());
        self.0.wait().expect("it is ours to wait for").code()
    }

    /// What it wrote, once it has ended.
    fn log(&mut self) -> String {
        let _ = self.0.kill();
        let mut log = String::new();
        if let Some(stderr) = &mut self.0.stderr {
            let _ = stderr.read_to_string(&mut log);
        }
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_manifest_is_of_this_binary() {
    let output = Machine::new().run(&["manifest"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let file: Value = serde_json::from_str(&read("manifest.json")).expect("it is JSON");
    for field in ["name", "version", "description", "ports", "identity_spec"] {
        assert_eq!(said[field], file[field], "{field}");
    }
    let procedures = |manifest: &Value| {
        let all = manifest["capabilities"].as_array().expect("a list");
        all.iter()
            .map(|one| one["procedure"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(procedures(&said), procedures(&file));
    assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn without_its_realm_it_refuses_to_boot_and_names_what_is_missing() {
    let machine = Machine::new();
    let output = machine
        .command(&[])
        .env("HECATE_MESH", "required")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr);
    for variable in ["HECATE_REALM", "HECATE_REALM_KEY", "MACULA_STATION_SEEDS"] {
        assert!(log.contains(variable), "{variable} is not named: {log}");
    }
}

#[tokio::test]
async fn it_is_ready_healthy_called_and_drained() -> Result<(), Box<dyn Error>> {
    let machine = Machine::new();
    let service = machine.start();
    let health = machine.run(&["healthcheck"]);
    assert!(health.status.success(), "{health:?}");

    let variables = machine.variables();
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let client = Client::connect(variables).await?;
    let call = async |name: &str, request: Value| -> Result<Value, hecate_om::CallError> {
        let procedure = format!("{}/{name}", env!("CARGO_PKG_NAME"));
        client.mesh().procedure(procedure).call(&request).await
    };
{%- if slices %}
    let taken = call("notes.take", json!({"text": " buy milk "})).await?;
    assert_eq!(taken, json!({"text": "buy milk"}));
    let found = call("notes.find", json!({"term": "milk"})).await?;
    assert_eq!(found, json!({"notes": ["buy milk"]}));
    let refused = call("notes.take", json!({"text": ""})).await.unwrap_err();
    assert!(refused.to_string().contains("empty_note"), "{refused}");
{%- else %}
    let counted = call("words.count", json!({"text": "one two"})).await?;
    assert_eq!(counted, json!({"words": 2}));
    let refused = call("words.count", json!({"text": ""})).await.unwrap_err();
    assert!(refused.to_string().contains("no_words"), "{refused}");
{%- endif %}
    client.close().await;

    assert_eq!(service.stop(), Some(0), "a drain ends with 0");
    Ok(())
}
