//! Reading and setting the limits of every procedure while the service runs.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Serialize;

use super::Guard;
use super::audit::Audit;
use super::window::Figures;
use crate::capability::{NodeId, Refusal};
use crate::config::{Bounds, Envelope, LimitKey};

/// What `get_limits` and `set_limits` work on.
#[derive(Debug)]
pub(crate) struct GuardControl {
    envelope: Envelope,
    /// The ability that a caller of `set_limits` must hold; without one it is not served.
    guardian: Option<&'static str>,
    /// Set once the procedures are known, before any is served.
    guards: OnceLock<BTreeMap<String, Arc<Guard>>>,
}

/// A procedure's limits and its calls in the present window (upstream's keys).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stats<'a> {
    limits: Bounds,
    envelope: &'a Envelope,
    global_max: u64,
    /// When the window began, in milliseconds since 1970.
    current_window: u64,
    #[serde(flatten)]
    figures: Figures,
    audit: Audit,
}

/// What `set_limits` answers: what holds from now on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LimitsSet<'a> {
    limits: Bounds,
    envelope: &'a Envelope,
}

impl GuardControl {
    pub(crate) fn new(envelope: Envelope, guardian: Option<&'static str>) -> Self {
        Self {
            envelope,
            guardian,
            guards: OnceLock::new(),
        }
    }

    pub(crate) const fn guardian(&self) -> Option<&'static str> {
        self.guardian
    }

    /// Sets the guard of each procedure. Boot does this once; later calls have no effect.
    pub(crate) fn set_guards(&self, guards: impl IntoIterator<Item = (String, Arc<Guard>)>) {
        let _ = self.guards.set(guards.into_iter().collect());
    }

    pub(crate) fn guards(&self) -> impl Iterator<Item = (&String, &Arc<Guard>)> {
        self.guards.get().into_iter().flatten()
    }

    fn guard(&self, procedure: &str) -> Result<&Guard, Refusal> {
        let guard = self.guards.get().and_then(|all| all.get(procedure));
        guard.map(|guard| &**guard).ok_or_else(|| {
            Refusal::new(
                "unknown_procedure",
                format!("`{procedure}` is not served here; name it as `<org>/<name>`"),
            )
        })
    }

    /// One procedure's limits and calls.
    pub(crate) fn one(&self, procedure: &str) -> Result<Stats<'_>, Refusal> {
        self.guard(procedure).map(|guard| self.stats(guard))
    }

    /// Every procedure's.
    pub(crate) fn all(&self) -> BTreeMap<&str, Stats<'_>> {
        self.guards()
            .map(|(procedure, guard)| (procedure.as_str(), self.stats(guard)))
            .collect()
    }

    fn stats(&self, guard: &Guard) -> Stats<'_> {
        let status = guard.status();
        Stats {
            limits: status.bounds,
            envelope: &self.envelope,
            global_max: status.bounds.get(LimitKey::GlobalMax),
            current_window: status.start,
            figures: status.figures,
            audit: status.audit,
        }
    }

    /// Merges `changes` into a procedure's limits, all or none of them, for `caller`, who holds the guardian's
    /// ability.
    pub(crate) fn set(
        &self,
        procedure: &str,
        changes: &[(LimitKey, u64)],
        caller: NodeId,
    ) -> Result<LimitsSet<'_>, Refusal> {
        let tier = self.guardian.unwrap_or_default();
        let guard = self.guard(procedure)?;
        let (before, after) = guard.set(changes, &self.envelope, tier, caller)?;
        if after != before {
            tracing::info!(procedure, tier, %caller, %before, %after, "limits set");
        }
        Ok(LimitsSet {
            limits: after,
            envelope: &self.envelope,
        })
    }
}
