//! The caller, its history, and the choice of its calls.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hecate_om::Mesh;
use hecate_om::identity::Ucan;
use hecate_om_soak::breaks::Break;
use hecate_om_soak::held::record_held;
use hecate_om_soak::history::{CallKind, Expected, Journal, Outcome, Record};
use hecate_om_soak::plan::Random;
use tokio::runtime::Runtime;

/// A caller.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) mesh: Mesh,
    pub(crate) name: String,
    journal: Arc<Journal>,
    /// The orgs that it calls.
    pub(crate) orgs: Vec<String>,
    /// A file with a valid token, and one with an expired token.
    tokens: [PathBuf; 2],
    random: Mutex<Random>,
    next: AtomicU64,
    pub(crate) broken: Option<Break>,
}

/// A call that is about to be made.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) kind: CallKind,
    pub(crate) procedure: String,
    pub(crate) idempotent: bool,
    pub(crate) timeout: Duration,
    pub(crate) expected: Expected,
    pub(crate) provider: Option<String>,
}

impl Planned {
    /// A unary call of a capability that is not idempotent, at any provider.
    pub(crate) const fn unary(procedure: String, timeout: Duration, expected: Expected) -> Self {
        Self {
            kind: CallKind::Unary,
            procedure,
            idempotent: false,
            timeout,
            expected,
            provider: None,
        }
    }
}

/// Returns a variable of the environment.
pub(crate) fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}"))
}

impl Caller {
    /// Reads the settings of the environment.
    pub(crate) fn new(mesh: Mesh) -> Result<Self, Box<dyn std::error::Error>> {
        let name = variable("SOAK_NAME")?;
        let history = PathBuf::from(variable("SOAK_HISTORY")?);
        let token = PathBuf::from(variable("SOAK_TOKEN")?);
        Ok(Self {
            mesh,
            journal: Arc::new(Journal::open(&history.join(format!("{name}.jsonl")))?),
            orgs: variable("SOAK_ORGS")?.split(',').map(Into::into).collect(),
            tokens: [
                token.with_extension("valid"),
                token.with_extension("expired"),
            ],
            random: Mutex::new(Random::new(variable("SOAK_SEED")?.parse()?)),
            name,
            next: AtomicU64::new(0),
            broken: Break::of_environment(),
        })
    }

    /// Starts to record what the process holds.
    pub(crate) fn record_held(&self, runtime: &Runtime) {
        record_held(Arc::clone(&self.journal), runtime.handle().clone());
    }

    /// Returns a random number below `n`.
    pub(crate) fn random(&self, n: u64) -> u64 {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.below(n)
    }

    /// Returns a random org.
    pub(crate) fn org(&self) -> &str {
        &self.orgs[self.random(self.orgs.len() as u64) as usize]
    }

    /// Returns the valid or the expired token, if there is one.
    pub(crate) fn token(&self, expired: bool) -> Option<Ucan> {
        let text = std::fs::read_to_string(&self.tokens[usize::from(expired)]).ok()?;
        text.trim().parse().ok()
    }

    /// Records a call that is about to be made, and returns its id.
    pub(crate) fn begin(&self, planned: &Planned) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let call = format!("{}:{number}", self.name);
        self.journal.write(Record::Request {
            call: call.clone(),
            kind: planned.kind,
            procedure: planned.procedure.clone(),
            idempotent: planned.idempotent,
            timeout_ms: u64::try_from(planned.timeout.as_millis()).unwrap_or(u64::MAX),
            expected: planned.expected,
            provider: planned.provider.clone(),
        });
        call
    }

    /// Records that the content of a call's answer is wrong.
    pub(crate) fn wrong_content(&self, call: String, text: String) {
        self.journal.write(Record::WrongContent { call, text });
    }

    /// Records that the content of a call's answer could not be fetched.
    pub(crate) fn failed_fetch(&self, call: String, text: String) {
        self.journal.write(Record::FailedFetch { call, text });
    }

    /// Records how a call ended.
    pub(crate) fn end(&self, call: String, outcome: Outcome, received: u64, sent: u64) {
        self.journal.write(Record::Outcome {
            call,
            outcome,
            received,
            sent,
        });
    }
}
