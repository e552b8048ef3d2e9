//! `hecate-rag` over this repository's own Markdown.

use hecate_om_tests::{Sandbox, Service, under, workspace};

use crate::signals::DEFAULT_SIGHUP;

/// Starts `hecate-rag` over this repository's Markdown, and waits until it is indexed.
pub(crate) fn start(machine: &Sandbox) -> Service {
    let corpus = machine.path().join("corpus");
    std::fs::create_dir(&corpus).expect("a folder can be created");
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ] {
        std::fs::copy(workspace().join(name), corpus.join(name)).expect("a file can be copied");
    }
    let mut rag = Service::start(machine.service("hecate-rag").env("RAG_CORPUS", &corpus));
    rag.process.ensure_logged("folder imported");
    rag
}

#[test]
fn a_setting_of_the_service_is_read_from_the_file_and_listed_with_its_origin() {
    let machine = Sandbox::new();
    let corpus = machine.path().join("corpus");
    std::fs::create_dir(&corpus).expect("a folder can be created");
    let file = machine.path().join("rag.env");
    let assignment = format!("RAG_CORPUS={}", corpus.display());
    std::fs::write(&file, &assignment).expect("a file can be written");
    let with_file = |arguments: &[&str]| {
        let mut command = machine.service("hecate-rag");
        command.args(arguments).arg("--config").arg(&file);
        command
    };
    let listed = machine.run(&mut with_file(&["config"]));
    let mut lines = listed.stdout.lines();
    let line = lines.find(|line| line.starts_with(&assignment));
    let origin = format!("# {}:1 (reload)", file.display());
    assert!(
        line.is_some_and(|line| line.ends_with(&origin)),
        "{listed:?}"
    );
    let mut rag = Service::start(&mut under(&DEFAULT_SIGHUP, &with_file(&[])));
    rag.process.ensure_logged("folder imported");
    let other = machine.path().join("other");
    std::fs::create_dir(&other).expect("a folder can be created");
    std::fs::write(&file, format!("RAG_CORPUS={}", other.display()))
        .expect("a file can be written");
    rag.process.signal("HUP");
    rag.process.wait_for(&format!("folder={}", other.display()));
    rag.process.signal("TERM");
    let (status, log) = rag.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("unknown setting"), "{log}");
}

#[test]
fn a_question_about_drains_is_answered_with_the_right_passage() {
    let machine = Sandbox::new();
    let _rag = start(&machine);
    let _trial = machine.start("hecate-trial");
    let question = r#"{"question": "What happens to calls in flight when a service drains?"}"#;
    let answer = machine
        .cli(&["call", "hecate-rag/rag.answer_query", question, "--json"])
        .json();
    let best = &answer["result"]["passages"][0];
    assert!(
        best["text"]
            .as_str()
            .unwrap()
            .to_lowercase()
            .contains("drain"),
        "{answer}"
    );
    assert!(
        best["source"].as_str().unwrap().ends_with(".md"),
        "{answer}"
    );
    assert!(best["score"].as_f64().unwrap() > 0.0, "{answer}");

    let request = format!(r#"["hecate-rag/rag.answer_query", {question}]"#);
    let relayed = machine
        .cli(&["call", "hecate-trial/trial.call", &request, "--json"])
        .json();
    assert_eq!(
        relayed["result"]["passages"][0], *best,
        "the same from another service"
    );
    // The trial calls by the type of rag's own crate, whose handlers are linked into the trial but
    // not served by it.
    let found = machine
        .cli(&["call", "hecate-trial/trial.search", "\"drain\"", "--json"])
        .json();
    let chunks = found["result"]["chunks"].as_array();
    assert_eq!(chunks.map(Vec::len), Some(1), "{found}");
}

#[test]
fn documents_ingested_by_a_call_survive_a_kill() {
    let machine = Sandbox::new();
    let rag = start(&machine);
    let ingest = r#"{"source": "notes/otters.txt", "text": "Otters hold hands while they sleep."}"#;
    let answer = machine.cli(&["call", "hecate-rag/rag.ingest_document", ingest]);
    assert_eq!(answer.code, 0, "{answer:?}");
    rag.process.signal("KILL");
    drop(rag);
    let _rag = machine.start("hecate-rag");
    let found = machine
        .cli(&[
            "call",
            "hecate-rag/rag.search_chunks",
            r#"{"query": "sleeping otters"}"#,
            "--json",
        ])
        .json();
    let first = &found["result"]["chunks"][0];
    assert_eq!(first["source"], "notes/otters.txt", "{found}");
}
