//! What a service writes to places that others read: its log and its health listener.

use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, get, runtime};
use serde_json::json;

/// A text that is only in payloads.
const PAYLOAD: &str = "payload-6f1c";

/// Returns the forms in which bytes may be logged: text, hex and a list of numbers.
fn forms(bytes: &[u8]) -> Vec<String> {
    let numbers = format!("{bytes:?}");
    let mut forms = vec![
        hex::encode(bytes),
        numbers.trim_matches(['[', ']']).to_owned(),
    ];
    forms.extend(str::from_utf8(bytes).map(str::to_owned));
    forms
}

#[test]
fn keys_tokens_and_payloads_are_neither_logged_nor_served_by_the_health_listener() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let mut command = machine.service("hecate-trial");
    let trial = Service::start(command.env("HECATE_LOG", "trace"));
    let mut secrets = runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh();
        let caller = mesh.node_id();
        let token = machine.token_text(caller, "trial/members");
        let members = mesh.procedure("hecate-trial/trial.members");
        let members = members.timeout(WAIT_LIMIT).ucan(token.parse().unwrap());
        assert_eq!(members.call::<_, u64>(&()).await, Ok(1));
        let text = mesh
            .procedure("hecate-trial/trial.text")
            .timeout(WAIT_LIMIT);
        let said = text.call::<_, String>(PAYLOAD).await;
        assert_eq!(said.as_deref(), Ok(PAYLOAD));
        let topic = "hecate-trial/trial/happened_v1";
        let fact = json!({"number": 1, "then": PAYLOAD});
        let published = mesh.topic(topic).timeout(WAIT_LIMIT).publish(&fact).await;
        published.expect("the fact is published");
        let handled = async {
            loop {
                let received = mesh.procedure("hecate-trial/trial.received");
                let received = received.timeout(WAIT_LIMIT);
                let received = received.call::<_, Vec<String>>(&()).await;
                if received.is_ok_and(|facts| !facts.is_empty()) {
                    return;
                }
            }
        };
        let handled = tokio::time::timeout(WAIT_LIMIT, handled).await;
        handled.expect("the fact is handled");
        client.close().await;
        let signature = token.rsplit('.').next().expect("a token has a signature");
        [forms(signature.as_bytes()), forms(PAYLOAD.as_bytes())].concat()
    });
    let key = std::fs::read(
        machine
            .path()
            .join("state/hecate/hecate-trial/identity.key"),
    );
    let key = key.expect("the trial has a key");
    // The file ends with a private part.
    secrets.extend(forms(&key[key.len() - 32..]));
    let mut pages = String::new();
    for path in ["/health", "/metrics", "/manifest.json"] {
        let (_, page) = get(&trial.health, path).expect("the listener answers");
        pages.push_str(&page);
    }
    trial.process.signal("TERM");
    let (_, log) = trial.process.end();
    assert!(log.contains("TRACE"), "the log has every line");
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "`{secret}` is in the log");
        assert!(!pages.contains(secret.as_str()), "`{secret}` is on a page");
    }
}
