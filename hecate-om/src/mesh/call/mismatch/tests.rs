use super::*;
use crate::capability::schema::{request_schema, response_schema};

#[derive(schemars::JsonSchema)]
#[allow(dead_code, reason = "only its schema is asked for")]
struct Ours {
    text: String,
}

#[derive(schemars::JsonSchema)]
#[allow(dead_code, reason = "only its schema is asked for")]
struct Theirs {
    text: String,
    loud: bool,
}

const BUILT: Option<Built> = Some(Built {
    schemas: Schemas {
        request: request_schema::<Ours>,
        response: response_schema::<Ours>,
        inbound: request_schema::<Ours>,
    },
});

fn described(request: Option<schemars::Schema>, response: &str) -> Described {
    Described {
        procedure: "org/echo.say".into(),
        kind: "bidi".into(),
        inbound_schema: None,
        request_schema: request.map(|schema| schema.to_value().to_string()),
        response_schema: Some(response.into()),
    }
}

#[test]
fn what_this_side_does_not_send_and_what_it_cannot_read_are_told() {
    let described = described(request_schema::<Theirs>(), r#"{"type": "integer"}"#);
    let differences = compare(BUILT, &described);
    let [request, response] = differences.breaking.as_slice() else {
        panic!("{differences:?}");
    };
    assert_eq!(request, "request `loud`: is new and required");
    assert!(response.starts_with("response "), "{response}");
    assert_eq!(differences.undecided, [""; 0]);
}

#[test]
fn what_breaks_nobody_is_no_mismatch() {
    let same = response_schema::<Ours>().map(|schema| schema.to_value().to_string());
    let more = response_schema::<Theirs>().map(|schema| schema.to_value().to_string());
    let none = Differences {
        kind: Some("bidi"),
        ..Differences::default()
    };
    for response in [same.unwrap(), more.unwrap(), "no JSON".into()] {
        let described = described(request_schema::<Ours>(), &response);
        assert_eq!(compare(BUILT, &described), none);
    }
    assert_eq!(compare(None, &described(None, "{}")), none);
    let unknown = Described {
        kind: "another".into(),
        ..described(None, "{}")
    };
    assert_eq!(compare(None, &unknown), Differences::default());
}

#[test]
fn the_items_of_a_stream_are_compared_too() {
    let items = request_schema::<Theirs>().unwrap();
    let described = Described {
        inbound_schema: Some(items.to_value().to_string()),
        ..described(request_schema::<Ours>(), "{}")
    };
    let differences = compare(BUILT, &described).breaking;
    assert!(
        differences.contains(&"items sent `loud`: is new and required".to_owned()),
        "{differences:?}"
    );
}

/// A response with two to the power of thirty alternatives.
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
fn what_is_too_complex_to_compare_is_reported_as_that_beside_the_error() {
    let long = format!(r#"{{"description": "{}"}}"#, "a".repeat(MAX_SCHEMA));
    for response in [exponential(), long] {
        let differences = compare(BUILT, &described(request_schema::<Ours>(), &response));
        assert_eq!(differences.breaking, [""; 0]);
        let error = CallError::BadResponse("an integer".into());
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
async fn a_comparison_runs_beside_the_calls_and_only_a_few_at_once() {
    let comparisons = Arc::new(Semaphore::new(COMPARISONS));
    let soon = || Instant::now() + Duration::from_secs(60);
    let response = exponential();
    let all = (0..4 * COMPARISONS).map(|_| {
        let described = described(None, &response);
        compared(BUILT, described, Arc::clone(&comparisons), soon())
    });
    for differences in futures_util::future::join_all(all).await {
        assert_eq!(differences.unwrap().undecided.len(), 1);
    }
    // Without a free permit, the call keeps its own error.
    let taken = Arc::clone(&comparisons).acquire_many_owned(COMPARISONS as u32);
    let taken = taken.await.unwrap();
    let described = described(None, &response);
    let until = Instant::now() + Duration::from_millis(1);
    assert_eq!(
        compared(BUILT, described, Arc::clone(&comparisons), until).await,
        None
    );
    drop(taken);
    assert_eq!(comparisons.available_permits(), COMPARISONS);
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_said_holds_for_a_while_and_for_so_many() {
    let mismatches = Mismatches::default();
    let node = |n: u8| NodeId::from_bytes([n; 32]);
    let of = |procedure: &str, n| mismatches.of((procedure.to_owned(), node(n), true));
    let first = of("a/b", 1);
    assert!(Arc::ptr_eq(&first, &of("a/b", 1)));
    assert!(!Arc::ptr_eq(&first, &of("a/b", 2)));
    tokio::time::advance(HOLDS).await;
    assert!(!Arc::ptr_eq(&first, &of("a/b", 1)));
    let failed = of("a/c", 1);
    failed.set(Err(Instant::now())).unwrap();
    assert!(Arc::ptr_eq(&failed, &of("a/c", 1)));
    tokio::time::advance(UNKNOWN_FOR).await;
    assert!(!Arc::ptr_eq(&failed, &of("a/c", 1)), "it is asked again");
    for n in 0..2 * KEPT {
        of(&format!("a/p{n}"), 1);
    }
    assert_eq!(mismatches.said.lock().unwrap().len(), KEPT);
}
