//! The status and the problem details of each error.

use hecate_om_tests::Sandbox;
use serde_json::json;

use super::Gateway;
use super::http::Request;

#[test]
fn each_error_has_its_status_and_its_code() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &["--max-body", "65536"]);
    let call = |name: &str, request| Request::post(&format!("hecate-trial/{name}"), &request);
    let bare = |method| Request::get("/v1/hecate-trial/trial.text").with_method(method);
    for (request, status, code) in [
        (call("trial.text", json!(7)), 400, "invalid_request"),
        (
            call("trial.text", json!("a")).body("{"),
            400,
            "invalid_request",
        ),
        (
            call("trial.text", json!("a")).body("18446744073709551616"),
            400,
            "invalid_request",
        ),
        (
            call("trial.text", json!("a")).body([0xff]),
            400,
            "invalid_request",
        ),
        (
            call("trial.refuse", json!("no_such_thing")),
            400,
            "no_such_thing",
        ),
        (call("trial.members", json!(null)), 401, "unauthorized"),
        (call("no.such.thing", json!(1)), 404, "not_found"),
        (call("set_limits", json!(1)), 404, "not_found"),
        (
            Request::post("hecate-other/a.b", &json!(1)),
            404,
            "not_found",
        ),
        (
            Request::post("hecate-other/a%20b", &json!(1)),
            404,
            "not_found",
        ),
        (Request::get("/nowhere"), 404, "not_found"),
        (bare("GET"), 405, "method_not_allowed"),
        (bare("DELETE"), 405, "method_not_allowed"),
        (
            call("trial.count_to", json!({"key": "a", "to": 1})).header("accept", "image/png"),
            406,
            "not_acceptable",
        ),
        (
            call("trial.text", json!("x".repeat(70_000))),
            413,
            "payload_too_large",
        ),
        (
            call("trial.small", json!("x".repeat(5_000))),
            413,
            "payload_too_large",
        ),
        (bare("POST").body("\"a\""), 415, "unsupported_media_type"),
        (
            bare("POST")
                .header("content-type", "text/plain")
                .body("\"a\""),
            415,
            "unsupported_media_type",
        ),
        (call("trial.sum", json!("key")), 415, "wrong_kind"),
        (call("trial.shout", json!("key")), 426, "wrong_kind"),
        (call("trial.panic", json!(null)), 500, "panicked"),
        (
            call("trial.sleep", json!(60_000)).header("request-timeout", "0.3"),
            504,
            "timeout",
        ),
        (
            call("trial.text", json!("a")).header("request-timeout", "soon"),
            400,
            "invalid_request",
        ),
        (
            call("trial.text", json!("a")).header("request-timeout", "601"),
            400,
            "invalid_request",
        ),
    ] {
        let answer = gateway.send(&request);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{request:?}: {answer:?}"
        );
    }
    let refused = gateway.send(&call("trial.refuse", json!("no_such_thing")));
    assert_eq!(refused.json()["retry_after_ms"], 1500);
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(gateway.send(&bare("GET")).header("allow"), "POST");
    assert_eq!(
        gateway
            .send(&call("trial.members", json!(null)))
            .header("www-authenticate"),
        "Bearer"
    );
}

#[test]
fn a_service_that_is_away_is_unavailable_until_it_returns() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let gateway = Gateway::start(&machine, &[]);
    let call = || gateway.post("hecate-echo/echo.say", &json!("a"));
    let absent = call();
    assert_eq!(
        (absent.status, absent.code().as_str()),
        (503, "no_provider")
    );
    assert_eq!(
        (&absent.json()["retryable"], absent.header("retry-after")),
        (&json!(true), "1")
    );
    let _echo = machine.start("hecate-echo");
    let back = call();
    assert_eq!((back.status, back.json()), (200, json!("a")), "{back:?}");
}
