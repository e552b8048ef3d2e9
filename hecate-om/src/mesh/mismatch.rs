//! Whether a call failed because the two sides were built for different types.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om_manifest::diff::schema::{Direction, differences};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::call::{Unary, decode, encode};
use super::options::Options;

use super::{CallError, Mesh, exchange};
use crate::capability::{Callable, NodeId, Schemas};

/// How long the provider is asked at most, and how much longer than the call's own time that may take.
const PATIENCE: Duration = Duration::from_secs(2);
const OVERTIME: Duration = Duration::from_secs(1);
/// How long what a provider has said holds: it may be another build of it after that.
const HOLDS: Duration = Duration::from_secs(60);
/// How many answers are kept.
const KEPT: usize = 256;

/// What a caller was built for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Built {
    schemas: Schemas,
}

impl Built {
    pub(super) const fn of<T: Callable>() -> Self {
        Self {
            schemas: T::SCHEMAS,
        }
    }
}

/// What providers have said, by procedure and node: how it differs from what this side was built for.
#[derive(Debug, Default)]
pub(super) struct Mismatches {
    said: Mutex<HashMap<(String, NodeId), Said>>,
}

#[derive(Debug, Clone)]
struct Said {
    since: Instant,
    differences: Arc<OnceCell<Vec<String>>>,
}

impl Mismatches {
    /// What `provider` said, or a place for what it will say.
    fn of(&self, procedure: &str, provider: NodeId) -> Arc<OnceCell<Vec<String>>> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        said.retain(|_, said| now < said.since + HOLDS);
        let key = (procedure.to_owned(), provider);
        if said.len() >= KEPT && !said.contains_key(&key) {
            let oldest = said.iter().min_by_key(|(_, said)| said.since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                said.remove(&oldest);
            }
        }
        let said = said.entry(key).or_insert_with(|| Said {
            since: now,
            differences: Arc::default(),
        });
        Arc::clone(&said.differences)
    }
}

/// The error of a call that `provider` answered: where its types are not those that the caller was built for, that.
///
/// The provider is asked once, whoever else waits for its answer.
pub(super) async fn explained(
    mesh: &Mesh,
    procedure: &str,
    error: CallError,
    built: Built,
    provider: NodeId,
    left: Duration,
) -> CallError {
    let suspect = match &error {
        CallError::BadResponse(_) => true,
        CallError::Refused(refusal) => refusal.code() == "invalid_request",
        _ => false,
    };
    if !suspect {
        return error;
    }
    let said = mesh.mismatches.of(procedure, provider);
    let patience = (left + OVERTIME).min(PATIENCE);
    let differences = said.get_or_init(|| async {
        let described = described(mesh, procedure, provider, patience).await;
        described.map_or_else(Vec::new, |described| compare(built.schemas, &described))
    });
    match differences.await.as_slice() {
        [] => error,
        differences => CallError::SchemaMismatch {
            procedure: procedure.to_owned(),
            differences: differences.to_vec(),
        },
    }
}

/// A capability as a provider describes it; its schemas are texts of JSON.
#[derive(Debug, Deserialize)]
struct Described {
    procedure: String,
    request_schema: Option<String>,
    response_schema: Option<String>,
}

/// What the provider says of the procedure; `None` where it does not say.
async fn described(
    mesh: &Mesh,
    procedure: &str,
    provider: NodeId,
    patience: Duration,
) -> Option<Described> {
    #[derive(Deserialize)]
    struct Info {
        name: String,
    }
    #[derive(Deserialize)]
    struct Description {
        rpc: Vec<Described>,
    }
    let until = Instant::now() + patience;
    let options = || Options {
        patience: until.saturating_duration_since(Instant::now()),
        provider: Some(provider),
        ..Options::DEFAULT
    };
    let (org, _) = procedure.split_once('/')?;
    // A service's description is under its name, which need not be its org's.
    let info = format!("{org}/info");
    let info: Info = ask(mesh, &info, &options()).await?;
    let describe = format!("{org}/{}.describe_capabilities", info.name);
    let description: Description = ask(mesh, &describe, &options()).await?;
    let mut all = description.rpc.into_iter();
    all.find(|one| one.procedure == procedure)
}

async fn ask<T: DeserializeOwned>(mesh: &Mesh, procedure: &str, options: &Options) -> Option<T> {
    let request = Unary(encode(&()).ok()?);
    let (answer, _) = exchange::make(mesh, procedure, options, &request).await;
    decode(answer.ok()?).ok()
}

/// How what the provider says differs from what this side was built for, as far as calls fail by it.
fn compare(built: Schemas, described: &Described) -> Vec<String> {
    let made = |schema: fn() -> Option<schemars::Schema>| {
        // It may run code of the author's, which is to cost no call.
        let schema = std::panic::catch_unwind(schema).ok()??;
        Some(schema.to_value())
    };
    let read = |text: &Option<String>| text.as_ref()?.parse::<Value>().ok();
    let of = |word: &str, direction, ours: Option<Value>, theirs: Option<Value>| {
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Vec::new();
        };
        let found = differences(&ours, &theirs).into_iter();
        let breaking = found.filter(|difference| difference.breaks(direction));
        breaking.map(|one| format!("{word} {one}")).collect()
    };
    let mut all = of(
        "request",
        Direction::Request,
        made(built.request),
        read(&described.request_schema),
    );
    all.extend(of(
        "response",
        Direction::Response,
        made(built.response),
        read(&described.response_schema),
    ));
    all
}

#[cfg(test)]
mod tests {
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

    const BUILT: Schemas = Schemas {
        request: request_schema::<Ours>,
        response: response_schema::<Ours>,
        ..Schemas::NONE
    };

    fn described(request: Option<schemars::Schema>, response: &str) -> Described {
        Described {
            procedure: "org/echo.say".into(),
            request_schema: request.map(|schema| schema.to_value().to_string()),
            response_schema: Some(response.into()),
        }
    }

    #[test]
    fn what_this_side_does_not_send_and_what_it_cannot_read_are_told() {
        let described = described(request_schema::<Theirs>(), r#"{"type": "integer"}"#);
        let differences = compare(BUILT, &described);
        assert_eq!(differences[0], "request `loud`: is new and required");
        assert!(differences[1].starts_with("response "), "{differences:?}");
        assert_eq!(differences.len(), 2);
    }

    #[test]
    fn what_breaks_nobody_is_no_mismatch() {
        let same = response_schema::<Ours>().map(|schema| schema.to_value().to_string());
        let more = response_schema::<Theirs>().map(|schema| schema.to_value().to_string());
        for response in [same.unwrap(), more.unwrap(), "no JSON".into()] {
            let described = described(request_schema::<Ours>(), &response);
            assert_eq!(compare(BUILT, &described), [""; 0]);
        }
        assert_eq!(compare(Schemas::NONE, &described(None, "{}")), [""; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_provider_said_holds_for_a_while_and_for_so_many() {
        let mismatches = Mismatches::default();
        let node = |n: u8| NodeId::from_bytes([n; 32]);
        let first = mismatches.of("a/b", node(1));
        assert!(Arc::ptr_eq(&first, &mismatches.of("a/b", node(1))));
        assert!(!Arc::ptr_eq(&first, &mismatches.of("a/b", node(2))));
        tokio::time::advance(HOLDS).await;
        assert!(!Arc::ptr_eq(&first, &mismatches.of("a/b", node(1))));
        for n in 0..2 * KEPT {
            mismatches.of(&format!("a/p{n}"), node(1));
        }
        assert_eq!(mismatches.said.lock().unwrap().len(), KEPT);
    }
}
