//! The keys of each attribute.

use proc_macro2::Ident;
use syn::Error;

use crate::suggest::nearest;

/// The arguments that an attribute accepts.
pub(super) struct Vocabulary {
    /// The attribute's name, `capability`.
    pub(super) attribute: &'static str,
    /// An example of the first value, which has no key; `None` if the attribute takes no such
    /// value.
    pub(super) positional: Option<&'static str>,
    /// The rule about values without a key, and an example of a key and its value.
    pub(super) keyless: (&'static str, &'static str, &'static str),
    /// Each key with an example of its value, in alphabetical order. A value in parentheses follows
    /// its key without `=`.
    pub(super) keys: &'static [(&'static str, &'static str)],
    /// The keys that mean `= true` if they have no value.
    pub(super) flags: &'static [&'static str],
    /// The attribute whose keys are most often used here by mistake.
    pub(super) sibling: &'static Self,
}

/// An example of the value of `deprecated`.
pub(super) const DEPRECATED_EXAMPLE: &str = "(since = \"0.3.0\", use = \"rag.search version 2\")";

pub(super) static SERVICE: Vocabulary = Vocabulary {
    attribute: "hecate_service",
    positional: None,
    keyless: ("takes no value without a key", "name", "\"hecate-echo\""),
    keys: &[
        ("access", "open"),
        ("crate", "::hecate_om"),
        ("description", "\"Echoes the request.\""),
        ("env", "[\"CARRIER_URL\"]"),
        ("health_port", "8470"),
        ("layers", "[audit]"),
        ("main", "false"),
        ("name", "\"hecate-echo\""),
        ("permissions", "[\"answer_query\"]"),
        ("resources", "[\"corpora/*\"]"),
        ("scope", "\"hecate-echo\""),
        ("settings", "EchoSettings"),
        ("ttl_days", "30"),
        ("version", "\"0.3.0\""),
    ],
    flags: &[],
    sibling: &CAPABILITY,
};

pub(super) static CAPABILITY: Vocabulary = Vocabulary {
    attribute: "capability",
    positional: Some("\"echo.say\""),
    keyless: ("takes one value without a key, the name", "version", "1"),
    keys: &[
        ("access", "open"),
        ("as", "SearchChunks"),
        ("concurrency", "64"),
        ("confidential", "preferred"),
        ("crate", "::hecate_om"),
        ("dedupe", "\"10m\""),
        ("deprecated", DEPRECATED_EXAMPLE),
        ("global_max", "6000"),
        ("idempotent", "true"),
        ("layers", "[audit]"),
        ("max_bytes", "\"1 MiB\""),
        ("max_distinct_callers", "1024"),
        ("per_caller_max", "600"),
        ("queue", "16"),
        ("timeout", "\"10s\""),
        ("version", "1"),
        ("window", "\"10s\""),
    ],
    flags: &["idempotent"],
    sibling: &SERVICE,
};

pub(super) static SUBSCRIBE: Vocabulary = Vocabulary {
    attribute: "subscribe",
    positional: Some("\"acme/shop/order_placed_v1\""),
    keyless: (
        "takes one value without a key, the topic",
        "gaps",
        "ignored",
    ),
    keys: &[
        ("backoff", "\"1s..1m\""),
        ("concurrency", "4"),
        ("crate", "::hecate_om"),
        ("deadline", "\"30s\""),
        ("gaps", "ignored"),
        ("order", "kept"),
        ("retries", "5"),
    ],
    flags: &[],
    sibling: &CAPABILITY,
};

pub(super) static FACT: Vocabulary = Vocabulary {
    attribute: "fact",
    positional: Some("\"acme/shop/order_placed_v1\""),
    keyless: (
        "takes one value without a key, the topic",
        "crate",
        "::hecate_om",
    ),
    keys: &[("crate", "::hecate_om")],
    flags: &[],
    sibling: &SUBSCRIBE,
};

pub(super) static EVERY: Vocabulary = Vocabulary {
    attribute: "every",
    positional: Some("\"30s\""),
    keyless: (
        "takes one value without a key, the period",
        "name",
        "\"prune\"",
    ),
    keys: SCHEDULE_KEYS,
    flags: &[],
    sibling: &CAPABILITY,
};

pub(super) static CRON: Vocabulary = Vocabulary {
    attribute: "cron",
    positional: Some("\"0 3 * * *\""),
    keyless: (
        "takes one value without a key, the pattern",
        "name",
        "\"prune\"",
    ),
    keys: SCHEDULE_KEYS,
    flags: &[],
    sibling: &CAPABILITY,
};

pub(super) static SETTINGS_TYPE: Vocabulary = Vocabulary {
    attribute: "settings",
    positional: None,
    keyless: ("takes no value without a key", "prefix", "\"RAG_\""),
    keys: &[("crate", "::hecate_om"), ("prefix", "\"RAG_\"")],
    flags: &[],
    sibling: &CAPABILITY,
};

pub(super) static SETTINGS_FIELD: Vocabulary = Vocabulary {
    attribute: "settings",
    positional: None,
    keyless: ("takes no value without a key", "default", "10"),
    keys: &[("default", "10"), ("nested", "true"), ("reload", "true")],
    flags: &["nested", "reload"],
    sibling: &CAPABILITY,
};

const SCHEDULE_KEYS: &[(&str, &str)] = &[
    ("backoff", "\"1s..1m\""),
    ("crate", "::hecate_om"),
    ("deadline", "\"30s\""),
    ("name", "\"prune\""),
    ("replicas", "one"),
    ("retries", "5"),
];

impl Vocabulary {
    pub(super) fn has(&self, key: &Ident) -> bool {
        self.example(key).is_some()
    }

    pub(super) fn example(&self, key: &Ident) -> Option<&'static str> {
        self.keys
            .iter()
            .find(|(known, _)| key == known)
            .map(|(_, example)| *example)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|(key, _)| *key)
    }

    pub(super) fn unknown(&self, key: &Ident) -> Error {
        let attribute = self.attribute;
        let sibling = self.sibling;
        let hint = if let ("name", Some(example)) = (&*key.to_string(), self.positional) {
            format!(": the name comes first, without a key: `#[{attribute}({example})]`")
        } else if sibling.has(key) {
            format!(": it is a key of `#[{}]`", sibling.attribute)
        } else if let Some(near) = nearest(&key.to_string(), self.names()) {
            format!(", did you mean `{near}`?")
        } else {
            String::new()
        };
        let keys: Vec<String> = self.names().map(|key| format!("`{key}`")).collect();
        let keys = keys.join(", ");
        Error::new(
            key.span(),
            format!("unknown key `{key}`{hint}\nthe keys of `#[{attribute}]` are {keys}"),
        )
    }
}
