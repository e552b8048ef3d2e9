use super::*;
use crate::capability::schema::{request_schema, response_schema};
use crate::cause::Cause;

#[derive(schemars::JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Ours {
    text: String,
}

#[derive(schemars::JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Theirs {
    text: String,
    loud: bool,
}

const CALLER: Option<CallerSchema> = Some(CallerSchema {
    schemas: Schemas {
        request: request_schema::<Ours>,
        response: response_schema::<Ours>,
        inbound: request_schema::<Ours>,
    },
});

fn description(request: Option<schemars::Schema>, response: &str) -> ProviderDescription {
    ProviderDescription {
        procedure: "org/echo.say".into(),
        kind: "bidi".into(),
        inbound_schema: None,
        request_schema: request.map(|schema| schema.to_value().to_string()),
        response_schema: Some(response.into()),
    }
}

#[test]
fn a_field_that_the_caller_does_not_send_and_a_response_it_cannot_decode_are_reported() {
    let described = description(request_schema::<Theirs>(), r#"{"type": "integer"}"#);
    let differences = compare(CALLER, &described);
    let [request, response] = differences.breaking.as_slice() else {
        panic!("{differences:?}");
    };
    assert_eq!(request, "request `loud`: is new and required");
    assert!(response.starts_with("response "), "{response}");
    assert_eq!(differences.undecided, [""; 0]);
}

#[test]
fn differences_that_fail_no_call_are_no_mismatch() {
    let same = response_schema::<Ours>().map(|schema| schema.to_value().to_string());
    let more = response_schema::<Theirs>().map(|schema| schema.to_value().to_string());
    let none = Differences {
        kind: Some("bidi"),
        ..Differences::default()
    };
    for response in [same.unwrap(), more.unwrap(), "no JSON".into()] {
        let described = description(request_schema::<Ours>(), &response);
        assert_eq!(compare(CALLER, &described), none);
    }
    assert_eq!(compare(None, &description(None, "{}")), none);
    let unknown = ProviderDescription {
        kind: "another".into(),
        ..description(None, "{}")
    };
    assert_eq!(compare(None, &unknown), Differences::default());
}

#[test]
fn the_item_types_of_a_stream_are_compared_too() {
    let items = request_schema::<Theirs>().unwrap();
    let described = ProviderDescription {
        inbound_schema: Some(items.to_value().to_string()),
        ..description(request_schema::<Ours>(), "{}")
    };
    let differences = compare(CALLER, &described).breaking;
    assert!(
        differences.contains(&"items sent `loud`: is new and required".to_owned()),
        "{differences:?}"
    );
}

/// Returns the schema of a response with 2³⁰ alternatives.
fn exponential() -> String {
    let defs: Vec<String> = (0..30)
        .map(|n| {
            let next = n + 1;
            format!(
                r##""D{n}": {{"anyOf": [{{"$ref": "#/$defs/D{next}", "minLength": {next}}},
                    {{"$ref": "#/$defs/D{next}", "maxLength": 1{n}}}]}}"##
            )
        })
        .collect();
    let defs = defs.join(", ");
    format!(r##"{{"$ref": "#/$defs/D0", "$defs": {{{defs}, "D30": {{"type": "string"}}}}}}"##)
}

#[test]
fn types_too_complex_to_compare_are_reported_with_the_calls_error() {
    let long = format!(r#"{{"description": "{}"}}"#, "a".repeat(MAX_SCHEMA));
    for response in [exponential(), long] {
        let differences = compare(CALLER, &description(request_schema::<Ours>(), &response));
        assert_eq!(differences.breaking, [""; 0]);
        let error = CallError::BadResponse(Cause::new("an integer"));
        assert_eq!(
            differences.reported(&error),
            [
                "response is too complex to compare".to_owned(),
                format!("the call itself failed: {error}"),
            ]
        );
    }
    let many = Differences {
        kind: None,
        breaking: vec!["x".to_owned(); 100],
        undecided: vec!["y".to_owned()],
    };
    let reported = many.reported(&CallError::StreamEnded);
    assert_eq!(reported.len(), MAX_DIFFERENCES + 1);
    assert_eq!(reported[MAX_DIFFERENCES], "69 more differences");
}

#[tokio::test]
async fn comparisons_run_in_the_background_and_only_a_few_at_once() {
    let comparisons = Arc::new(Semaphore::new(COMPARISONS));
    let soon = || Instant::now() + Duration::from_secs(60);
    let response = exponential();
    let all = (0..4 * COMPARISONS).map(|_| {
        let described = description(None, &response);
        compare_in_background(CALLER, described, Arc::clone(&comparisons), soon())
    });
    for differences in futures_util::future::join_all(all).await {
        assert_eq!(differences.unwrap().undecided.len(), 1);
    }
    // Without a free permit, the call's own error is returned.
    let permits = Arc::clone(&comparisons).acquire_many_owned(COMPARISONS as u32);
    let permits = permits.await.unwrap();
    let described = description(None, &response);
    let until = Instant::now() + Duration::from_millis(1);
    assert_eq!(
        compare_in_background(CALLER, described, Arc::clone(&comparisons), until).await,
        None
    );
    drop(permits);
    assert_eq!(comparisons.available_permits(), COMPARISONS);
}

#[tokio::test(start_paused = true)]
async fn comparisons_are_cached_for_a_time_and_up_to_a_bound() {
    let cache = MismatchCache::default();
    let node = |n: u8| NodeId::from_bytes([n; 32]);
    let of = |procedure: &str, n| cache.comparison((procedure.to_owned(), node(n), true));
    let first = of("a/b", 1);
    assert!(Arc::ptr_eq(&first, &of("a/b", 1)));
    assert!(!Arc::ptr_eq(&first, &of("a/b", 2)));
    tokio::time::advance(CACHED_FOR).await;
    assert!(!Arc::ptr_eq(&first, &of("a/b", 1)));
    let failed = of("a/c", 1);
    failed.set(Err(Instant::now())).unwrap();
    assert!(Arc::ptr_eq(&failed, &of("a/c", 1)));
    tokio::time::advance(FAILURE_CACHED_FOR).await;
    assert!(
        !Arc::ptr_eq(&failed, &of("a/c", 1)),
        "the provider is asked again"
    );
    for n in 0..2 * MAX_CACHED {
        of(&format!("a/p{n}"), 1);
    }
    assert_eq!(cache.entries.lock().unwrap().len(), MAX_CACHED);
}
