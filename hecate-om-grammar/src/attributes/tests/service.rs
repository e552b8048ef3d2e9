use expect_test::{Expect, expect};

use super::render;
use crate::Access;
use crate::attributes::{Errors, ServiceArgs};

fn parse(attribute: &str) -> ServiceArgs {
    let mut errors = Errors::new();
    let args = ServiceArgs::parse(attribute.parse().unwrap(), &mut errors);
    assert_eq!(render(errors), "");
    args
}

fn refused(attribute: &str, expected: &Expect) {
    let mut errors = Errors::new();
    let _ = ServiceArgs::parse(attribute.parse().unwrap(), &mut errors);
    expected.assert_eq(&render(errors));
}

#[test]
fn all_keys_are_optional() {
    let args = parse("");
    assert!(args.name.is_none() && args.version.is_none() && args.main.is_none());
    assert!(args.permissions.is_empty() && args.resources.is_empty());
}

#[test]
fn every_key_is_read() {
    let args = parse(
        r#"name = "hecate-rag", version = "0.3.0-rc.1", scope = "rag", description = "Retrieval.",
           permissions = ["publish_summary", "answer_query"], resources = ["corpora/*"],
           env = ["CARRIER_URL", "_x1"], ttl_days = 365, health_port = 8471, access = realm_member("ask"), main = false,
           crate = crate::om, settings = config::RagSettings, layers = [audit]"#,
    );
    assert_eq!(args.name.unwrap().as_str(), "hecate-rag");
    assert_eq!(args.version.unwrap().value, "0.3.0-rc.1");
    assert_eq!(args.scope.unwrap().value, "rag");
    assert_eq!(args.description.unwrap().value, "Retrieval.");
    assert_eq!(args.permissions, ["publish_summary", "answer_query"]);
    assert_eq!(args.resources, ["corpora/*"]);
    assert_eq!(args.env, ["CARRIER_URL", "_x1"]);
    assert_eq!(args.ttl_days.unwrap().value, 365);
    assert_eq!(args.health_port.unwrap().value, 8471);
    assert_eq!(
        args.access.unwrap().value,
        Access::RealmMember {
            permission: "ask".to_owned()
        }
    );
    assert!(!args.main.unwrap().value);
    assert!(args.crate_path.is_some());
    assert_eq!(args.layers[0].name, "audit");
    let settings = args.settings.unwrap();
    assert_eq!(settings.segments.last().unwrap().ident, "RagSettings");
}

#[test]
fn a_value_without_a_key_is_refused() {
    refused(
        "\"hecate-rag\"",
        &expect![[r#"
            "hecate-rag"
                `#[hecate_service]` takes no value without a key: add the key, as in `name = "hecate-echo"`
        "#]],
    );
}

#[test]
fn a_key_of_the_other_attribute_is_recognized() {
    refused(
        "timeout = \"1s\"",
        &expect![[r#"
            timeout
                unknown key `timeout`: it is a key of `#[capability]`
                the keys of `#[hecate_service]` are `access`, `crate`, `description`, `env`, `health_port`, `layers`, `main`, `name`, `permissions`, `resources`, `scope`, `settings`, `ttl_days`, `version`
        "#]],
    );
}

#[test]
fn a_misspelt_key_gets_a_suggestion() {
    refused(
        "ttl = 3",
        &expect![[r#"
            ttl
                unknown key `ttl`, did you mean `ttl_days`?
                the keys of `#[hecate_service]` are `access`, `crate`, `description`, `env`, `health_port`, `layers`, `main`, `name`, `permissions`, `resources`, `scope`, `settings`, `ttl_days`, `version`
        "#]],
    );
    refused(
        "health-port = 3",
        &expect![[r#"
            health
                unknown key `health`, did you mean `health_port`?
                the keys of `#[hecate_service]` are `access`, `crate`, `description`, `env`, `health_port`, `layers`, `main`, `name`, `permissions`, `resources`, `scope`, `settings`, `ttl_days`, `version`
        "#]],
    );
}

#[test]
fn a_name_must_be_valid_on_the_wire() {
    refused(
        "name = \"Hecate Rag\"",
        &expect![[r#"
            "Hecate Rag"
                `H` at character 1 of the service name `Hecate Rag` is not allowed: start with a lowercase letter or a digit, and continue with those, `.`, `_` and `-`, as in `hecate-rag`
        "#]],
    );
}

#[test]
fn a_version_has_three_numbers() {
    refused(
        "version = \"0.3\"",
        &expect![[r#"
            "0.3"
                `version` must be a version, `major.minor.patch`: write `version = "0.3.0"`
        "#]],
    );
    refused(
        "version = \"0.3.x\"",
        &expect![[r#"
            "0.3.x"
                `version` must be a version, `major.minor.patch`: write `version = "0.3.0"`
        "#]],
    );
    refused(
        "version = 3",
        &expect![[r#"
            3
                `version` takes a string literal: write `version = "0.3.0"`
        "#]],
    );
}

#[test]
fn an_environment_variable_has_a_valid_name_and_is_listed_once() {
    refused(
        r#"env = ["CARRIER-URL", "1ST", "", "A", "A"]"#,
        &expect![[r#"
            "CARRIER-URL"
                `env` contains `CARRIER-URL`, which is not a valid name of an environment variable: use letters, digits and `_`, and do not start with a digit
            "1ST"
                `env` contains `1ST`, which is not a valid name of an environment variable: use letters, digits and `_`, and do not start with a digit
            ""
                `env` is empty: give it a value, or remove the key
            "A"
                `env` contains `A` twice: remove one of the two
        "#]],
    );
}

#[test]
fn numbers_stay_within_their_bounds() {
    refused(
        "ttl_days = 0",
        &expect![[r#"
            0
                `ttl_days` is 0, but must be a whole number from 1 to 4294967295
        "#]],
    );
    refused(
        "health_port = 65536",
        &expect![[r#"
            65536
                `health_port` is 65536, but must be a whole number from 1 to 65535
        "#]],
    );
}

#[test]
fn lists_have_no_duplicates() {
    refused(
        "permissions = [\"publish\", \"answer\", \"publish\"], resources = [\"a/*\", \"a/*\"]",
        &expect![[r#"
            "publish"
                `permissions` contains `publish` twice: remove one of the two
            "a/*"
                `resources` contains `a/*` twice: remove one of the two
        "#]],
    );
}

#[test]
fn lists_contain_string_literals() {
    refused(
        "permissions = \"publish\"",
        &expect![[r#"
            "publish"
                `permissions` takes a list of string literals: write `permissions = ["answer_query"]`
        "#]],
    );
    refused(
        "permissions = [publish, \"\"]",
        &expect![[r#"
            publish
                `permissions` takes a string literal: write `permissions = ["answer_query"]`; it must be a literal, because the manifest is generated from the source before anything is evaluated
            ""
                `permissions` is empty: give it a value, or remove the key
        "#]],
    );
}

#[test]
fn empty_text_is_refused() {
    refused(
        "scope = \" \"",
        &expect![[r#"
            " "
                `scope` is empty: give it a value, or remove the key
        "#]],
    );
}

#[test]
fn main_is_a_flag() {
    refused(
        "main = no",
        &expect![[r#"
            no
                `main` takes `true` or `false`: write `main = false`; it must be a literal, because the manifest is generated from the source before anything is evaluated
        "#]],
    );
}

#[test]
fn the_crate_is_a_path() {
    refused(
        "crate = \"om\"",
        &expect![[r#"
        "om"
            `crate` takes the path of the crate `hecate_om`: write `crate = ::hecate_om`
    "#]],
    );
}
