//! `/metrics`: the counts match the calls, and callers cannot add series.

use hecate_om::{Mesh, call::CallError};
use hecate_om_tests::{Sandbox, Service, runtime};
use serde::Serialize;
use serde_json::Value;

async fn call<T: Serialize>(mesh: &Mesh, procedure: &str, request: T) -> Result<Value, CallError> {
    mesh.procedure(procedure).call(&request).await
}

#[test]
fn the_metrics_match_the_calls_and_name_no_caller() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    let mesh = client.mesh();
    runtime.block_on(async {
        for _ in 0..3 {
            call(mesh, "hecate-trial/trial.text", "a").await.unwrap();
        }
        call(mesh, "hecate-trial/trial.text", 7).await.unwrap_err();
        for _ in 0..2 {
            let refused = call(mesh, "hecate-trial/trial.refuse", "no_such_thing").await;
            assert_eq!(refused.unwrap_err().code(), "no_such_thing");
        }
        call(mesh, "hecate-trial/trial.panic", ())
            .await
            .unwrap_err();
        call(mesh, "hecate-trial/trial.never", ())
            .await
            .unwrap_err();
        let long = "a".repeat(100);
        call(mesh, "hecate-trial/trial.small", long)
            .await
            .unwrap_err();
        let question = ("hecate-trial/trial.text", "asked");
        let response = call(mesh, "hecate-trial/trial.call", question).await;
        assert_eq!(response.unwrap(), "asked");
    });

    let page = trial.metrics();
    for (method, outcome, calls) in [
        // Once by `trial.call`.
        ("hecate-trial/trial.text", "ok", 4.0),
        ("hecate-trial/trial.text", "invalid_request", 1.0),
        ("hecate-trial/trial.refuse", "refused", 2.0),
        ("hecate-trial/trial.refuse", "ok", 0.0),
        ("hecate-trial/trial.panic", "panicked", 1.0),
        ("hecate-trial/trial.never", "timeout", 1.0),
        ("hecate-trial/trial.small", "payload_too_large", 1.0),
        ("hecate-trial/trial.call", "ok", 1.0),
        ("hecate-trial/info", "ok", 0.0),
    ] {
        let labels = [("rpc_method", method), ("outcome", outcome)];
        assert_eq!(
            page.value("hecate_calls_total", &labels),
            calls,
            "{labels:?}"
        );
        if outcome != "ok" {
            let labels = [("rpc_method", method), ("error_type", outcome)];
            let timed = page.value("rpc_server_call_duration_seconds_count", &labels);
            assert_eq!(timed, calls, "{labels:?}");
        }
    }
    let labels = [("rpc_method", "hecate-trial/trial.text")];
    assert_eq!(
        page.value("rpc_client_call_duration_seconds_count", &labels),
        1.0
    );
    let never = [("rpc_method", "hecate-trial/trial.never")];
    assert!(page.value("rpc_server_call_duration_seconds_sum", &never) > 0.0);

    assert_eq!(
        page.value(
            "hecate_build_info",
            &[("name", "hecate-trial"), ("ml_dsa", "aws-lc")]
        ),
        1.0
    );
    assert_eq!(page.value("hecate_links", &[("state", "up")]), 1.0);
    assert_eq!(page.value("hecate_links", &[("state", "known")]), 1.0);
    assert_eq!(page.value("hecate_claim", &[("state", "issued")]), 1.0);
    assert_eq!(page.value("hecate_stage", &[("stage", "live")]), 1.0);
    let granted = [
        ("procedure", "hecate-trial/trial.text"),
        ("state", "granted"),
    ];
    assert_eq!(page.value("hecate_grant", &granted), 1.0);
    let caller = mesh.node_id().to_string();
    let mut labels = page.series().into_iter().flat_map(|(_, labels)| labels);
    assert!(!labels.any(|(_, value)| value.contains(&caller)));
}

#[test]
fn a_services_own_metrics_are_on_the_page_and_callers_cannot_make_them_grow() {
    let machine = Sandbox::new();
    let mut trial = machine.start("hecate-trial");
    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    let measure = async |word: String| {
        let answer = call(client.mesh(), "hecate-trial/trial.measure", word).await;
        answer.expect("the word is measured");
    };
    runtime.block_on(measure("a \"b\"\n".to_owned()));
    runtime.block_on(async {
        for number in 0..100 {
            measure(number.to_string()).await;
        }
    });
    let page = trial.metrics();
    let words = |word| page.value("trial_words_total", &[("word", word)]);
    assert_eq!(
        (words("a \"b\"\n"), words("62"), words("_OTHER")),
        (1.0, 1.0, 37.0)
    );
    let series = page.series();
    let own = series
        .iter()
        .filter(|(name, _)| name == "trial_words_total");
    assert_eq!(own.count(), 65);
    assert_eq!(page.value("trial_word_bytes_count", &[]), 101.0);
    assert_eq!(
        page.value("trial_word_bytes_bucket", &[("le", "4.0")]),
        100.0
    );
    let overflow = page.value("hecate_metric_overflow_total", &[("metric", "trial_words")]);
    assert_eq!(overflow, 37.0);
    let warning = "a metric has the maximum number of label sets";
    trial.process.wait_for(warning);
    trial.process.catch_up();
    assert_eq!(trial.process.log().matches(warning).count(), 1);
}

#[test]
fn a_thousand_bogus_procedures_add_no_series() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    let bogus = async |n: u32| {
        let procedure = format!("hecate-trial/bogus.p{n}");
        let direct = call(client.mesh(), &procedure, n).await;
        assert_eq!(direct.unwrap_err().code(), "no_provider");
        // The service calls the procedure that its caller names.
        let response = call(client.mesh(), "hecate-trial/trial.call", (procedure, n)).await;
        assert_eq!(response.unwrap_err().code(), "upstream_no_provider");
    };
    runtime.block_on(bogus(0));
    let before = trial.metrics().series();
    runtime.block_on(async {
        for n in 1..=1_000 {
            bogus(n).await;
        }
    });
    let after = trial.metrics();
    assert_eq!(after.series(), before);
    let other = [("rpc_method", "_OTHER"), ("error_type", "no_provider")];
    let counted = after.value("rpc_client_call_duration_seconds_count", &other);
    assert_eq!(counted, 1_001.0);
}

#[test]
fn each_call_is_one_span_with_caller_procedure_and_outcome() {
    let machine = Sandbox::new();
    let mut trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_LOG", "info,hecate_om=debug")
            .env("HECATE_LOG_FORMAT", "json"),
    );
    let runtime = runtime();
    let client = runtime.block_on(machine.client());
    let text = "hecate-trial/trial.text";
    runtime.block_on(async {
        call(client.mesh(), text, "a").await.unwrap();
        call(client.mesh(), text, 7).await.unwrap_err();
    });
    let mut span = |text: &str| {
        let line = trial.process.wait_for(text);
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["level"], "DEBUG", "{line}");
        line["span"].clone()
    };
    let (answered, refused) = (span("answered"), span("call refused"));
    for (span, outcome) in [(&answered, "ok"), (&refused, "invalid_request")] {
        assert_eq!(span["name"], "call", "{span}");
        assert_eq!(span["capability"], "trial.text", "{span}");
        assert_eq!(span["version"], 1, "{span}");
        assert_eq!(
            span["caller"],
            client.mesh().node_id().to_string(),
            "{span}"
        );
        assert_eq!(span["sealed"], false, "{span}");
        assert_eq!(span["outcome"], outcome, "{span}");
        assert!(span["duration_ms"].is_f64(), "{span}");
        assert!(span["call_id"].is_u64(), "{span}");
    }
    assert_ne!(answered["call_id"], refused["call_id"]);
}
