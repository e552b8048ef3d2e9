use shuttle::future;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::sync::check;

const OVERDUE: Duration = Duration::from_secs(3);

/// Returns a budget with `bytes` left for large grants, and the credit that uses up the rest.
fn nearly_used_up(bytes: u64) -> (CreditBudget, Vec<Credit>) {
    let budget = CreditBudget::default();
    let mut rest = NODE_LIMITS[1] - bytes;
    let mut held = Vec::new();
    for caller in 10.. {
        let size = rest.min(MAX_CREDIT);
        let caller = budget.for_caller([caller; 32]);
        held.push(future::block_on(caller.acquire(size, Instant::now())));
        rest -= size;
        if rest == 0 {
            break;
        }
    }
    (budget, held)
}

/// Acquires credit as a stream that may end, and that uses up the credit at once.
fn stream(budget: &CallerBudget, bytes: u64, since: Instant) -> (CancellationToken, Stream) {
    let (budget, ended) = (budget.clone(), CancellationToken::new());
    let end = ended.clone();
    let acquired = async move {
        tokio::select! {
            credit = budget.acquire(bytes, since) => Some(credit.bytes()),
            () = ended.cancelled() => None,
        }
    };
    (end, future::spawn(acquired))
}

type Stream = future::JoinHandle<Option<u64>>;

#[test]
fn streams_get_their_credit_and_return_it_also_if_the_oldest_of_them_ends() {
    check(|| {
        let (budget, held) = nearly_used_up(10 * MIB);
        let (now, caller) = (Instant::now(), budget.for_caller([1; 32]));
        // Overdue, and too large for what is left.
        let (end, oldest) = stream(&caller, MAX_CREDIT, now - OVERDUE);
        let (_, same_caller) = stream(&caller, 5 * MIB, now);
        let (_, other_caller) = stream(&budget.for_caller([2; 32]), 6 * MIB, now);
        end.cancel();
        assert_eq!(future::block_on(oldest).unwrap(), None);
        assert_eq!(future::block_on(same_caller).unwrap(), Some(5 * MIB));
        assert_eq!(future::block_on(other_caller).unwrap(), Some(6 * MIB));
        drop(held);
        assert!(budget.is_unused() && budget.ledger().waiting.is_empty());
    });
}

#[test]
fn credit_that_is_returned_in_parts_reaches_all_streams_that_wait_for_it() {
    check(|| {
        let (budget, held) = nearly_used_up(0);
        let now = Instant::now();
        let streams = [1, 2, 3].map(|caller| {
            let (_, stream) = stream(&budget.for_caller([caller; 32]), MAX_CREDIT, now);
            stream
        });
        let returning = held.into_iter().map(|mut credit| {
            future::spawn(async move {
                credit.lapse();
                credit.shrink_to(MIB);
            })
        });
        for returned in returning.collect::<Vec<_>>() {
            future::block_on(returned).unwrap();
        }
        let granted = streams.map(|stream| future::block_on(stream).unwrap());
        assert_eq!(granted, [Some(MAX_CREDIT); 3]);
        assert!(budget.is_unused());
    });
}
