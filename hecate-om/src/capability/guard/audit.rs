//! Who set a capability's limits, and to what.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::Serialize;

use super::Bounds;
use crate::capability::NodeId;

/// How many changes are kept (upstream's ring).
const KEPT: usize = 32;

/// The latest changes, the newest first. In memory only, as the changes themselves are.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Audit(VecDeque<Entry>);

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct Entry {
    /// The ability that the caller's token granted.
    tier: String,
    caller: String,
    before: Bounds,
    after: Bounds,
}

impl Audit {
    pub(super) fn add(&mut self, tier: &str, caller: NodeId, before: Bounds, after: Bounds) {
        self.0.truncate(KEPT - 1);
        self.0.push_front(Entry {
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
        let mut audit = Audit::default();
        for n in 0..100 {
            let mut after = Bounds::DEFAULT;
            after.set(LimitKey::PerCallerMax, n);
            audit.add("t", NodeId::from_bytes([1; 32]), Bounds::DEFAULT, after);
        }
        let kept: Vec<u64> = audit
            .0
            .iter()
            .map(|entry| entry.after.get(LimitKey::PerCallerMax))
            .collect();
        assert_eq!(kept, (68..100).rev().collect::<Vec<u64>>());
    }
}
