use std::time::Duration;

use expect_test::{Expect, expect};

use super::render;
use crate::Access;
use crate::attributes::{CapabilityArgs, Errors};

pub(super) fn parse(attribute: &str) -> CapabilityArgs {
    let mut errors = Errors::new();
    let args = CapabilityArgs::parse(attribute.parse().unwrap(), &mut errors);
    assert_eq!(render(errors), "");
    args.unwrap()
}

pub(super) fn refused(attribute: &str, expected: &Expect) {
    let mut errors = Errors::new();
    let args = CapabilityArgs::parse(attribute.parse().unwrap(), &mut errors);
    assert!(args.is_none(), "accepted {attribute}");
    expected.assert_eq(&render(errors));
}

#[test]
fn a_name_is_enough() {
    let args = parse("\"echo.say\"");
    assert_eq!(args.name.as_str(), "echo.say");
    assert_eq!(*args.version, 1);
    assert_eq!(args.access, None);
    assert_eq!(
        (args.max_bytes, args.timeout, args.concurrency),
        (None, None, None)
    );
    assert!(args.crate_path.is_none());
}

#[test]
fn every_key_is_read() {
    let args = parse(
        r#""rag.embed", version = 2, access = open, max_bytes = "1 MiB", timeout = "10s",
           concurrency = 64, crate = ::om, layers = [audit, crate::tenancy::tenant, ::b::c],"#,
    );
    let layers: Vec<&str> = args.layers.iter().map(|layer| &*layer.name).collect();
    assert_eq!(layers, ["audit", "crate::tenancy::tenant", "::b::c"]);
    assert_eq!(*args.version, 2);
    assert_eq!(args.access, Some(Access::Open));
    assert_eq!(args.max_bytes, Some(1024 * 1024));
    assert_eq!(args.timeout, Some(Duration::from_secs(10)));
    assert_eq!(args.concurrency, Some(64));
    assert!(args.crate_path.is_some());
}

#[test]
fn a_missing_name_is_reported_with_its_purpose() {
    let mut errors = Errors::new();
    assert!(CapabilityArgs::parse("version = 1".parse().unwrap(), &mut errors).is_none());
    let messages: Vec<String> = errors.into_iter().map(|error| error.to_string()).collect();
    assert_eq!(
        messages,
        ["a capability needs a name, by which it is called: write `#[capability(\"echo.say\")]`"]
    );
}

#[test]
fn a_name_must_be_text() {
    refused(
        "echo",
        &expect![[r#"
            echo
                the name of a capability must be a string literal: write `#[capability("echo.say")]`
        "#]],
    );
    refused(
        "echo.say, version = 1",
        &expect![[r#"
            echo.say
                the name of a capability must be a string literal: write `#[capability("echo.say")]`
        "#]],
    );
    refused(
        "7",
        &expect![[r#"
            7
                the name of a capability must be a string literal: write `#[capability("echo.say")]`
        "#]],
    );
}

#[test]
fn a_name_must_be_valid_on_the_wire() {
    refused(
        "\"Echo Say\"",
        &expect![[r#"
            "Echo Say"
                `E` at character 1 of the capability name `Echo Say` is not allowed: start with a lowercase letter or a digit, and continue with those, `.`, `_` and `-`, as in `echo-say`
        "#]],
    );
    refused(
        "\"echo.say_v2\"",
        &expect![[r#"
            "echo.say_v2"
                the capability name `echo.say_v2` ends in `_v2`, the notation of a version on the wire: write `echo.say` with `version = 2`
        "#]],
    );
    refused(
        "\"\"",
        &expect![[r#"
        ""
            the capability name is empty: each part between slashes needs at least one character
    "#]],
    );
}

#[test]
fn names_that_the_runtime_serves_are_reserved() {
    refused(
        "\"get_limits\"",
        &expect![[r#"
            "get_limits"
                the name `get_limits` is reserved for a capability that every service has: choose another name
        "#]],
    );
}

#[test]
fn a_second_value_without_a_key_is_refused() {
    refused(
        "\"echo.say\", 2",
        &expect![[r#"
            2
                `#[capability]` takes one value without a key, the name: add the key, as in `version = 1`
        "#]],
    );
}

#[test]
fn an_unknown_key_is_reported_with_the_known_keys() {
    refused(
        "\"echo.say\", colour = 1",
        &expect![[r#"
            colour
                unknown key `colour`
                the keys of `#[capability]` are `access`, `as`, `concurrency`, `confidential`, `crate`, `dedupe`, `deprecated`, `global_max`, `idempotent`, `layers`, `max_bytes`, `max_distinct_callers`, `per_caller_max`, `queue`, `timeout`, `version`, `window`
        "#]],
    );
}

#[test]
fn a_misspelt_key_gets_a_suggestion() {
    refused(
        "\"echo.say\", verison = 1",
        &expect![[r#"
            verison
                unknown key `verison`, did you mean `version`?
                the keys of `#[capability]` are `access`, `as`, `concurrency`, `confidential`, `crate`, `dedupe`, `deprecated`, `global_max`, `idempotent`, `layers`, `max_bytes`, `max_distinct_callers`, `per_caller_max`, `queue`, `timeout`, `version`, `window`
        "#]],
    );
}

#[test]
fn a_key_of_the_other_attribute_is_recognized() {
    refused(
        "\"echo.say\", ttl_days = 1",
        &expect![[r#"
            ttl_days
                unknown key `ttl_days`: it is a key of `#[hecate_service]`
                the keys of `#[capability]` are `access`, `as`, `concurrency`, `confidential`, `crate`, `dedupe`, `deprecated`, `global_max`, `idempotent`, `layers`, `max_bytes`, `max_distinct_callers`, `per_caller_max`, `queue`, `timeout`, `version`, `window`
        "#]],
    );
    refused(
        "name = \"echo.say\"",
        &expect![[r#"
            name
                unknown key `name`: the name comes first, without a key: `#[capability("echo.say")]`
                the keys of `#[capability]` are `access`, `as`, `concurrency`, `confidential`, `crate`, `dedupe`, `deprecated`, `global_max`, `idempotent`, `layers`, `max_bytes`, `max_distinct_callers`, `per_caller_max`, `queue`, `timeout`, `version`, `window`
        "#]],
    );
}

#[test]
fn a_duplicate_key_is_reported_with_both_locations() {
    refused(
        "\"echo.say\", version = 1, version = 2",
        &expect![[r#"
            version
                `version` is given twice: remove one of the two
            version
                `version` is first given here
        "#]],
    );
}

#[test]
fn a_key_needs_its_value() {
    refused(
        "\"echo.say\", version",
        &expect![[r#"
        version
            `version` needs a value: write `version = 1`
    "#]],
    );
    refused(
        "\"echo.say\", version =",
        &expect![[r#"
        version
            `version` needs a value: write `version = 1`
    "#]],
    );
    refused(
        "\"echo.say\", timeout(\"1s\")",
        &expect![[r#"
        timeout
            `timeout` needs a value: write `timeout = "10s"`
    "#]],
    );
}

#[test]
fn stray_and_missing_commas_are_named() {
    refused(
        "\"echo.say\",, version = 1",
        &expect![[r#"
            ,
                no argument before this comma: remove the comma
        "#]],
    );
    refused(
        "\"echo.say\" version = 1 timeout = \"1s\"",
        &expect![[r#"
            version
                missing comma before `version`
            timeout
                missing comma before `timeout`
        "#]],
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    refused(
        "\"Echo\", version = 0, tiemout = \"1s\", max_bytes = \"1 MB\"",
        &expect![[r#"
            tiemout
                unknown key `tiemout`, did you mean `timeout`?
                the keys of `#[capability]` are `access`, `as`, `concurrency`, `confidential`, `crate`, `dedupe`, `deprecated`, `global_max`, `idempotent`, `layers`, `max_bytes`, `max_distinct_callers`, `per_caller_max`, `queue`, `timeout`, `version`, `window`
            "Echo"
                `E` at character 1 of the capability name `Echo` is not allowed: start with a lowercase letter or a digit, and continue with those, `.`, `_` and `-`, as in `echo`
            0
                `version` is 0, but must be a whole number from 1 to 4294967295
            "1 MB"
                `max_bytes` has the unknown unit `MB`: use one of `B`, `KiB`, `MiB`
        "#]],
    );
}

#[test]
fn layers_are_paths_of_functions_each_once() {
    refused(
        r#""a", layers = ["audit", audit(1), b::<u8>, |call| call, c, c]"#,
        &expect![[r#"
            "audit"
                a layer is the path of a function: write its name without arguments, quotes or a closure
            audit(1)
                a layer is the path of a function: write its name without arguments, quotes or a closure
            b::<u8>
                a layer is the path of a function: write its name without arguments, quotes or a closure
            |call| call
                a layer is the path of a function: write its name without arguments, quotes or a closure
            c
                `layers` contains `c` twice: remove one of the two
        "#]],
    );
    refused(
        r#""a", layers = audit"#,
        &expect![[r#"
        audit
            `layers` takes a list of functions: write `layers = [audit]`
    "#]],
    );
    assert!(parse(r#""a", layers = []"#).layers.is_empty());
}
