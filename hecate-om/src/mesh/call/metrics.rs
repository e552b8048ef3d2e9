//! Metrics of this node's outgoing calls, by procedure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::CallError;
use crate::metrics::{CallMetrics, OTHER};

/// Maximum number of procedures with separate metrics. Further procedures share the metrics of
/// [`OTHER`].
const MAX_PROCEDURES: usize = 64;

/// Outcome of an answered call.
const OK: &str = "ok";
/// Outcomes of calls: [`OK`], or a [`CallError::outcome`].
const OUTCOMES: [&str; 19] = [
    OK,
    "not_connected",
    "bad_procedure",
    "bad_request",
    "no_provider",
    "unreachable",
    "refused",
    "wire",
    "timeout",
    "bad_response",
    "link_failed",
    "undeclared_action",
    "no_authority",
    "no_kem_key",
    "not_confidential",
    "no_org",
    "unauthorized",
    "schema_mismatch",
    "wrong_kind",
];

/// Metrics of outgoing calls.
#[derive(Debug)]
pub(crate) struct OutgoingCallMetrics {
    procedures: Mutex<BTreeMap<String, Arc<CallMetrics>>>,
    other: Arc<CallMetrics>,
    outcomes: &'static [&'static str],
}

impl OutgoingCallMetrics {
    pub(in crate::mesh) fn new() -> Self {
        Self::with_outcomes(&OUTCOMES)
    }

    /// Returns metrics of calls that end in one of `outcomes`.
    pub(in crate::mesh) fn with_outcomes(outcomes: &'static [&'static str]) -> Self {
        Self {
            procedures: Mutex::default(),
            other: Arc::new(CallMetrics::new(outcomes)),
            outcomes,
        }
    }

    fn procedures(&self) -> MutexGuard<'_, BTreeMap<String, Arc<CallMetrics>>> {
        self.procedures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the metrics of calls to `procedure`.
    pub(in crate::mesh) fn of(&self, procedure: &str) -> Arc<CallMetrics> {
        let procedures = self.procedures();
        Arc::clone(procedures.get(procedure).unwrap_or(&self.other))
    }

    /// Returns the metrics of calls to `procedure`, which has answered.
    ///
    /// Only an answered procedure gets separate metrics, within [`MAX_PROCEDURES`]. Otherwise, a
    /// client that chooses which procedures a service calls could exhaust the limit with invented
    /// names.
    pub(in crate::mesh) fn of_answered(&self, procedure: &str) -> Arc<CallMetrics> {
        let mut procedures = self.procedures();
        if procedures.len() < MAX_PROCEDURES && !procedures.contains_key(procedure) {
            let metrics = Arc::new(CallMetrics::new(self.outcomes));
            procedures.insert(procedure.to_owned(), metrics);
        }
        Arc::clone(procedures.get(procedure).unwrap_or(&self.other))
    }

    /// Returns all metrics, by procedure.
    pub(crate) fn methods(&self) -> Vec<(String, Arc<CallMetrics>)> {
        let procedures = self.procedures();
        let named = procedures
            .iter()
            .map(|(procedure, metrics)| (procedure.clone(), Arc::clone(metrics)));
        named
            .chain([(OTHER.to_owned(), Arc::clone(&self.other))])
            .collect()
    }
}

/// Returns the outcome of a call as a metrics label.
pub(in crate::mesh) fn outcome<T>(result: &Result<T, CallError>) -> &'static str {
    match result {
        Ok(_) => OK,
        Err(error) => error.outcome(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;
    use crate::cause::Cause;

    #[test]
    fn every_error_of_a_call_has_an_outcome() {
        let name = || String::from("x");
        let cause = || Cause::new("x");
        let errors = [
            CallError::NotConnected("x"),
            CallError::BadProcedure(name()),
            CallError::BadRequest(cause()),
            CallError::NoProvider { procedure: name() },
            CallError::Unreachable {
                procedure: name(),
                reason: cause(),
            },
            CallError::Refused(Refusal::new("x", "")),
            CallError::Wire {
                code: name(),
                detail: None,
            },
            CallError::TimedOut(std::time::Duration::ZERO),
            CallError::BadResponse(cause()),
            CallError::Link(cause()),
            CallError::UndeclaredPermission { permission: name() },
            CallError::NoAuthority {
                permission: name(),
                reason: name(),
            },
            CallError::NoKemKey { procedure: name() },
            CallError::NotConfidential {
                procedure: name(),
                reason: cause(),
            },
            CallError::NoOrg { capability: "x" },
            CallError::Unauthorized {
                procedure: name(),
                detail: None,
            },
            CallError::SchemaMismatch {
                procedure: name(),
                differences: Vec::new(),
            },
            CallError::WrongKind {
                procedure: name(),
                kind: "response",
            },
        ];
        let outcomes: Vec<_> = errors
            .into_iter()
            .map(|error| outcome::<()>(&Err(error)))
            .collect();
        assert_eq!(OUTCOMES[0], outcome(&Ok(())));
        assert_eq!(OUTCOMES[1..], outcomes);
    }

    #[test]
    fn procedures_beyond_the_bound_share_their_metrics() {
        let metrics = OutgoingCallMetrics::new();
        for n in 0..1_000 {
            metrics.of_answered(&format!("org/p{n}"));
        }
        assert_eq!(metrics.methods().len(), MAX_PROCEDURES + 1);
        assert!(Arc::ptr_eq(&metrics.of("org/p999"), &metrics.other));
        assert!(!Arc::ptr_eq(&metrics.of("org/p0"), &metrics.other));
    }
}
