//! What callers and operators of the service can rely on.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use hecate_om::testing::TestMesh;
{%- if bare %}
{%- elsif slices %}
use query_notes::FindNotes;
use take_note::TakeNote;

#[tokio::test]
async fn a_note_that_is_taken_is_found() {
    let mesh = TestMesh::start().await;
    let service = mesh.boot::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>().await;
    let text = "buy milk".into();
    let taken = service.call::<take_note::take>(&TakeNote { text }).await;
    assert_eq!(taken.unwrap().text, "buy milk");
    let term = "milk".into();
    let found = service.call::<query_notes::find>(&FindNotes { term }).await;
    assert_eq!(found.unwrap().notes, ["buy milk"]);
}

#[tokio::test]
async fn an_empty_note_is_refused_by_name() {
    let mesh = TestMesh::start().await;
    let service = mesh.boot::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>().await;
    let text = " ".into();
    let taken = service.call::<take_note::take>(&TakeNote { text }).await;
    assert_eq!(taken.unwrap_err().code(), "empty_note");
}
{%- else %}

use {{ project-name | snake_case }}::count_words::{CountWords, WordsCounted, count_words};

#[tokio::test]
async fn words_are_counted() {
    let mesh = TestMesh::start().await;
    let service = mesh.boot::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>().await;
    let text = "one two".into();
    let counted = service.call::<count_words>(&CountWords { text }).await;
    assert_eq!(counted, Ok(WordsCounted { words: 2 }));
}

#[tokio::test]
async fn a_text_without_words_is_refused_by_name() {
    let mesh = TestMesh::start().await;
    let service = mesh.boot::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>().await;
    let text = " ".into();
    let counted = service.call::<count_words>(&CountWords { text }).await;
    assert_eq!(counted.unwrap_err().code(), "no_words");
}
{%- endif %}

#[tokio::test]
async fn the_service_provides_all_state_that_its_capabilities_borrow() {
    let mesh = TestMesh::start().await;
    let service = mesh.boot::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>().await;
    service.stop().await;
}

/// Returns a command that runs the service with no configuration but a home folder for the test.
fn binary(test: &str) -> Command {
    let mut binary = Command::new(env!("CARGO_BIN_EXE_{{ project-name }}"));
    let home = format!("{}/{test}", env!("CARGO_TARGET_TMPDIR"));
    binary.env_clear().env("HOME", home);
    binary.env("HECATE_HEALTH_PORT", "0");
    binary
}

#[test]
fn the_binary_refuses_to_boot_without_a_realm_and_names_the_reason() {
    let mut binary = binary("refused");
    let output = binary.env("HECATE_MESH", "required").output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("mesh_unconfigured"), "{log}");
}

#[test]
fn the_binary_serves_until_sigterm_and_drains() {
    let mut service = binary("served").stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(service.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let mut log: Vec<String> = Vec::new();
    while log.last().is_none_or(|line| !line.contains("is live")) {
        let ended = "the service exited before it was live";
        log.push(lines.next().unwrap_or_else(|| panic!("{ended}: {log:#?}")));
    }
    let process = service.id().to_string();
    Command::new("kill").arg(&process).status().unwrap();
    log.extend(lines);
    assert_eq!(service.wait().unwrap().code(), Some(0), "{log:#?}");
}
