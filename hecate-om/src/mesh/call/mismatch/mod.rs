//! Diagnosis of failed calls and streams: caller and provider were built with different types, or
//! the procedure is of another kind.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om_manifest::diff::schema::{Direction, Effect, differences};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::error::{GONE, NOT_FOUND, OTHER_MODE};
use super::operation;
use super::options::CallOptions;
use super::unary::{UnaryCall, decode_response, encode_request};
use super::{CallError, Calls};
use crate::capability::{Callable, Kind, NodeId, Schemas};

/// Time limit of a diagnosis.
const MAX_TIME: Duration = Duration::from_secs(2);
/// Time limit of a diagnosis beyond the call's timeout.
const OVERTIME: Duration = Duration::from_secs(1);
/// Lifetime of a cached comparison. Afterwards, another build of the provider may be running.
const CACHED_FOR: Duration = Duration::from_secs(60);
/// Lifetime of a cached failure of a comparison.
const FAILURE_CACHED_FOR: Duration = Duration::from_secs(1);
/// Maximum number of cached comparisons.
const MAX_CACHED: usize = 256;
/// Maximum number of concurrent comparisons. Each comparison has its own bound on work.
const COMPARISONS: usize = 2;
/// Largest schema that is compared, in bytes of JSON.
const MAX_SCHEMA: usize = 1024 * 1024;
/// Maximum number of differences that an error reports.
const MAX_DIFFERENCES: usize = 32;

/// Schemas that a caller by type was built with.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct CallerSchema {
    schemas: Schemas,
}

impl CallerSchema {
    pub(in crate::mesh) const fn of<T: Callable>() -> Self {
        Self {
            schemas: T::SCHEMAS,
        }
    }
}

/// Procedure, provider, and whether the capability was called by type.
type CacheKey = (String, NodeId, bool);

/// Cache of comparisons between the types of providers and of this side.
#[derive(Debug)]
pub(in crate::mesh) struct MismatchCache {
    entries: Mutex<HashMap<CacheKey, CacheEntry>>,
    comparisons: Arc<Semaphore>,
}

impl Default for MismatchCache {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            comparisons: Arc::new(Semaphore::new(COMPARISONS)),
        }
    }
}

#[derive(Debug, Clone)]
struct CacheEntry {
    since: Instant,
    comparison: Arc<Comparison>,
}

/// Result of a comparison, or the time of its failure.
type Comparison = OnceCell<Result<Differences, Instant>>;

impl CacheEntry {
    fn is_valid(&self, now: Instant) -> bool {
        match self.comparison.get() {
            Some(Err(failed)) => now < *failed + FAILURE_CACHED_FOR,
            _ => now < self.since + CACHED_FOR,
        }
    }
}

/// Differences between a provider's types and the caller's types that make calls fail.
#[derive(Debug, Default, PartialEq, Eq)]
struct Differences {
    /// Kind of the procedure at the provider, if known.
    kind: Option<&'static str>,
    breaking: Vec<String>,
    /// Types that are too complex to compare.
    undecided: Vec<String>,
}

impl Differences {
    /// Returns the differences for the error. An undecided comparison does not explain the failure,
    /// so the call's own error is appended.
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

impl MismatchCache {
    /// Returns the comparison for `key`, which may not have run yet.
    fn comparison(&self, key: CacheKey) -> Arc<Comparison> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        entries.retain(|_, entry| entry.is_valid(now));
        if entries.len() >= MAX_CACHED && !entries.contains_key(&key) {
            let oldest = entries.iter().min_by_key(|(_, entry)| entry.since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                entries.remove(&oldest);
            }
        }
        let entry = entries.entry(key).or_insert_with(|| CacheEntry {
            since: now,
            comparison: Arc::default(),
        });
        Arc::clone(&entry.comparison)
    }
}

/// Failed call or stream.
#[derive(Debug, Clone, Copy)]
pub(in crate::mesh) struct FailedCall<'a> {
    pub(in crate::mesh) procedure: &'a str,
    /// Kind as which the procedure was called.
    pub(in crate::mesh) kind: Kind,
    /// Set if the capability was called by type.
    pub(in crate::mesh) caller: Option<CallerSchema>,
    pub(in crate::mesh) provider: NodeId,
    /// Remaining time of the call.
    pub(in crate::mesh) remaining: Duration,
}

/// Returns the error of a call or stream that failed at its provider with `error`: a mismatch of
/// types or kinds if the provider's description shows a mismatch, otherwise `error`.
///
/// Concurrent diagnoses share one request to the provider.
pub(in crate::mesh) async fn diagnose(
    calls: &Calls,
    failed: FailedCall<'_>,
    error: CallError,
) -> CallError {
    let FailedCall {
        procedure,
        caller,
        provider,
        ..
    } = failed;
    let may_be_mismatch = match &error {
        CallError::BadResponse(_) => caller.is_some(),
        CallError::Refused(refusal) => caller.is_some() && refusal.code() == "invalid_request",
        CallError::Wire { code, .. } => [GONE, NOT_FOUND, OTHER_MODE].contains(&code.as_str()),
        _ => false,
    };
    if !may_be_mismatch {
        return error;
    }
    let key = (procedure.to_owned(), provider, caller.is_some());
    let comparison = calls.mismatches.comparison(key);
    let until = Instant::now() + (failed.remaining + OVERTIME).min(MAX_TIME);
    let comparisons = Arc::clone(&calls.mismatches.comparisons);
    let differences = comparison.get_or_init(|| async {
        let compared = match fetch_description(calls, procedure, provider, until).await {
            Some(description) => {
                compare_in_background(caller, description, comparisons, until).await
            }
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

/// Compares on a blocking thread, with a bound on concurrent comparisons. Returns `None` if the
/// comparison takes too long.
async fn compare_in_background(
    caller: Option<CallerSchema>,
    description: ProviderDescription,
    comparisons: Arc<Semaphore>,
    until: Instant,
) -> Option<Differences> {
    let comparison = async {
        let permit = comparisons.acquire_owned().await.ok()?;
        let compared = tokio::task::spawn_blocking(move || {
            // The permit is released when the comparison ends, even if the call is dropped.
            let _permit = permit;
            compare(caller, &description)
        });
        compared.await.ok()
    };
    timeout_at(until, comparison).await.ok().flatten()
}

/// Description of a capability by its provider. The schemas are JSON texts.
#[derive(Debug, Deserialize)]
struct ProviderDescription {
    procedure: String,
    #[serde(default)]
    kind: String,
    request_schema: Option<String>,
    response_schema: Option<String>,
    inbound_schema: Option<String>,
}

/// Returns the provider's description of the procedure, if it can be fetched.
async fn fetch_description(
    calls: &Calls,
    procedure: &str,
    provider: NodeId,
    until: Instant,
) -> Option<ProviderDescription> {
    #[derive(Deserialize)]
    struct Info {
        name: String,
    }
    #[derive(Deserialize)]
    struct Description {
        rpc: Vec<ProviderDescription>,
    }
    let options = || CallOptions {
        timeout: until.saturating_duration_since(Instant::now()),
        provider: Some(provider),
        ..CallOptions::DEFAULT
    };
    let (org, _) = procedure.split_once('/')?;
    // The procedure that returns the description contains the service's name, which may differ from
    // the org's name.
    let info = format!("{org}/info");
    let info: Info = call(calls, &info, &options()).await?;
    let describe = format!("{org}/{}.describe_capabilities", info.name);
    let description: Description = call(calls, &describe, &options()).await?;
    let mut all = description.rpc.into_iter();
    all.find(|capability| capability.procedure == procedure)
}

async fn call<T: DeserializeOwned>(
    calls: &Calls,
    procedure: &str,
    options: &CallOptions,
) -> Option<T> {
    let request = UnaryCall(encode_request(&()).ok()?);
    let (answer, _) = operation::execute(calls, procedure, options, &request).await;
    decode_response(answer.ok()?).ok()
}

/// Returns the differences between the provider's types and the caller's types that make calls
/// fail.
fn compare(caller: Option<CallerSchema>, description: &ProviderDescription) -> Differences {
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
            .find(|kind| *kind == description.kind),
        ..Differences::default()
    };
    let Some(CallerSchema { schemas }) = caller else {
        return all;
    };
    let ProviderDescription {
        request_schema,
        response_schema,
        inbound_schema,
        ..
    } = description;
    for (part, direction, ours, theirs) in [
        (
            "request",
            Direction::Request,
            schemas.request,
            request_schema,
        ),
        (
            "items sent",
            Direction::Request,
            schemas.inbound,
            inbound_schema,
        ),
        (
            "response",
            Direction::Response,
            schemas.response,
            response_schema,
        ),
    ] {
        if let Some(theirs) = theirs {
            all.compare_part(part, direction, ours, theirs);
        }
    }
    all
}

impl Differences {
    /// Adds the differences between the types of one part of a call. `theirs` is the provider's
    /// schema as JSON.
    fn compare_part(
        &mut self,
        part: &str,
        direction: Direction,
        ours: fn() -> Option<schemars::Schema>,
        theirs: &str,
    ) {
        if theirs.len() > MAX_SCHEMA {
            let text = format!("{part} is too complex to compare");
            self.undecided.push(text);
            return;
        }
        // The function may run code of the type's author, whose panic must not fail the call.
        let ours = std::panic::catch_unwind(ours).ok().flatten();
        let (Some(ours), Ok(theirs)) = (ours, theirs.parse::<Value>()) else {
            return;
        };
        for difference in differences(&ours.to_value(), &theirs) {
            if difference.breaks(direction) {
                self.breaking.push(format!("{part} {difference}"));
            } else if difference.effect == Effect::Undecided {
                self.undecided.push(format!("{part} {difference}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
