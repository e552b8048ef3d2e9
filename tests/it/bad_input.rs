//! Any input gets a named error, and the service continues to serve.

use hecate_om_tests::{Answer, Sandbox, Service, json};
use serde_json::Value;

struct Trial {
    machine: Sandbox,
    service: Service,
}

impl Trial {
    fn new() -> Self {
        let machine = Sandbox::new();
        let service = machine.start("hecate-trial");
        Self { machine, service }
    }

    fn call(&self, name: &str, request: &str) -> Answer {
        let procedure = format!("hecate-trial/{name}");
        self.machine.cli(&["call", &procedure, request, "--json"])
    }

    fn code(&self, name: &str, request: &str) -> (i32, String, bool) {
        let answer = self.call(name, request);
        let error = &answer.json()["error"];
        let code = error["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer:?}"));
        (
            answer.code,
            code.to_owned(),
            error["retryable"] == Value::Bool(true),
        )
    }

    /// Checks that the service still answers and is healthy.
    fn is_unharmed(&self) {
        let answer = self.call("trial.text", r#""still here""#);
        assert_eq!(answer.json()["result"], "still here");
        assert_eq!(json(&self.service.health, "/health").0, 200);
    }
}

#[test]
fn every_invalid_call_gets_a_named_error_and_does_no_harm() {
    let trial = Trial::new();
    let is = |name: &str, request: &str, code: &str, retryable: bool| {
        assert_eq!(
            trial.code(name, request),
            (1, code.to_owned(), retryable),
            "{name} {request}"
        );
        trial.is_unharmed();
    };
    // Requests of the wrong type.
    is("trial.text", "7", "invalid_request", false);
    is("trial.text", r#"{"text": "x"}"#, "invalid_request", false);
    is("trial.sleep", "-1", "invalid_request", false);
    is(
        "trial.document",
        r#"{"title": "x"}"#,
        "invalid_request",
        false,
    );
    is(
        "trial.document",
        r#"{"title": "x", "public": 2, "pages": 1, "tags": []}"#,
        "invalid_request",
        false,
    );
    // Requests that are too large.
    let large = format!("\"{}\"", "x".repeat(64));
    is("trial.small", &large, "payload_too_large", false);
    // Values that the wire cannot represent.
    let beyond = trial.call("trial.text", "18446744073709551615");
    assert_eq!(beyond.code, 2, "{beyond:?}");
    assert_eq!(beyond.json()["error"]["code"], "invalid_argument");
    is("trial.huge", "null", "invalid_response", false);
    is(
        "trial.document",
        r#"{"caller": "me"}"#,
        "bad_request",
        false,
    );
    // Handlers that fail.
    is("trial.panic", "null", "panicked", false);
    is("trial.never", "null", "timeout", false);
    is("trial.refuse", r#""out_of_paper""#, "out_of_paper", true);
    // Procedures without a provider.
    is("trial.unknown", "null", "no_provider", true);
}

#[test]
fn mistakes_in_a_payload_are_reported_with_their_path() {
    let trial = Trial::new();
    let message = |request: &str| {
        let answer = trial.call("trial.document", request);
        answer.json()["error"]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        message(r#"{"title": "x", "public": true, "pages": 1, "tags": ["a", 5]}"#),
        "refused: invalid_request: invalid type: integer `5`, expected a string at $.tags[1]"
    );
    assert_eq!(
        message(r#"{"title": "x", "public": 3, "pages": 1, "tags": []}"#),
        "refused: invalid_request: the integer 3, where a boolean is expected: 0 or 1, as the wire has no \
         booleans at $.public"
    );
}

#[test]
fn booleans_and_absent_values_arrive_with_the_declared_types() {
    let trial = Trial::new();
    let request =
        r#"{"title": "x", "public": true, "pages": 4294967295, "tags": [], "note": null}"#;
    let answer = trial.call("trial.document", request).json();
    assert_eq!(answer["result"]["public"], true);
    assert_eq!(answer["result"]["note"], Value::Null);
    assert_eq!(answer["result"]["pages"], 4_294_967_295_u64);
}

#[test]
fn maps_with_integer_keys_have_the_same_form_in_requests_and_responses() {
    let trial = Trial::new();
    let answer = trial.call("trial.numbered", r#"{"three": "3"}"#);
    assert_eq!(
        answer.json()["error"]["code"],
        "invalid_request",
        "{answer:?}"
    );
    let texts = r#"{"3":"three","18":"eighteen"}"#;
    let answer = trial.call("trial.numbered", texts);
    let numbered = &answer.json()["result"];
    assert_eq!(
        *numbered,
        serde_json::json!({"3": "three", "18": "eighteen"})
    );
    let again = trial.call("trial.numbered", &numbered.to_string());
    assert_eq!(again.json()["result"], *numbered);
    // `03` would be a second key for the number 3.
    let twice = trial.call("trial.numbered", r#"{"3": "three", "03": "drei"}"#);
    let error = &twice.json()["error"];
    assert_eq!(error["code"], "invalid_request", "{twice:?}");
    assert!(
        error["message"].as_str().unwrap().contains("\"03\""),
        "{error}"
    );
}

#[test]
fn deeply_nested_input_is_an_error_and_never_a_crash() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let nested =
        |open: &str, close: &str| format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
    let [lists, maps] = [nested("[", "]"), nested("{\"a\":", "}")];
    let schema = format!(
        "{{\"name\": \"a\", \"capabilities\": [{{\"name\": \"b\", \"request_schema\": {maps}}}]}}"
    );
    for (n, text) in [&lists, &maps, &schema].into_iter().enumerate() {
        let file = format!("{n}.json");
        std::fs::write(machine.path().join(&file), text).unwrap();
        for arguments in [
            &["manifest", "show", &file][..],
            &["manifest", "diff", &file, &file],
            &["client", "--from", &file],
            &["call", "acme/echo", &format!("@{file}")],
            &["call", "acme/echo", text],
            &["publish", "acme/shop/order_placed_v1", text],
        ] {
            let answer = machine.cli(arguments);
            assert!(
                (1..=2).contains(&answer.code),
                "{} {n}: {}",
                arguments[0],
                answer.code
            );
            assert!(
                answer.stderr.starts_with("error: "),
                "{} {n}: {answer:?}",
                arguments[0]
            );
        }
    }
}
