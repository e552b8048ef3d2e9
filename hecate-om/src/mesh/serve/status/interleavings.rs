use std::sync::Arc;

use shuttle::{future, thread};

use super::*;
use crate::sync::check;

#[test]
fn the_first_answers_of_all_capabilities_end_the_wait_for_them() {
    check(|| {
        let procedures = ["org/a", "org/b"].map(str::to_owned);
        let table = Arc::new(StatusTable::new("org", procedures, ClaimState::Unsent));
        let settled = {
            let table = Arc::clone(&table);
            future::spawn(async move { table.settled().await })
        };
        let (accepting, refusing) = (Arc::clone(&table), Arc::clone(&table));
        let threads = [
            thread::spawn(move || assert!(!accepting.acknowledged("org/a", [1; 32]))),
            thread::spawn(move || {
                let cause = Cause::Other("refused".to_owned());
                assert!(refusing.failed("org/b", [1; 32], &cause));
            }),
        ];
        future::block_on(settled).unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(!table.all_acknowledged());
    });
}
