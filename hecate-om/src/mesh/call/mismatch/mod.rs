//! Whether a call or a stream failed because the two sides were built for different types, or
//! because the procedure is of another kind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om_manifest::diff::schema::{Direction, Effect, differences};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::builder::{Unary, decode, encode};
use super::error::{GONE, NOT_FOUND, OTHER_MODE};
use super::options::Options;

use super::exchange;
use crate::capability::{Callable, Kind, NodeId, Schemas};
use crate::mesh::{CallError, Mesh};

/// How long the provider is asked at most, and how much longer than the call's own time that may take.
const PATIENCE: Duration = Duration::from_secs(2);
const OVERTIME: Duration = Duration::from_secs(1);
/// How long what a provider has said holds: it may be another build of it after that.
const HOLDS: Duration = Duration::from_secs(60);
/// How long it counts that a provider could not be asked or did not say.
const UNKNOWN_FOR: Duration = Duration::from_secs(1);
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
pub(in crate::mesh) struct Built {
    schemas: Schemas,
}

impl Built {
    pub(in crate::mesh) const fn of<T: Callable>() -> Self {
        Self {
            schemas: T::SCHEMAS,
        }
    }
}

/// What was called: by procedure, at a provider, and whether by the capability's type.
type Called = (String, NodeId, bool);

/// What providers have said: how it differs from what this side was built for.
#[derive(Debug)]
pub(in crate::mesh) struct Mismatches {
    said: Mutex<HashMap<Called, Said>>,
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
    differences: Arc<Known>,
}

/// What a provider has said, or when it failed to.
type Known = OnceCell<Result<Differences, Instant>>;

impl Said {
    fn holds(&self, now: Instant) -> bool {
        match self.differences.get() {
            Some(Err(failed)) => now < *failed + UNKNOWN_FOR,
            _ => now < self.since + HOLDS,
        }
    }
}

/// Differences between a provider's types and the caller's that make calls fail.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    /// The provider's kind of the procedure, if it says one.
    kind: Option<&'static str>,
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
    fn of(&self, called: Called) -> Arc<Known> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        said.retain(|_, said| said.holds(now));
        if said.len() >= KEPT && !said.contains_key(&called) {
            let oldest = said.iter().min_by_key(|(_, said)| said.since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                said.remove(&oldest);
            }
        }
        let said = said.entry(called).or_insert_with(|| Said {
            since: now,
            differences: Arc::default(),
        });
        Arc::clone(&said.differences)
    }
}

/// A call or a stream that failed.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct Failed<'a> {
    pub(in crate::mesh) procedure: &'a str,
    /// The kind that it was called as.
    pub(in crate::mesh) kind: Kind,
    /// What a typed caller was built for.
    pub(in crate::mesh) built: Option<Built>,
    pub(in crate::mesh) provider: NodeId,
    /// How much of its time is left.
    pub(in crate::mesh) left: Duration,
}

/// Returns the error of a call or a stream that its provider ended: a mismatch of types or kinds if
/// the provider's description shows one, else `error`.
///
/// The provider is asked once, whoever else waits for its answer.
pub(in crate::mesh) async fn explained(
    mesh: &Mesh,
    failed: Failed<'_>,
    error: CallError,
) -> CallError {
    let Failed {
        procedure,
        built,
        provider,
        ..
    } = failed;
    let suspect = match &error {
        CallError::BadResponse(_) => built.is_some(),
        CallError::Refused(refusal) => built.is_some() && refusal.code() == "invalid_request",
        CallError::Wire { code, .. } => [GONE, NOT_FOUND, OTHER_MODE].contains(&code.as_str()),
        _ => false,
    };
    if !suspect {
        return error;
    }
    let called = (procedure.to_owned(), provider, built.is_some());
    let said = mesh.mismatches.of(called);
    let until = Instant::now() + (failed.left + OVERTIME).min(PATIENCE);
    let comparisons = Arc::clone(&mesh.mismatches.comparisons);
    let differences = said.get_or_init(|| async {
        let compared = match described(mesh, procedure, provider, until).await {
            Some(described) => compared(built, described, comparisons, until).await,
            None => None,
        };
        compared.ok_or_else(Instant::now)
    });
    let Ok(known) = differences.await else {
        return error;
    };
    if let Some(kind) = known.kind.filter(|kind| *kind != failed.kind.name()) {
        let procedure = procedure.to_owned();
        return CallError::WrongKind { procedure, kind };
    }
    match known.reported(&error) {
        none if none.is_empty() => error,
        differences => CallError::SchemaMismatch {
            procedure: procedure.to_owned(),
            differences,
        },
    }
}

/// Compares on a blocking thread, a few comparisons at once; `None` if that takes too long.
async fn compared(
    built: Option<Built>,
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
    #[serde(default)]
    kind: String,
    request_schema: Option<String>,
    response_schema: Option<String>,
    inbound_schema: Option<String>,
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
fn compare(built: Option<Built>, described: &Described) -> Differences {
    let made = |schema: fn() -> Option<schemars::Schema>| {
        // It may run code of the author's, which is to cost no call.
        let schema = std::panic::catch_unwind(schema).ok()??;
        Some(schema.to_value())
    };
    let kinds = [
        Kind::Unary,
        Kind::ServerStreaming,
        Kind::ClientStreaming,
        Kind::Bidirectional,
    ];
    let mut all = Differences {
        kind: kinds
            .into_iter()
            .map(Kind::name)
            .find(|kind| *kind == described.kind),
        ..Differences::default()
    };
    let Some(Built { schemas }) = built else {
        return all;
    };
    for (word, direction, ours, theirs) in [
        (
            "request",
            Direction::Request,
            schemas.request,
            &described.request_schema,
        ),
        (
            "items sent",
            Direction::Request,
            schemas.inbound,
            &described.inbound_schema,
        ),
        (
            "response",
            Direction::Response,
            schemas.response,
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
mod tests;
