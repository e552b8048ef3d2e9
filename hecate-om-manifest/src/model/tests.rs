use expect_test::expect;

use super::*;
use hecate_om_grammar::{Access, Kind};

/// Manifest of a service with hecate-om (Erlang): its capabilities are only names.
const NAMES: &str = r#"{
  "name": "hecate-retriever",
  "display_name": "Retriever",
  "version": "0.1.0",
  "description": "Finds passages",
  "service_type": "container_daemon",
  "tenancy": "realm",
  "runs_on": "infrastructure_node",
  "callback_module": "hecate_retriever_service",
  "image": "ghcr.io/hecate-services/hecate-retriever",
  "repository": "https://codeberg.org/hecate-services/hecate-retriever",
  "license": "Apache-2.0",
  "depends_on": ["macula-station", "hecate-realm"],
  "capabilities": ["retriever.search", "retriever.answer"],
  "ports": {"health": 8470},
  "volumes": {
    "secrets": "/etc/hecate/secrets/hecate-retriever",
    "state": {"path": "/var/lib/hecate-retriever", "mode": "rw"}
  },
  "min_realm_version": "0.6.0",
  "min_station_version": "0.1.0",
  "min_om_version": "0.1.0"
}"#;

/// A manifest with capabilities as objects, some only planned, and no `min_om_version`.
const OBJECTS: &str = r#"{
  "name": "hecate-arena",
  "version": "0.1.0",
  "capabilities": [
    {"name": "arena.start", "version": 2, "status": "planned"},
    {"name": "arena.start", "version": 1},
    {"status": "planned", "name": "arena.join"}
  ],
  "ports": {"health": 8470, "api": 8471}
}"#;

#[test]
fn capabilities_as_names_are_version_one() {
    let manifest = Manifest::parse(NAMES).unwrap();
    assert_eq!(
        manifest.capabilities[0],
        Capability::new("retriever.search", 1)
    );
    assert_eq!(manifest.min_om_version.as_deref(), Some("0.1.0"));
    assert_eq!(
        manifest.other["callback_module"],
        "hecate_retriever_service"
    );
}

#[test]
fn capabilities_as_objects_keep_their_status() {
    let manifest = Manifest::parse(OBJECTS).unwrap();
    let capability = &manifest.capabilities[0];
    assert_eq!(
        (capability.version, capability.status.as_deref()),
        (2, Some("planned"))
    );
    assert_eq!(manifest.capabilities[2].version, 1);
    assert_eq!(manifest.ports["api"], 8471);
}

#[test]
fn rendering_sorts_capabilities_and_omits_absent_fields() {
    expect![[r#"
        {
          "name": "hecate-arena",
          "version": "0.1.0",
          "capabilities": [
            {
              "name": "arena.join",
              "version": 1,
              "kind": "response",
              "status": "planned"
            },
            {
              "name": "arena.start",
              "version": 1,
              "kind": "response"
            },
            {
              "name": "arena.start",
              "version": 2,
              "kind": "response",
              "status": "planned"
            }
          ],
          "ports": {
            "api": 8471,
            "health": 8470
          }
        }
    "#]]
    .assert_eq(&Manifest::parse(OBJECTS).unwrap().render());
}

#[test]
fn rendering_what_was_parsed_changes_nothing() {
    for text in [NAMES, OBJECTS] {
        let once = Manifest::parse(text).unwrap().render();
        let twice = Manifest::parse(&once).unwrap().render();
        assert_eq!(once, twice);
    }
}

#[test]
fn a_number_in_an_unknown_field_survives_any_number_of_round_trips() {
    // A reader with a rounding error would read an adjacent value, and a different one the next
    // time.
    let number = "184467440737095516000000000000000000000000000000000000000000000000000000000000000000000000000000\
                  000000000000000000000015";
    let manifest = Manifest::parse(&format!(r#"{{"name": "a", "x": {number}}}"#)).unwrap();
    assert_eq!(manifest.other["x"].as_f64(), number.parse().ok());
    let once = manifest.render();
    assert_eq!(Manifest::parse(&once).unwrap(), manifest);
    assert_eq!(Manifest::parse(&once).unwrap().render(), once);
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let shuffled = r#"{
      "zeta": {"b": 1, "a": [{"d": 1, "c": 2}]},
      "ports": {"api": 8471, "health": 8470}, "name": "hecate-arena",
      "capabilities": [{"name": "b", "z": 1, "y": 2}, "a"]
    }"#;
    let sorted = r#"{
      "capabilities": ["a", {"y": 2, "z": 1, "version": 1, "name": "b"}],
      "name": "hecate-arena", "ports": {"health": 8470, "api": 8471},
      "zeta": {"a": [{"c": 2, "d": 1}], "b": 1}
    }"#;
    let render = |text| Manifest::parse(text).unwrap().render();
    assert_eq!(render(shuffled), render(sorted));
    assert!(render(sorted).ends_with("}\n") && !render(sorted).contains('\r'));
}

#[test]
fn access_is_a_word_or_an_object() {
    let manifest = Manifest::parse(
        r#"{"name": "a", "capabilities": [
          {"name": "a", "access": "open"},
          {"name": "b", "access": {"realm_member": {"can": "embed"}}},
          {"name": "c", "access": {"ucan": {"issuer": "did:key:z6Mk"}}}
        ]}"#,
    )
    .unwrap();
    let access: Vec<_> = manifest
        .capabilities
        .into_iter()
        .filter_map(|capability| capability.access)
        .collect();
    assert_eq!(
        access,
        [
            Access::Open,
            Access::RealmMember {
                permission: "embed".into()
            },
            Access::Ucan {
                issuer: "did:key:z6Mk".into()
            },
        ]
    );
}

#[test]
fn a_mistake_is_reported_with_its_location() {
    let error = |text| Manifest::parse(text).unwrap_err().to_string();
    assert_eq!(
        error("{\n  \"name\": \"a\",\n  \"capabilities\": [{\"version\": 1}]\n}"),
        "not a manifest of a service: missing field `name` at line 3 column 33"
    );
    assert_eq!(
        error(r#"{"name": "a", "capabilities": [7]}"#),
        "not a manifest of a service: invalid type: integer `7`, expected a capability: its \
         name, or an object with `name` at line 1 column 32"
    );
    assert_eq!(
        error("<<<<<<< ours"),
        "not a manifest of a service: expected value at line 1 column 1"
    );
    assert!(error("{}").contains("missing field `name`"));
}

#[test]
fn the_name_of_a_kind_is_its_value_in_the_file() {
    for kind in [
        Kind::Unary,
        Kind::ServerStreaming,
        Kind::ClientStreaming,
        Kind::Bidirectional,
    ] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}
