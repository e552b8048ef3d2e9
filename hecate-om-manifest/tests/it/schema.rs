//! The published JSON Schema describes the model.

use std::collections::BTreeMap;

use hecate_om_manifest::model::SCHEMA;
use hecate_om_manifest::{
    Access, Capability, Confidential, Dedupe, DedupeStore, Deprecated, Gaps, IdentitySpec, Kind,
    Limits, Manifest, Publication, RetryDescription, Schedule, Setting, Subscription,
};
use serde_json::{Map, Value, json};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../schema/manifest.schema.json")).unwrap()
}

/// Returns a manifest with every field set.
fn full() -> Manifest {
    let text = |text: &str| Some(text.to_owned());
    let retries = || {
        Some(RetryDescription {
            max: 5,
            backoff: "1s..1m".to_owned(),
            window: "31s".to_owned(),
        })
    };
    Manifest {
        schema: text(SCHEMA),
        name: "hecate-rag".to_owned(),
        display_name: text("RAG"),
        version: text("0.3.0"),
        description: text("Retrieval over the configured corpora."),
        service_type: text("container_daemon"),
        tenancy: text("realm"),
        runs_on: text("infrastructure_node"),
        image: text("ghcr.io/hecate-services/hecate-rag"),
        repository: text("https://codeberg.org/hecate-services/hecate-rag"),
        license: text("Apache-2.0"),
        depends_on: Some(vec!["macula-station".to_owned()]),
        layers: vec!["tenancy::tenant".to_owned()],
        capabilities: vec![
            Capability {
                procedure: text("hecate-rag/rag.embed"),
                kind: Kind::ServerStreaming,
                access: Some(Access::Ucan {
                    issuer: "00".repeat(32),
                }),
                limits: Limits {
                    max_bytes: Some(1024),
                    timeout_ms: Some(500),
                    concurrency: Some(4),
                    queue: Some(0),
                    window_ms: Some(10_000),
                    per_caller_max: Some(60),
                    global_max: Some(600),
                    max_distinct_callers: Some(32),
                },
                confidential: Some(Confidential::Required),
                idempotent: true,
                dedupe: Some(Dedupe {
                    window_ms: 600_000,
                    store: DedupeStore::Disk,
                }),
                deprecated: Some(Deprecated {
                    since: "0.3.0".to_owned(),
                    instead: text("rag.embed version 2"),
                }),
                layers: vec!["audit".to_owned()],
                doc: text("Embeds a document."),
                request: text("EmbedDocument"),
                response: text("Embedded"),
                inbound: text("Page"),
                request_schema: Some(json!({"type": "string"})),
                response_schema: Some(json!(true)),
                inbound_schema: Some(json!({"type": "string"})),
                package: text("embed_corpus"),
                library: text("corpus"),
                status: text("planned"),
                ..Capability::new("rag.embed", 1)
            },
            Capability {
                access: Some(Access::RealmMember {
                    permission: "prune".to_owned(),
                }),
                ..Capability::new("rag.prune", 2)
            },
            Capability {
                access: Some(Access::Open),
                ..Capability::new("rag.search", 1)
            },
            Capability {
                access: Some(Access::UcanFrom {
                    setting: "RAG_ISSUER".to_owned(),
                }),
                ..Capability::new("rag.vouch", 1)
            },
            Capability {
                access: Some(Access::Nodes(vec!["ab".repeat(32)])),
                ..Capability::new("rag.reset", 1)
            },
            Capability {
                access: Some(Access::NodesFrom {
                    setting: "RAG_PARTNERS".to_owned(),
                }),
                ..Capability::new("rag.share", 1)
            },
        ],
        subscriptions: vec![
            Subscription {
                doc: text("Counts orders."),
                fact: text("OrderPlaced"),
                fact_schema: Some(json!({"type": "string"})),
                gaps: Gaps::Ignored,
                concurrency: Some(4),
                retries: retries(),
                deadline: text("10s"),
                order: text("kept"),
                package: text("count_orders"),
                library: text("orders"),
                ..Subscription::new("acme/shop/order_placed_v1")
            },
            Subscription::new("acme/shop/order_sent_v1"),
        ],
        publications: vec![Publication {
            doc: text("An order was placed."),
            fact: text("OrderPlaced"),
            fact_schema: Some(json!({"type": "object"})),
            package: text("shop"),
            library: text("shop_lib"),
            ..Publication::new("acme/shop/order_placed_v1")
        }],
        schedules: vec![
            Schedule {
                every: text("30s"),
                cron: text("0 3 * * *"),
                replicas: text("one"),
                retries: retries(),
                deadline: text("10s"),
                doc: text("Prunes."),
                package: text("prune_chunks"),
                library: text("prune"),
                ..Schedule::new("prune")
            },
            Schedule::new("report"),
        ],
        settings: vec![Setting {
            variable: "RAG_RANKING".to_owned(),
            flag: text("--ranking"),
            type_name: text("Ranking"),
            values: vec!["bm25".to_owned()],
            default: text("bm25"),
            required: true,
            reload: true,
            secret: true,
            doc: text("The ranking."),
            other: BTreeMap::new(),
        }],
        calls: [("query-chunks".to_owned(), "hecate-rag".to_owned())].into(),
        ports: [("health".to_owned(), 8470)].into(),
        volumes: [
            ("state".to_owned(), json!("/var/lib/hecate-rag")),
            ("git".to_owned(), json!({})),
        ]
        .into(),
        min_realm_version: text("0.6.0"),
        min_station_version: text("0.1.0"),
        min_om_version: text("0.1.0"),
        identity_spec: Some(IdentitySpec {
            scope: "hecate-rag".to_owned(),
            permissions: vec!["answer_query".to_owned()],
            resources: vec!["corpora/*".to_owned()],
            ttl_days: 365,
        }),
        // Used for the unit; an unknown field for the model.
        other: [(
            "limits".to_owned(),
            json!({"memory": "512 MiB", "tasks": 1024}),
        )]
        .into(),
    }
}

#[test]
fn every_manifest_names_the_schema_it_follows() {
    assert_eq!(schema()["$id"], SCHEMA);
}

#[test]
fn a_rendered_manifest_follows_the_schema() {
    let rendered: Value = serde_json::from_str(&full().render()).unwrap();
    assert_eq!(mistakes(&rendered), [""; 0]);
}

#[test]
fn every_field_of_the_schema_is_one_of_the_model() {
    let rendered: Value = serde_json::from_str(&full().render()).unwrap();
    let schema = schema();
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    assert_eq!(sorted(keys(&rendered)), sorted(keys(&schema["properties"])));
    let capability = &schema["$defs"]["capability"]["properties"];
    assert_eq!(
        sorted(keys(&rendered["capabilities"][0])),
        sorted(keys(capability))
    );
    for (list, one) in [
        ("subscriptions", "subscription"),
        ("schedules", "schedule"),
        ("settings", "setting"),
    ] {
        assert_eq!(
            sorted(keys(&rendered[list][0])),
            sorted(keys(&schema["$defs"][one]["properties"]))
        );
    }
}

#[test]
fn the_schema_refuses_an_invalid_manifest() {
    for (broken, mistake) in [
        (json!({"capabilities": []}), "$: `name` is missing"),
        (
            json!({"name": 7, "capabilities": []}),
            "$.name: not of type \"string\"",
        ),
        (
            json!({"name": "a", "capabilities": [7]}),
            "$.capabilities[0]: none of the choices",
        ),
        (
            json!({"name": "a", "capabilities": [{"name": "a", "access": "closed"}]}),
            "$.capabilities[0]: none of the choices",
        ),
        (
            json!({"name": "a", "capabilities": [], "ports": {"health": -1}}),
            "$.ports.health: below 0",
        ),
    ] {
        assert_eq!(mistakes(&broken), [mistake]);
    }
}

fn mistakes(value: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    check(value, &schema(), "$", &mut mistakes);
    mistakes
}

/// Validates a value by the subset of JSON Schema that the schema uses. Unnamed fields are
/// mistakes.
fn check(value: &Value, schema: &Value, at: &str, mistakes: &mut Vec<String>) {
    let root = self::schema();
    let schema = match schema["$ref"].as_str() {
        Some(name) => root.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let mut wrong = |what: String| mistakes.push(format!("{at}: {what}"));
    let types = match &schema["type"] {
        Value::Null => vec![],
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    if !types.is_empty() && !types.contains(&json!(type_of(value))) {
        return wrong(format!("not of type {}", schema["type"]));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|allowed| !allowed.contains(value))
    {
        wrong("not one of the values".to_owned());
    }
    if value
        .as_i64()
        .zip(schema["minimum"].as_i64())
        .is_some_and(|(value, least)| value < least)
    {
        wrong(format!("below {}", schema["minimum"]));
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Value| {
            let mut mistakes = Vec::new();
            check(value, choice, at, &mut mistakes);
            mistakes.is_empty()
        };
        if !choices.iter().any(fits) {
            wrong("none of the choices".to_owned());
        }
        return;
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            wrong(format!("`{name}` is missing"));
        }
    }
    let none = Map::new();
    for (key, value) in value.as_object().unwrap_or(&none) {
        let at = format!("{at}.{key}");
        match schema["properties"]
            .get(key)
            .or_else(|| schema.get("additionalProperties"))
        {
            Some(schema) => check(value, schema, &at, mistakes),
            None if schema.get("properties").is_some() => mistakes.push(format!("{at}: not named")),
            None => {}
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        check(value, &schema["items"], &format!("{at}[{index}]"), mistakes);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
