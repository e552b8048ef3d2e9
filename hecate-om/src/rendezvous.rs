//! Choice of one node among several by a hash, alike on each node that knows the same candidates.
//!
//! Rendezvous hashing (Thaler and Ravishankar, 1998): each candidate has a score for each key, and
//! the highest score wins. If a candidate goes, only its own keys go to others.

use sha2::{Digest as _, Sha256};

/// Orders the candidates for the key, the chosen one first. The order depends neither on the order
/// of the candidates nor on the version of the service.
pub(crate) fn order(key: &[u8], mut candidates: Vec<[u8; 32]>) -> Vec<[u8; 32]> {
    candidates.sort_by_cached_key(|node| std::cmp::Reverse(score(key, node)));
    candidates
}

/// SHA-256 over node id and key. The node id has a fixed length, so no two pairs have the same
/// input.
fn score(key: &[u8], node: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(node)
        .chain_update(key)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::order;

    fn nodes(ids: impl IntoIterator<Item = u8>) -> Vec<[u8; 32]> {
        ids.into_iter().map(|id| [id; 32]).collect()
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_the_candidates() {
        for key in 0..100_u32 {
            let key = key.to_be_bytes();
            assert_eq!(order(&key, nodes(0..9)), order(&key, nodes((0..9).rev())));
        }
    }

    #[test]
    fn the_order_is_the_same_in_each_version() {
        let order = order(b"order-7", nodes(0..5));
        let ids: Vec<_> = order.iter().map(|node| node[0]).collect();
        assert_eq!(ids, [0, 2, 3, 1, 4]);
    }

    #[test]
    fn keys_are_spread_over_all_candidates() {
        let mut chosen = [0_u32; 10];
        for key in 0..10_000_u32 {
            chosen[usize::from(order(&key.to_be_bytes(), nodes(0..10))[0][0])] += 1;
        }
        assert!(
            chosen.iter().all(|keys| (800..1200).contains(keys)),
            "{chosen:?}"
        );
    }

    #[test]
    fn without_a_candidate_the_others_keep_their_order() {
        for key in 0..100_u32 {
            let key = key.to_be_bytes();
            let mut all = order(&key, nodes(0..9));
            all.retain(|node| node[0] != 3);
            assert_eq!(all, order(&key, nodes((0..9).filter(|id| *id != 3))));
        }
    }
}
