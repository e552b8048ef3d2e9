//! Unary handlers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hecate_om::call::CallError;
use hecate_om::{Call, Mesh, Refusal, capability};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::calls::outcome;
use hecate_om_soak::history::{CallKind, Expected, Record};
use hecate_om_soak::wire::{Answer, Job, MEETING};
use tokio::sync::Barrier;

use crate::runs::Runs;

/// Time limit for the calls of a meeting to meet.
const MEETING_LIMIT: Duration = Duration::from_secs(5);

/// Timeout of a nested call: longer than any call's, whose deadline it must inherit.
const NESTED_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs a unary call.
async fn run(
    runs: &Arc<Runs>,
    capability: &'static str,
    version: u64,
    call: &Call,
    job: &Job,
    broken: Option<&str>,
) -> Result<Answer, Refusal> {
    let run = runs.start(capability, &job.call, call, broken);
    let acted = runs.act(job).await;
    run.finish(0, 0);
    acted?;
    if runs.breaks(Break::LostAnswer, 50) {
        std::future::pending::<()>().await;
    }
    let mut answer = Answer::to(job, version, &runs.name);
    if runs.breaks(Break::CrossedAnswer, 100) {
        answer.call = "another".to_owned();
    }
    Ok(answer)
}

/// Adds one.
#[capability("soak.add", version = 1)]
async fn add(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    run(runs, "soak.add", 1, call, &job, None).await
}

/// Adds two.
#[capability("soak.add", version = 2, as = AddTwo)]
async fn add_two(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    run(runs, "soak.add_v2", 2, call, &job, None).await
}

/// Adds one, and may run more than once.
#[capability("soak.put", version = 1, idempotent)]
async fn put(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    run(runs, "soak.put", 1, call, &job, None).await
}

/// Adds one, two calls at a time.
#[capability("soak.narrow", version = 1, concurrency = 2, queue = 2)]
async fn narrow(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    run(runs, "soak.narrow", 1, call, &job, None).await
}

/// Adds one, for ten calls of a caller in two seconds.
#[capability("soak.limited", version = 1, window = "2s", per_caller_max = 10)]
async fn limited(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    run(runs, "soak.limited", 1, call, &job, None).await
}

/// Adds one, for members with the permission.
#[capability("soak.members", version = 1, access = realm_member("soak/call"))]
async fn members(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    let broken = match call.claims() {
        None => Some("a run without a token"),
        Some(claims) if claims.audience() != call.caller() => {
            Some("a run with another node's token")
        }
        Some(claims) if claims.expires_at() < SystemTime::now() => {
            Some("a run with an expired token")
        }
        Some(_) => None,
    };
    run(runs, "soak.members", 1, call, &job, broken).await
}

/// Adds one, in sealed calls only.
#[capability("soak.sealed", version = 1, confidential = required)]
async fn sealed(runs: &Arc<Runs>, call: &Call, job: Job) -> Result<Answer, Refusal> {
    let broken = (!call.sealed()).then_some("a run of a call that was not sealed");
    run(runs, "soak.sealed", 1, call, &job, broken).await
}

/// Calls `soak.add` of another org, and passes its answer on.
#[capability("soak.relay", version = 1)]
async fn relay(runs: &Arc<Runs>, call: &Call, mesh: &Mesh, job: Job) -> Result<Answer, Refusal> {
    let run = runs.start("soak.relay", &job.call, call, None);
    let procedure = format!("{}/soak.add", job.org);
    let nested = Job {
        call: format!("{}/{}", job.call, runs.name),
        number: job.number,
        act: job.act,
        ..Job::default()
    };
    runs.journal.write(Record::Request {
        call: nested.call.clone(),
        kind: CallKind::Unary,
        procedure: procedure.clone(),
        idempotent: false,
        timeout_ms: u64::try_from(call.remaining().as_millis()).unwrap_or(u64::MAX),
        expected: Expected::Answer,
        provider: None,
    });
    let result = if runs.broken == Some(Break::OwnDeadline) {
        // A task does not know whose deadline it has.
        let (mesh, nested) = (mesh.clone(), nested.clone());
        let calling = tokio::spawn(async move { add_nested(&mesh, procedure, &nested).await });
        calling.await.unwrap_or_else(|error| panic!("{error}"))
    } else {
        add_nested(mesh, procedure, &nested).await
    };
    runs.journal.write(Record::Outcome {
        call: nested.call.clone(),
        outcome: outcome(&result, |answer| answer.mistake(&nested, 1)),
        received: 0,
        sent: 0,
    });
    run.finish(0, 0);
    result?;
    Ok(Answer::to(&job, 1, &runs.name))
}

async fn add_nested(mesh: &Mesh, procedure: String, job: &Job) -> Result<Answer, CallError> {
    let outgoing = mesh.procedure(procedure).timeout(NESTED_TIMEOUT);
    outgoing.call(job).await
}

/// The calls of `soak.meet` that run.
#[derive(Debug)]
pub(crate) struct Meeting(Mutex<Arc<Barrier>>);

impl Default for Meeting {
    fn default() -> Self {
        Self(Mutex::new(Arc::new(Barrier::new(MEETING))))
    }
}

impl Meeting {
    /// Waits until as many calls run as may run at once. Returns whether they do.
    async fn meet(&self) -> bool {
        let barrier = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let met = tokio::time::timeout(MEETING_LIMIT, barrier.wait()).await;
        if met.is_err() {
            let mut barrier = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *barrier = Arc::new(Barrier::new(MEETING));
        }
        met.is_ok()
    }
}

/// Returns whether as many calls as may run at once do run.
#[capability("soak.meet", version = 1, concurrency = 4, queue = 4)]
async fn meet(runs: &Arc<Runs>, meeting: &Meeting, call: &Call, job: Job) -> Result<bool, Refusal> {
    let run = runs.start("soak.meet", &job.call, call, None);
    if runs.breaks(Break::LeakedPermit, 3) {
        std::future::pending::<()>().await;
    }
    let met = meeting.meet().await;
    run.finish(0, 0);
    Ok(met)
}
