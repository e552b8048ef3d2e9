//! Who may call: what is restricted is answered `unauthorized`, and never run.

use hecate_om::CallError;
use hecate_om_tests::Sandbox;

use crate::calls::{client, runtime};

#[test]
fn a_caller_without_a_token_is_unauthorized_and_the_handler_never_runs() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    runtime().block_on(async {
        let client = client(&machine).await;
        let call = async |name: &str| -> Result<u64, CallError> {
            let procedure = format!("hecate-trial/{name}");
            client.mesh().procedure(procedure).call(&()).await
        };
        // The last says nothing, so that what the service says holds for it.
        for name in ["trial.members", "trial.vouched", "trial.unsaid"] {
            let error = call(name).await.unwrap_err();
            assert_eq!(error.code(), "unauthorized", "{name}: {error:?}");
            assert!(!error.retryable(), "{name}: {error:?}");
        }
        assert_eq!(call("trial.count").await, Ok(1), "none was run before");
        client.close().await;
    });
    let answer = machine.cli(&["call", "hecate-trial/trial.members", "--json"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "unauthorized");
}

#[test]
fn who_may_call_is_described_to_everyone() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    for (name, access) in [
        ("trial.members", "trial/members"),
        ("trial.vouched", "00112233445566778899aabbccddeeff"),
        ("trial.unsaid", "trial/run"),
        ("trial.count", "open"),
    ] {
        let described = machine.cli(&["describe", &format!("hecate-trial/{name}")]);
        assert_eq!(described.code, 0, "{described:?}");
        assert!(described.stdout.contains(access), "{name}: {described:?}");
    }
}
