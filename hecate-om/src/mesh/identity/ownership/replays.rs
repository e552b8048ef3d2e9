//! The proofs that this node has accepted.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::OwnershipError;
use super::proof::{MAX_SKEW_MS, Nonce};
use crate::node_id::NodeId;

/// Maximum number of remembered proofs.
const MAX_PROOFS: usize = 65_536;

/// Time for which a proof is remembered: a proof from the future is valid for twice the skew.
const REMEMBERED: Duration = Duration::from_millis(2 * MAX_SKEW_MS.unsigned_abs());

/// The accepted proofs of the last two minutes.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Replays(Mutex<Accepted>);

#[derive(Debug, Default)]
struct Accepted {
    proofs: HashSet<(NodeId, Nonce)>,
    by_time: VecDeque<(Instant, (NodeId, Nonce))>,
}

impl Replays {
    /// Records a verified proof. Fails if it was recorded before.
    pub(in crate::mesh) fn accept(&self, node: NodeId, nonce: Nonce) -> Result<(), OwnershipError> {
        let mut accepted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while let Some((at, proof)) = accepted.by_time.front().copied()
            && now.duration_since(at) > REMEMBERED
        {
            accepted.by_time.pop_front();
            accepted.proofs.remove(&proof);
        }
        let proof = (node, nonce);
        if accepted.proofs.contains(&proof) {
            return Err(OwnershipError::Replayed);
        }
        if accepted.proofs.len() >= MAX_PROOFS {
            return Err(OwnershipError::Overloaded);
        }
        accepted.proofs.insert(proof);
        accepted.by_time.push_back((now, proof));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId::from_bytes([7; 32]);

    #[tokio::test(start_paused = true)]
    async fn a_proof_is_accepted_once_in_the_time_in_which_it_may_be_valid() {
        let replays = Replays::default();
        assert_eq!(replays.accept(NODE, [1; 16]), Ok(()));
        assert_eq!(replays.accept(NODE, [2; 16]), Ok(()));
        let other = NodeId::from_bytes([8; 32]);
        assert_eq!(replays.accept(other, [1; 16]), Ok(()));
        tokio::time::advance(REMEMBERED).await;
        let again = replays.accept(NODE, [1; 16]);
        assert_eq!(again, Err(OwnershipError::Replayed));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(replays.accept(NODE, [1; 16]), Ok(()));
        assert_eq!(replays.0.lock().unwrap().proofs.len(), 1, "forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_memory_refuses_rather_than_forgets() {
        let replays = Replays::default();
        for n in 0..MAX_PROOFS as u128 {
            assert_eq!(replays.accept(NODE, n.to_be_bytes()), Ok(()));
        }
        let next = (MAX_PROOFS as u128).to_be_bytes();
        assert_eq!(replays.accept(NODE, next), Err(OwnershipError::Overloaded));
        let again = replays.accept(NODE, 0_u128.to_be_bytes());
        assert_eq!(again, Err(OwnershipError::Replayed));
        tokio::time::advance(REMEMBERED + Duration::from_millis(1)).await;
        assert_eq!(replays.accept(NODE, next), Ok(()));
    }
}
