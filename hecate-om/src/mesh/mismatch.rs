//! Whether a call failed because the two sides were built for different types.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om_manifest::diff::schema::{Direction, Effect, differences};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};

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
/// Concurrent comparisons. Each has its own bound on work.
const COMPARISONS: usize = 2;
/// Longest schema that is compared, in bytes of JSON.
const MAX_SCHEMA: usize = 1024 * 1024;
/// Most differences that an error reports.
const MAX_DIFFERENCES: usize = 32;

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
#[derive(Debug)]
pub(super) struct Mismatches {
    said: Mutex<HashMap<(String, NodeId), Said>>,
    comparisons: Arc<Semaphore>,
}

impl Default for Mismatches {
    fn default() -> Self {
        Self {
            said: Mutex::default(),
            comparisons: Arc::new(Semaphore::new(COMPARISONS)),
        }
    }
}

#[derive(Debug, Clone)]
struct Said {
    since: Instant,
    differences: Arc<OnceCell<Differences>>,
}

/// Differences between a provider's types and the caller's that make calls fail.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    breaking: Vec<String>,
    /// Types that are too complex to compare.
    undecided: Vec<String>,
}

impl Differences {
    /// Returns the differences as the error reports them. An undecided comparison does not explain
    /// the failure, so the call's own error is added.
    fn reported(&self, error: &CallError) -> Vec<String> {
        let known = self.breaking.iter().chain(&self.undecided);
        let mut reported: Vec<String> = known.take(MAX_DIFFERENCES).cloned().collect();
        let others = self.breaking.len() + self.undecided.len() - reported.len();
        if others > 0 {
            reported.push(format!("{others} more differences"));
        }
        if self.breaking.is_empty() && !reported.is_empty() {
            reported.push(format!("the call itself failed: {error}"));
        }
        reported
    }
}

impl Mismatches {
    /// What `provider` said, or a place for what it will say.
    fn of(&self, procedure: &str, provider: NodeId) -> Arc<OnceCell<Differences>> {
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
    let until = Instant::now() + (left + OVERTIME).min(PATIENCE);
    let comparisons = Arc::clone(&mesh.mismatches.comparisons);
    let differences = said.get_or_try_init(|| async {
        match described(mesh, procedure, provider, until).await {
            Some(described) => compared(built.schemas, described, comparisons, until).await,
            None => Some(Differences::default()),
        }
        .ok_or(())
    });
    let differences = differences.await.map(|known| known.reported(&error));
    match differences.unwrap_or_default() {
        none if none.is_empty() => error,
        differences => CallError::SchemaMismatch {
            procedure: procedure.to_owned(),
            differences,
        },
    }
}

/// Compares on a blocking thread, a few comparisons at once; `None` if that takes too long.
async fn compared(
    built: Schemas,
    described: Described,
    comparisons: Arc<Semaphore>,
    until: Instant,
) -> Option<Differences> {
    let comparison = async {
        let permit = comparisons.acquire_owned().await.ok()?;
        let compared = tokio::task::spawn_blocking(move || {
            // Held until the comparison ends, even if its caller is gone.
            let _permit = permit;
            compare(built, &described)
        });
        compared.await.ok()
    };
    timeout_at(until, comparison).await.ok().flatten()
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
    until: Instant,
) -> Option<Described> {
    #[derive(Deserialize)]
    struct Info {
        name: String,
    }
    #[derive(Deserialize)]
    struct Description {
        rpc: Vec<Described>,
    }
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
fn compare(built: Schemas, described: &Described) -> Differences {
    let made = |schema: fn() -> Option<schemars::Schema>| {
        // It may run code of the author's, which is to cost no call.
        let schema = std::panic::catch_unwind(schema).ok()??;
        Some(schema.to_value())
    };
    let mut all = Differences::default();
    for (word, direction, ours, theirs) in [
        (
            "request",
            Direction::Request,
            built.request,
            &described.request_schema,
        ),
        (
            "response",
            Direction::Response,
            built.response,
            &described.response_schema,
        ),
    ] {
        let Some(theirs) = theirs else {
            continue;
        };
        if theirs.len() > MAX_SCHEMA {
            all.undecided
                .push(format!("{word} is too complex to compare"));
            continue;
        }
        let (Some(ours), Ok(theirs)) = (made(ours), theirs.parse::<Value>()) else {
            continue;
        };
        for one in differences(&ours, &theirs) {
            if one.breaks(direction) {
                all.breaking.push(format!("{word} {one}"));
            } else if one.effect == Effect::Undecided {
                all.undecided.push(format!("{word} {one}"));
            }
        }
    }
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
        for response in [same.unwrap(), more.unwrap(), "no JSON".into()] {
            let described = described(request_schema::<Ours>(), &response);
            assert_eq!(compare(BUILT, &described), Differences::default());
        }
        let undescribed = compare(Schemas::NONE, &described(None, "{}"));
        assert_eq!(undescribed, Differences::default());
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
