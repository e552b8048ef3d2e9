//! Audit log of changes to a capability's limits.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::Serialize;

use super::RateLimits;
use crate::capability::NodeId;

/// Number of changes that the log keeps, as in hecate-om (Erlang).
const CAPACITY: usize = 32;

/// Latest changes of limits, newest first. Like the changed limits, the log is lost when the
/// process ends.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct AuditLog(VecDeque<LimitsChange>);

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct LimitsChange {
    /// Permission granted by the caller's token.
    tier: String,
    caller: String,
    before: RateLimits,
    after: RateLimits,
}

impl AuditLog {
    pub(super) fn add(
        &mut self,
        tier: &str,
        caller: NodeId,
        before: RateLimits,
        after: RateLimits,
    ) {
        self.0.truncate(CAPACITY - 1);
        self.0.push_front(LimitsChange {
            tier: tier.to_owned(),
            caller: caller.to_string(),
            before,
            after,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::guard::LimitKey;

    #[test]
    fn the_newest_thirty_two_changes_are_kept_newest_first() {
        let mut audit = AuditLog::default();
        for n in 0..100 {
            let mut after = RateLimits::DEFAULT;
            after.set(LimitKey::PerCallerMax, n);
            audit.add("t", NodeId::from_bytes([1; 32]), RateLimits::DEFAULT, after);
        }
        let kept: Vec<u64> = audit
            .0
            .iter()
            .map(|entry| entry.after.get(LimitKey::PerCallerMax))
            .collect();
        assert_eq!(kept, (68..100).rev().collect::<Vec<u64>>());
    }
}
