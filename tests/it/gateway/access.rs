//! Who may use a gateway.

use hecate_om_test_support::TestPki;
use hecate_om_tests::{HttpsClient, Sandbox, get};
use serde_json::json;

use super::http::Request;
use super::{Gateway, callers};

#[test]
fn other_names_and_other_pages_are_refused_before_anything_runs() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let allowed = [
        "--cors-origin",
        "https://app.acme.org",
        "--host",
        "api.acme.org",
    ];
    let gateway = Gateway::start(&machine, &allowed);
    let call = || {
        Request::post(
            "hecate-trial/trial.record_run",
            &json!({"key": "a", "held": false}),
        )
    };
    let rebound = gateway.send(&call().header("host", "evil.example:80"));
    assert_eq!(
        (rebound.status, rebound.code().as_str()),
        (421, "unknown_host")
    );
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let refused = gateway.send(&call().header("origin", origin));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "forbidden_origin"),
            "{origin}"
        );
    }
    let runs = gateway.post("hecate-trial/trial.run_count", &json!("a"));
    assert_eq!(runs.json(), 0, "{runs:?}");
    let page = call()
        .header("origin", "https://app.acme.org")
        .header("host", "api.acme.org");
    let answer = gateway.send(&page);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://app.acme.org"
    );
    let preflight = Request::get("/v1/hecate-trial/trial.text")
        .with_method("OPTIONS")
        .header("origin", "https://app.acme.org")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let preflight = gateway.send(&preflight);
    assert_eq!(preflight.status, 200, "{preflight:?}");
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("content-type")
    );
}

#[test]
fn a_caller_needs_its_token_and_has_its_own_share() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let reader = ("reader", "reads", "expose = [\"hecate-trial/trial.text\"]");
    let limited = ("limited", "limited", "calls_per_second = 1");
    let file = callers(&machine, &[reader, limited]);
    let gateway = Gateway::start(&machine, &["--callers", &file]);
    let text = || Request::post("hecate-trial/trial.text", &json!("a"));
    let with = |request: Request, token: &str| {
        gateway.send(&request.header("authorization", &format!("Bearer {token}")))
    };
    for (answer, detail) in [
        (gateway.send(&text()), "needs a token"),
        (with(text(), "guessed"), "no caller"),
        (
            gateway.send(&Request::get("/openapi.json")),
            "needs a token",
        ),
        (
            gateway.send(&text().header("authorization", "Basic cmVhZHM6")),
            "needs a token",
        ),
    ] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "unauthorized")
        );
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(answer.text().contains(detail), "{answer:?}");
    }
    assert_eq!(gateway.send(&Request::get("/health/live")).status, 204);
    assert_eq!(with(text(), "reads").status, 200);
    let other = with(
        Request::post("hecate-trial/trial.panic", &json!(null)),
        "reads",
    );
    assert_eq!((other.status, other.code().as_str()), (404, "not_found"));
    let listed = with(Request::get("/openapi.json"), "reads").json();
    let paths = listed["paths"].as_object().expect("a document has paths");
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        ["/v1/hecate-trial/trial.text"]
    );
    // A call of the mesh that needs a token of the mesh: the caller is known, so it is forbidden.
    let members = with(
        Request::post("hecate-trial/trial.members", &json!(null)),
        "limited",
    );
    assert_eq!(
        (members.status, members.code().as_str()),
        (403, "unauthorized")
    );
    let limited = with(text(), "limited");
    assert_eq!(
        (limited.status, limited.code().as_str()),
        (429, "rate_limited")
    );
    assert_eq!(limited.header("retry-after"), "1");
}

#[test]
fn with_a_certificate_the_gateway_speaks_tls_only() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let pki = TestPki::new();
    let issued = pki.issue_for_servers(&["api.acme.org"], 1);
    let write = |name: &str, pem: String| {
        let file = machine.path().join(name);
        std::fs::write(&file, pem).expect("the file can be written");
        file.to_str().expect("a path is text").to_owned()
    };
    let chain = write("chain.pem", issued.cert.clone() + &pki.org_ca());
    let key = write("key.pem", issued.key);
    let gateway = Gateway::start(&machine, &["--tls-cert", &chain, "--tls-key", &key]);
    let addr = gateway.addr.to_string();
    let health = HttpsClient::new(&pki, None).get(&addr, "api.acme.org", "/health/live");
    assert_eq!(health.expect("an answer").status, 204);
    let stranger = HttpsClient::new(&TestPki::new(), None);
    assert!(stranger.get(&addr, "api.acme.org", "/health/live").is_err());
    assert!(
        get(&addr, "/health/live").is_none(),
        "plain HTTP is not answered"
    );
    let swapped = machine.cli(&[
        "gateway",
        "--expose",
        "acme/*",
        "--tls-cert",
        &key,
        "--tls-key",
        &chain,
    ]);
    assert_eq!(swapped.code, 2, "{swapped:?}");
    assert!(
        swapped.stderr.contains("has no certificate in PEM"),
        "{swapped:?}"
    );
}

#[test]
fn a_gateway_for_other_machines_needs_callers() {
    let machine = Sandbox::new();
    let args = ["gateway", "--expose", "acme/*", "--listen", "0.0.0.0:0"];
    let refused = machine.cli(&args);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--callers FILE"), "{refused:?}");
    let mistakes = machine.cli(&[
        "gateway",
        "--expose",
        "*",
        "--cors-origin",
        "acme",
        "--callers",
        "/nowhere",
    ]);
    assert_eq!(mistakes.code, 2, "{mistakes:?}");
    for mistake in [
        "3 invalid arguments",
        "names no procedures",
        "is not an origin",
        "/nowhere",
    ] {
        assert!(mistakes.stderr.contains(mistake), "{mistakes:?}");
    }
}

#[test]
fn a_key_gives_the_first_answer_again_to_its_own_caller_only() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let file = callers(&machine, &[("a", "a", ""), ("b", "b", "")]);
    let gateway = Gateway::start(&machine, &["--callers", &file]);
    let send = |request: Request, token: &str| {
        let request = request.header("authorization", &format!("Bearer {token}"));
        gateway.send(&request.header("idempotency-key", "order-7"))
    };
    let once = |held| {
        let run = json!({"key": "keyed", "held": held});
        Request::post("hecate-trial/trial.record_once", &run)
    };
    for _ in 0..3 {
        let answer = send(once(false), "a");
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!(1)),
            "{answer:?}"
        );
    }
    // The same key of another caller is another key.
    assert_eq!(send(once(false), "b").json(), 2);
    let reused = send(once(true), "a");
    assert_eq!((reused.status, reused.code().as_str()), (422, "key_reused"));
    let unsupported = send(Request::post("hecate-trial/trial.text", &json!("a")), "a");
    assert_eq!(
        (unsupported.status, unsupported.code().as_str()),
        (400, "key_unsupported")
    );
    let count = json!({"key": "a", "to": 1});
    let stream = send(Request::post("hecate-trial/trial.count_to", &count), "a");
    assert_eq!(
        (stream.status, stream.code().as_str()),
        (400, "key_unsupported")
    );
}
