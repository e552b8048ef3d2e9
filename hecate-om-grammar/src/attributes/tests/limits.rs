//! The values of `#[capability]`'s keys.

use std::time::Duration;

use expect_test::expect;

use super::capability::{parse, refused};
use super::{Errors, render};
use crate::Access;
use crate::attributes::CapabilityArgs;

#[test]
fn sizes_are_bytes_or_text_with_a_unit() {
    for (text, bytes) in [
        ("1", 1),
        ("65_536", 65536),
        ("\"512 B\"", 512),
        ("\"64KiB\"", 65536),
        ("16777215", 16777215),
    ] {
        let args = parse(&format!("\"a\", max_bytes = {text}"));
        assert_eq!(args.max_bytes, Some(bytes), "{text}");
    }
}

#[test]
fn durations_have_a_unit() {
    for (text, milliseconds) in [
        ("1ms", 1),
        ("500 ms", 500),
        ("10s", 10_000),
        ("10m", 600_000),
    ] {
        let args = parse(&format!("\"a\", timeout = \"{text}\""));
        assert_eq!(
            args.timeout,
            Some(Duration::from_millis(milliseconds)),
            "{text}"
        );
    }
}

#[test]
fn access_is_open_a_realm_member_a_token_or_a_list_of_nodes() {
    let issuer = "AB".repeat(32);
    for (text, access) in [
        ("open".to_owned(), Access::Open),
        (
            "realm_member(\"embed\")".to_owned(),
            Access::RealmMember {
                permission: "embed".to_owned(),
            },
        ),
        (
            format!("ucan(issuer = \"{issuer}\")"),
            Access::Ucan {
                issuer: issuer.to_lowercase(),
            },
        ),
        (
            "ucan(issuer = setting(\"PARCELS_ISSUER\"))".to_owned(),
            Access::UcanFrom {
                setting: "PARCELS_ISSUER".to_owned(),
            },
        ),
        ("nodes()".to_owned(), Access::Nodes(Vec::new())),
        (
            format!("nodes(\"{}\", \"{issuer}\",)", "cd".repeat(32)),
            Access::Nodes(vec![issuer.to_lowercase(), "cd".repeat(32)]),
        ),
        (
            "nodes(setting(\"PARCELS_PARTNERS\"))".to_owned(),
            Access::NodesFrom {
                setting: "PARCELS_PARTNERS".to_owned(),
            },
        ),
    ] {
        assert_eq!(
            parse(&format!("\"a\", access = {text}")).access,
            Some(access)
        );
    }
}

#[test]
fn a_list_of_nodes_has_ids_each_once_or_a_setting() {
    for nodes in [
        "nodes",
        "nodes(\"ab\")",
        "nodes(partners)",
        "nodes([\"ab\"])",
        "nodes(setting(\"partners\"))",
        "nodes(setting(\"HECATE_ORG\"))",
        "nodes(setting(\"A\"), setting(\"B\"))",
    ] {
        let mut errors = Errors::new();
        let attribute = format!("\"a\", access = {nodes}");
        let args = CapabilityArgs::parse(attribute.parse().unwrap(), &mut errors);
        assert!(args.is_none(), "{nodes}");
        assert_ne!(render(errors), "");
    }
    let twice = format!(
        "\"a\", access = nodes(\"{}\", \"{}\")",
        "ab".repeat(32),
        "AB".repeat(32)
    );
    let mut errors = Errors::new();
    assert!(CapabilityArgs::parse(twice.parse().unwrap(), &mut errors).is_none());
    assert!(render(errors).contains("is listed twice: remove one of the two"));
}

#[test]
fn a_version_is_a_whole_number_from_one() {
    refused(
        "\"echo.say\", version = \"1\"",
        &expect![[r#"
        "1"
            `version` takes a whole number: write `version = 1`
    "#]],
    );
    refused(
        "\"echo.say\", version = 0",
        &expect![[r#"
            0
                `version` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
    refused(
        "\"echo.say\", version = -1",
        &expect![[r#"
            -1
                `version` is -1, but must be a whole number from 1 to 4294967295
        "#]],
    );
    refused(
        "\"echo.say\", version = 1u32",
        &expect![[r#"
        1u32
            `version` takes a whole number without a suffix: write `version = 1`
    "#]],
    );
    refused(
        "\"echo.say\", version = VERSION",
        &expect![[r#"
            VERSION
                `version` takes a whole number: write `version = 1`; it must be a literal, because the manifest is generated from the source before anything is evaluated
        "#]],
    );
}

#[test]
fn a_size_out_of_bounds_is_refused() {
    refused(
        "\"a\", max_bytes = 0",
        &expect![[r#"
            0
                `max_bytes` is 0, too small for any payload: use at least 1 byte
        "#]],
    );
    refused(
        "\"a\", max_bytes = \"16 MiB\"",
        &expect![[r#"
            "16 MiB"
                `max_bytes` is larger than a frame on the mesh: use at most 16777215 bytes (16 MiB minus one)
        "#]],
    );
    refused(
        "\"a\", max_bytes = \"99999999999999999999 MiB\"",
        &expect![[r#"
            "99999999999999999999 MiB"
                `max_bytes` is larger than a frame on the mesh: use at most 16777215 bytes (16 MiB minus one)
        "#]],
    );
}

#[test]
fn a_size_needs_a_known_unit() {
    refused(
        "\"a\", max_bytes = \"1 MB\"",
        &expect![[r#"
        "1 MB"
            `max_bytes` has the unknown unit `MB`: use one of `B`, `KiB`, `MiB`
    "#]],
    );
    refused(
        "\"a\", max_bytes = \"1.5 MiB\"",
        &expect![[r#"
            "1.5 MiB"
                `max_bytes` must be a whole number: use a smaller unit, down to `B`
        "#]],
    );
    refused(
        "\"a\", max_bytes = \"many\"",
        &expect![[r#"
            "many"
                `max_bytes` must be a number and a unit: start with a number, then one of `B`, `KiB`, `MiB`
        "#]],
    );
    refused(
        "\"a\", max_bytes = 1MiB",
        &expect![[r#"
            1MiB
                `max_bytes` takes a size, as a number of bytes or a string literal with a unit: write `max_bytes = "1 MiB"`
        "#]],
    );
    refused(
        "\"a\", max_bytes = true",
        &expect![[r#"
            true
                `max_bytes` takes a size, as a number of bytes or a string literal with a unit: write `max_bytes = "1 MiB"`
        "#]],
    );
}

#[test]
fn a_duration_needs_a_unit_and_bounds() {
    refused(
        "\"a\", timeout = 10",
        &expect![[r#"
            10
                `timeout` takes a duration, as a string literal with a unit: write `timeout = "10s"`
        "#]],
    );
    refused(
        "\"a\", timeout = 10s",
        &expect![[r#"
            10s
                `timeout` takes a duration, as a string literal with a unit: write `timeout = "10s"`
        "#]],
    );
    refused(
        "\"a\", timeout = \"10\"",
        &expect![[r#"
            "10"
                `timeout` has no unit: add one of `ms`, `s`, `m`, `h` after the number
        "#]],
    );
    refused(
        "\"a\", timeout = \"1h\"",
        &expect![[r#"
            "1h"
                `timeout` is longer than a call may take: use at most `"10m"`
        "#]],
    );
    refused(
        "\"a\", timeout = \"0s\"",
        &expect![[r#"
            "0s"
                `timeout` is 0: use at least `"1ms"`
        "#]],
    );
    refused(
        "\"a\", timeout = \"11m\"",
        &expect![[r#"
            "11m"
                `timeout` is longer than a call may take: use at most `"10m"`
        "#]],
    );
}

#[test]
fn a_wrong_access_is_refused_with_the_allowed_forms() {
    refused(
        "\"a\", access = opne",
        &expect![[r#"
            opne
                `access` cannot be `opne`, did you mean `open`?
                it must be `open`, `realm_member("permission")`, `ucan(issuer = "…")` or `nodes("…")`
        "#]],
    );
    refused(
        "\"a\", access = \"open\"",
        &expect![[r#"
            "open"
                `access` must be `open`, `realm_member("permission")`, `ucan(issuer = "…")` or `nodes("…")`, without quotes around it
        "#]],
    );
    refused(
        "\"a\", access = open(1)",
        &expect![[r#"
            open(1)
                `access` takes no arguments after `open`: remove the parentheses
        "#]],
    );
    refused(
        "\"a\", access = realm_member",
        &expect![[r#"
            realm_member
                `access` needs the permission that the caller's token must grant: write `access = realm_member("permission")`
        "#]],
    );
    refused(
        "\"a\", access = ucan(\"ab\")",
        &expect![[r#"
            ucan("ab")
                `access` needs the issuer of the tokens to accept: write `access = ucan(issuer = "…")` with the issuer's node id as 64 hex digits, or `ucan(issuer = setting("…"))` with the environment variable that contains it
        "#]],
    );
    refused(
        "\"a\", access = ucan(issuer = \"ab\")",
        &expect![[r#"
            "ab"
                the issuer `ab` is not a node id: write 64 hex digits
        "#]],
    );
    for setting in ["parcels_issuer", "HECATE_ISSUER", "", "1ST", "A-B"] {
        let args = format!("\"a\", access = ucan(issuer = setting(\"{setting}\"))");
        let mut errors = Errors::new();
        assert!(CapabilityArgs::parse(args.parse().unwrap(), &mut errors).is_none());
        let error = render(errors);
        assert!(
            error.contains("cannot be a setting of the service"),
            "{error}"
        );
    }
}
