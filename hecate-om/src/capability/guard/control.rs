//! Reading and changing of the limits of procedures while the service runs.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::Serialize;

use super::Guard;
use super::audit::AuditLog;
use super::window::WindowStats;
use crate::capability::{NodeId, Refusal};
use crate::config::{AllowedRanges, LimitKey, RateLimits};

/// State of `get_limits` and `set_limits`.
#[derive(Debug)]
pub(crate) struct GuardControl {
    ranges: AllowedRanges,
    /// Permission that callers of `set_limits` need; `None` if `set_limits` is not served.
    administrator: Option<&'static str>,
    /// Guards by procedure, set before any procedure is served.
    guards: OnceLock<BTreeMap<String, Arc<Guard>>>,
}

/// Limits of a procedure, with its calls in the current window.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Stats")]
pub(crate) struct GuardStatus<'a> {
    limits: RateLimits,
    envelope: &'a AllowedRanges,
    global_max: u64,
    /// Start of the window, in milliseconds since 1970.
    current_window: u64,
    #[serde(flatten)]
    window: WindowStats,
    audit: AuditLog,
}

/// Limits of a procedure after `set_limits`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LimitsSet<'a> {
    limits: RateLimits,
    envelope: &'a AllowedRanges,
}

impl GuardControl {
    pub(crate) fn new(ranges: AllowedRanges, administrator: Option<&'static str>) -> Self {
        Self {
            ranges,
            administrator,
            guards: OnceLock::new(),
        }
    }

    pub(crate) const fn administrator(&self) -> Option<&'static str> {
        self.administrator
    }

    /// Sets the guard of each procedure. Boot does so once; later calls have no effect.
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

    /// Returns the status of one procedure.
    pub(crate) fn status(&self, procedure: &str) -> Result<GuardStatus<'_>, Refusal> {
        self.guard(procedure).map(|guard| self.status_of(guard))
    }

    /// Returns the status of each procedure.
    pub(crate) fn statuses(&self) -> BTreeMap<&str, GuardStatus<'_>> {
        self.guards()
            .map(|(procedure, guard)| (procedure.as_str(), self.status_of(guard)))
            .collect()
    }

    fn status_of(&self, guard: &Guard) -> GuardStatus<'_> {
        let status = guard.status();
        GuardStatus {
            limits: status.limits,
            envelope: &self.ranges,
            global_max: status.limits.get(LimitKey::GlobalMax),
            current_window: status.start,
            window: status.window,
            audit: status.audit,
        }
    }

    /// Sets the limits of procedures to those of the configuration, as a restart of the service on
    /// `node` would. Changes by `set_limits` end.
    pub(crate) fn reset(
        &self,
        limits: impl IntoIterator<Item = (String, RateLimits)>,
        node: NodeId,
    ) {
        let guards = self.guards.get();
        for (procedure, after) in limits {
            let Some(guard) = guards.and_then(|guards| guards.get(&procedure)) else {
                continue;
            };
            let before = guard.reset(after, node);
            if after != before {
                tracing::info!(procedure, %before, %after, "limits set by a reload");
            }
        }
    }

    /// Applies either all `changes` to a procedure's limits or none. The `caller` has the
    /// administrator's permission.
    pub(crate) fn set(
        &self,
        procedure: &str,
        changes: &[(LimitKey, u64)],
        caller: NodeId,
    ) -> Result<LimitsSet<'_>, Refusal> {
        let tier = self.administrator.unwrap_or_default();
        let guard = self.guard(procedure)?;
        let (before, after) = guard.set(changes, &self.ranges, tier, caller)?;
        if after != before {
            tracing::info!(procedure, tier, %caller, %before, %after, "limits set");
        }
        Ok(LimitsSet {
            limits: after,
            envelope: &self.ranges,
        })
    }
}
