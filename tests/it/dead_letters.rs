//! Retries and dead letters, with processes.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use hecate_om::Mesh;
use hecate_om_tests::{Answer, Sandbox, Service, WAIT_LIMIT, runtime, until};
use serde_json::{Value, json};

const SENT: &str = "hecate-configured/parcels/sent_v1";
const ORDERED: &str = "hecate-configured/parcels/ordered_v1";
const PATIENT: &str = "hecate-configured/parcels/patient_v1";

/// A machine with a mesh and the service, whose health socket the command line uses.
struct Machine {
    sandbox: Sandbox,
    _mesh: hecate_om_tests::Process,
}

impl Machine {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let mesh = sandbox.mesh();
        Self {
            sandbox,
            _mesh: mesh,
        }
    }

    fn socket(&self) -> PathBuf {
        self.sandbox.path().join("health.sock")
    }

    fn start(&self) -> Service {
        let mut command: Command = self.sandbox.service("hecate-configured");
        command
            .env("CONFIGURED_GREETING", "hello")
            .env("HECATE_STATE_DIR", self.sandbox.path().join("configured"))
            .env("HECATE_HEALTH_SOCKET", self.socket());
        let service = Service::start(&mut command);
        service.wait_for_subscriptions(3);
        service
    }

    fn dead(&self, args: &[&str]) -> Answer {
        let socket = self.socket();
        let socket = socket.to_str().expect("a path in UTF-8");
        let all = ["facts", "dead"].iter().chain(args);
        let all: Vec<&str> = all.copied().chain(["--socket", socket, "--json"]).collect();
        self.sandbox.cli(&all)
    }

    fn list(&self) -> Vec<Value> {
        let answer = self.dead(&["ls"]);
        let listed = answer.json()["result"].as_array().cloned();
        listed.unwrap_or_else(|| panic!("{answer:?}"))
    }

    /// Waits for this many dead letters.
    fn wait_for(&self, count: usize) -> Vec<Value> {
        until("dead letters", || match self.list() {
            letters if letters.len() == count => Ok(letters),
            letters => Err(letters),
        })
    }
}

async fn publish(mesh: &Mesh, topic: &str, fact: &Value) {
    let publishing = mesh.topic(topic).timeout(WAIT_LIMIT).publish(fact);
    publishing.await.expect("the fact is published");
}

/// Returns the numbers of the attempts, and of the handled parcels.
async fn parcels(mesh: &Mesh) -> (Vec<u64>, Vec<u64>) {
    let call = mesh.procedure("hecate-configured/configured.parcels");
    call.call(&()).await.expect("the service answers")
}

/// Waits until the handled parcels are as expected.
async fn handled(mesh: &Mesh, is: impl Fn(&[u64]) -> bool) -> (Vec<u64>, Vec<u64>) {
    let mut last = Instant::now();
    let mut known = 0;
    loop {
        let both = parcels(mesh).await;
        if is(&both.1) {
            return both;
        }
        if both.1.len() > known {
            (known, last) = (both.1.len(), Instant::now());
        }
        assert!(
            last.elapsed() < WAIT_LIMIT,
            "only {known} parcels are handled"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the service has handled so many facts of the topic.
fn wait_until_handled(service: &Service, facts: u64) {
    let topic = ("messaging_destination_name", SENT);
    until("the facts are handled", || {
        let metrics = service.metrics();
        let ok = metrics.value("hecate_facts_heard_total", &[topic, ("outcome", "ok")]);
        let dropped = metrics.value("hecate_facts_dropped_total", &[topic]);
        if ok >= facts as f64 {
            Ok(())
        } else {
            Err(format!("{ok} of {facts} handled, {dropped} dropped"))
        }
    });
}

#[test]
fn a_poison_fact_among_10_000_delays_none_and_is_kept_over_a_kill_until_its_replay_succeeds() {
    let machine = Machine::new();
    let mut service = machine.start();
    let fixed = machine.sandbox.path().join("fixed");
    let poison = json!({"number": 5_000, "then": "fail", "unless": fixed});
    let (attempts, handled_numbers) = runtime().block_on(async {
        let client = machine.sandbox.client().await;
        let mesh = client.mesh();
        for number in 0..10_000_u64 {
            let fact = json!({"number": number});
            let fact = if number == 5_000 { &poison } else { &fact };
            publish(mesh, SENT, fact).await;
            // The queues on the way to the handler are bounded.
            if number % 50 == 49 {
                wait_until_handled(&service, number + u64::from(number < 5_000));
            }
        }
        handled(mesh, |numbers| numbers.len() == 9_999).await
    });
    assert!(
        handled_numbers
            .iter()
            .copied()
            .eq((0..10_000).filter(|n| *n != 5_000))
    );
    let letter = &machine.wait_for(1)[0];
    let of_poison = attempts.iter().filter(|number| **number == 5_000);
    assert_eq!(of_poison.count(), 3);
    assert_eq!(letter["topic"], SENT);
    assert_eq!(
        (&letter["attempts"], &letter["reason"]),
        (&json!(3), &json!("exhausted"))
    );
    assert_eq!(letter["error"], "as requested");

    service.process.signal("KILL");
    let (status, _) = service.process.end();
    assert!(!status.success());
    service = machine.start();
    assert_eq!(&machine.list()[0], letter);
    assert!((service.metrics().value("hecate_dead_letters", &[]) - 1.0).abs() < f64::EPSILON);
    let number = letter["number"].to_string();
    let shown = machine.dead(&["show", &number]).json();
    assert_eq!(shown["result"]["payload"], poison);
    assert!(
        !shown["result"]["wire_bytes"]
            .as_str()
            .expect("hex")
            .is_empty()
    );

    let failed = machine.dead(&["replay", &number]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stdout.contains("as requested"), "{failed:?}");
    assert_eq!(machine.list()[0]["attempts"], 4);
    std::fs::write(&fixed, "").expect("a file can be written");
    let replayed = machine.dead(&["replay", &number]);
    assert_eq!(replayed.code, 0, "{replayed:?}");
    assert_eq!(machine.list(), [] as [Value; 0]);
    let after = runtime().block_on(async { parcels(machine.sandbox.client().await.mesh()).await });
    assert_eq!(after, (vec![5_000, 5_000], vec![5_000]));
}

#[test]
fn failures_are_retried_unless_they_are_permanent_and_can_be_dropped() {
    let machine = Machine::new();
    let service = machine.start();
    runtime().block_on(async {
        let client = machine.sandbox.client().await;
        for fact in [
            json!({"number": 1, "then": "panic"}),
            json!({"number": 2, "then": "hang"}),
            json!({"number": 3, "then": "permanent"}),
            json!("undecodable"),
            json!({"number": 4, "then": "fail", "works_at": 3}),
        ] {
            publish(client.mesh(), SENT, &fact).await;
        }
        handled(client.mesh(), |numbers| numbers == [4]).await;
    });
    let letters = machine.wait_for(4);
    let mut found: Vec<_> = letters
        .iter()
        .map(|letter| {
            (
                letter["attempts"].as_u64().expect("a number"),
                letter["reason"].clone(),
            )
        })
        .collect();
    found.sort_by_key(|(attempts, reason)| (*attempts, reason.to_string()));
    let expected = [
        (1, json!("permanent")),
        (1, json!("undecodable")),
        (3, json!("exhausted")),
        (3, json!("exhausted")),
    ];
    assert_eq!(found, expected);
    let errors: Vec<&str> = letters
        .iter()
        .filter_map(|letter| letter["error"].as_str())
        .collect();
    for part in ["panicked at", "deadline of 500ms", "for good"] {
        assert!(
            errors.iter().any(|error| error.contains(part)),
            "{errors:?}"
        );
    }
    // The text of a handler cannot control the terminal.
    let socket = machine.socket();
    let socket = socket.to_str().expect("a path in UTF-8");
    let table = machine
        .sandbox
        .cli(&["facts", "dead", "ls", "--socket", socket]);
    assert!(table.stdout.contains("for good"), "{table:?}");
    assert!(!table.stdout.contains('\u{1b}'), "{table:?}");

    let topic = [("messaging_destination_name", SENT)];
    assert!(
        service
            .metrics()
            .value("hecate_facts_retried_total", &topic)
            >= 6.0
    );
    let first = letters[0]["number"].to_string();
    assert_eq!(machine.dead(&["drop", &first]).code, 0);
    let again = machine.dead(&["drop", &first]);
    assert_eq!(again.code, 1);
    assert!(again.stdout.contains("no dead letter"), "{again:?}");
    assert_eq!(machine.list().len(), 3);
    assert_eq!(
        machine
            .dead(&["drop", "--all", "--topic", "other/topic_v1"])
            .code,
        0
    );
    assert_eq!(machine.list().len(), 3);
    assert_eq!(machine.dead(&["drop", "--all", "--topic", SENT]).code, 0);
    assert_eq!(machine.list().len(), 0);
}

#[test]
fn later_facts_wait_for_a_retry_only_where_the_order_is_kept() {
    let machine = Machine::new();
    let _service = machine.start();
    let both = runtime().block_on(async {
        let client = machine.sandbox.client().await;
        let mesh = client.mesh();
        let first = json!({"number": 1, "then": "fail", "works_at": 4});
        publish(mesh, ORDERED, &first).await;
        publish(mesh, ORDERED, &json!({"number": 2})).await;
        handled(mesh, |numbers| numbers.len() == 2).await
    });
    assert_eq!(both, (vec![1, 1, 1, 1, 2], vec![1, 2]));
}

#[test]
fn a_retry_that_waits_at_a_drain_becomes_a_dead_letter() {
    let machine = Machine::new();
    let service = machine.start();
    runtime().block_on(async {
        let client = machine.sandbox.client().await;
        publish(
            client.mesh(),
            PATIENT,
            &json!({"number": 1, "then": "fail"}),
        )
        .await;
    });
    let topic = [("messaging_destination_name", PATIENT)];
    service.wait_for_metric("hecate_facts_retries_waiting", &topic, |waiting| {
        waiting > 0.5
    });
    service.process.signal("TERM");
    let (status, log) = service.process.end();
    assert!(status.success(), "{log}");
    let _again = machine.start();
    let letters = machine.wait_for(1);
    assert_eq!(letters[0]["reason"], "shutdown");
    assert_eq!(letters[0]["error"], "as requested");
}

#[test]
fn a_run_that_is_given_up_is_a_dead_letter_and_can_run_again() {
    let machine = Machine::new();
    let service = machine.start();
    let broken = machine.sandbox.path().join("configured/broken");
    std::fs::write(&broken, "").expect("a file can be written");
    let letters = until("a dead letter", || match machine.list() {
        letters if letters.is_empty() => Err(letters),
        letters => Ok(letters),
    });
    std::fs::remove_file(&broken).expect("the file can be removed");
    assert_eq!(letters[0]["schedule"], "count_parcels");
    assert_eq!(letters[0]["attempts"], 2);
    assert_eq!(letters[0]["error"], "the scales are broken");
    assert_eq!(
        machine
            .dead(&["replay", "--all", "--schedule", "count_parcels"])
            .code,
        0
    );
    assert_eq!(machine.list().len(), 0);
    drop(service);
}

#[test]
fn the_dead_letters_are_not_on_the_tcp_port() {
    let machine = Machine::new();
    let mut command = machine.sandbox.service("hecate-configured");
    command.env("CONFIGURED_GREETING", "hello");
    let service = Service::start(&mut command);
    let (status, _) = hecate_om_tests::get(&service.health, "/facts/dead").expect("an answer");
    assert_eq!(status, 404);
}
