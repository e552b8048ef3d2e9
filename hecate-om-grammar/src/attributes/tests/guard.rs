//! The values of `#[capability]`'s keys on rate, queue, sealing and repetition.

use std::time::Duration;

use expect_test::expect;

use super::capability::{parse, refused};
use crate::{Confidential, Dedupe, DedupeStore};

#[test]
fn every_key_is_read() {
    let args = parse(
        "\"a\", queue = 16, window = \"1h\", per_caller_max = 60, global_max = 600, \
         max_distinct_callers = 32, confidential = required, idempotent",
    );
    assert_eq!(args.queue, Some(16));
    assert_eq!(args.window, Some(Duration::from_secs(3600)));
    assert_eq!(
        (args.per_caller_max, args.global_max),
        (Some(60), Some(600))
    );
    assert_eq!(args.max_distinct_callers, Some(32));
    assert_eq!(args.confidential, Some(Confidential::Required));
    assert!(args.idempotent);
}

#[test]
fn a_queue_may_have_length_0() {
    assert_eq!(parse("\"a\", queue = 0").queue, Some(0));
    refused(
        "\"a\", queue = -1",
        &expect![[r#"
            -1
                `queue` is -1, but must be a whole number from 0 to 4294967295
        "#]],
    );
    refused(
        "\"a\", queue = \"16\"",
        &expect![[r#"
        "16"
            `queue` takes a whole number: write `queue = 16`
    "#]],
    );
    refused(
        "\"a\", queue = 16u32",
        &expect![[r#"
        16u32
            `queue` takes a whole number without a suffix: write `queue = 16`
    "#]],
    );
}

#[test]
fn a_window_is_a_millisecond_to_an_hour() {
    assert_eq!(
        parse("\"a\", window = \"1ms\"").window,
        Some(Duration::from_millis(1))
    );
    refused(
        "\"a\", window = \"0s\"",
        &expect![[r#"
            "0s"
                `window` is 0: use at least `"1ms"`
        "#]],
    );
    refused(
        "\"a\", window = \"61m\"",
        &expect![[r#"
            "61m"
                `window` is longer than a refused caller should have to wait for the next window: use at most `"1h"`
        "#]],
    );
    refused(
        "\"a\", window = 10000",
        &expect![[r#"
            10000
                `window` takes a duration, as a string literal with a unit: write `window = "10s"`
        "#]],
    );
}

#[test]
fn a_bound_allows_a_value() {
    refused(
        "\"a\", per_caller_max = 0",
        &expect![[r#"
            0
                `per_caller_max` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
    refused(
        "\"a\", global_max = 0",
        &expect![[r#"
            0
                `global_max` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
    refused(
        "\"a\", max_distinct_callers = 0",
        &expect![[r#"
            0
                `max_distinct_callers` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
}

#[test]
fn one_caller_may_not_have_more_calls_than_all() {
    let args = parse("\"a\", per_caller_max = 6000");
    assert_eq!((args.per_caller_max, args.global_max), (Some(6000), None));
    let args = parse("\"a\", global_max = 600");
    assert_eq!((args.per_caller_max, args.global_max), (None, Some(600)));
    refused(
        "\"a\", per_caller_max = 10, global_max = 5",
        &expect![[r#"
            10
                `per_caller_max` is 10, more than `global_max`, which is 5: lower this one or raise that one
        "#]],
    );
    refused(
        "\"a\", per_caller_max = 6001",
        &expect![[r#"
            6001
                `per_caller_max` is 6001, more than the default of `global_max`, 6000: add `global_max = 6001` or more
        "#]],
    );
    refused(
        "\"a\", global_max = 599",
        &expect![[r#"
            599
                `global_max` is 599, less than the default of `per_caller_max`, 600: add `per_caller_max = 599` or less
        "#]],
    );
    // A value with a mistake hides the contradiction.
    refused(
        "\"a\", per_caller_max = 7000, global_max = 0",
        &expect![[r#"
            0
                `global_max` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
}

#[test]
fn a_wrong_confidential_is_refused_with_the_allowed_words() {
    for (word, confidential) in [
        ("off", Confidential::Off),
        ("preferred", Confidential::Preferred),
        ("required", Confidential::Required),
    ] {
        let args = parse(&format!("\"a\", confidential = {word}"));
        assert_eq!(args.confidential, Some(confidential));
    }
    refused(
        "\"a\", confidential = require",
        &expect![[r#"
            require
                `confidential` cannot be `require`, did you mean `required`?
                it must be `off`, `preferred` or `required`
        "#]],
    );
    refused(
        "\"a\", confidential = \"required\"",
        &expect![[r#"
            "required"
                `confidential` must be `off`, `preferred` or `required`, without quotes around it
        "#]],
    );
    refused(
        "\"a\", confidential = true",
        &expect![[r#"
            true
                `confidential` must be `off`, `preferred` or `required`, without quotes around it
        "#]],
    );
    refused(
        "\"a\", confidential",
        &expect![[r#"
        confidential
            `confidential` needs a value: write `confidential = preferred`
    "#]],
    );
}

#[test]
fn dedupe_is_a_window_in_memory_or_on_disk() {
    let read = |arguments: &str| parse(arguments).dedupe.map(|dedupe| dedupe.value);
    assert_eq!(read("\"a\""), None);
    let dedupe = |window_ms, store| Some(Dedupe { window_ms, store });
    let memory = dedupe(600_000, DedupeStore::Memory);
    assert_eq!(read("\"a\", dedupe = \"10m\""), memory);
    let disk = dedupe(604_800_000, DedupeStore::Disk);
    assert_eq!(read("\"a\", dedupe = disk(\"168h\")"), disk);
    for arguments in [
        "10",
        "\"10\"",
        "\"0s\"",
        "\"169h\"",
        "disk",
        "disk()",
        "disk(\"1m\", \"2m\")",
        "memory(\"1m\")",
    ] {
        let mut errors = crate::attributes::Errors::new();
        let tokens = format!("\"a\", dedupe = {arguments}").parse().unwrap();
        assert!(crate::attributes::CapabilityArgs::parse(tokens, &mut errors).is_none());
        assert_eq!(errors.into_iter().count(), 1, "{arguments}");
    }
}

#[test]
fn idempotent_needs_no_value() {
    assert!(parse("\"a\", idempotent").idempotent);
    assert!(parse("\"a\", idempotent,").idempotent);
    assert!(parse("\"a\", idempotent = true, version = 2").idempotent);
    assert!(!parse("\"a\", idempotent = false").idempotent);
    assert!(!parse("\"a\"").idempotent);
    refused(
        "\"a\", idempotent = 1",
        &expect![[r#"
        1
            `idempotent` takes `true` or `false`: write `idempotent = true`
    "#]],
    );
    refused(
        "\"a\", idempotent =",
        &expect![[r#"
        idempotent
            `idempotent` needs a value: write `idempotent = true`
    "#]],
    );
    refused(
        "\"a\", idempotent(true)",
        &expect![[r#"
        idempotent
            `idempotent` needs a value: write `idempotent = true`
    "#]],
    );
    refused(
        "\"a\", idempotent, idempotent = false",
        &expect![[r#"
            idempotent
                `idempotent` is given twice: remove one of the two
            idempotent
                `idempotent` is first given here
        "#]],
    );
    refused(
        "\"a\", idempotent version = 2",
        &expect![[r#"
            version
                missing comma before `version`
        "#]],
    );
}
