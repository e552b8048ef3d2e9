use super::*;
use crate::capability::{HandlerFuture, Invocation, Limits};

const CALLER: NodeId = NodeId::from_bytes([1; 32]);
const OTHER: NodeId = NodeId::from_bytes([2; 32]);

/// Returns a guard whose window does not end during a test.
fn guard(limits: Limits) -> Guard {
    fn forever(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(std::future::pending())
    }
    Guard::new(&Capability {
        limits: Limits {
            window_ms: Some(u64::from(u32::MAX)),
            ..limits
        },
        ..Capability::new("test.run", forever)
    })
}

fn admit(guard: &Guard, caller: NodeId, bytes: u64) -> Result<(), String> {
    guard
        .admit(caller, bytes)
        .map_err(|refusal| refusal.to_detail())
}

#[test]
fn denials_have_the_exact_text_of_hecate_om_in_erlang() {
    let guard = guard(Limits {
        max_bytes: Some(8),
        per_caller_max: Some(1),
        ..Limits::UNSET
    });
    assert_eq!(admit(&guard, CALLER, 9), Err("payload_too_large".into()));
    assert_eq!(admit(&guard, CALLER, 8), Ok(()));
    assert_eq!(admit(&guard, CALLER, 8), Err("rate_limited".into()));
    assert_eq!(
        admit(&guard, OTHER, 8),
        Ok(()),
        "each caller has its own limit"
    );
}

#[test]
fn a_call_that_is_too_large_does_not_count_towards_the_rate() {
    let guard = guard(Limits {
        max_bytes: Some(8),
        per_caller_max: Some(1),
        ..Limits::UNSET
    });
    for _ in 0..3 {
        assert_eq!(admit(&guard, CALLER, 9), Err("payload_too_large".into()));
    }
    assert_eq!(admit(&guard, CALLER, 1), Ok(()));
}

#[tokio::test]
async fn denied_calls_are_counted_by_reason() {
    let guard = guard(Limits {
        max_bytes: Some(8),
        per_caller_max: Some(2),
        max_distinct_callers: Some(1),
        concurrency: Some(1),
        queue: Some(0),
        ..Limits::UNSET
    });
    let none = GuardCounts {
        denied_size: 0,
        denied_rate: 0,
        denied_caller: 0,
        denied_distinct: 0,
        denied_busy: 0,
        running: 0,
        queued: 0,
        callers_over_limit: 0,
    };
    assert_eq!(guard.counts(), none);
    let _ = guard.admit(CALLER, 9);
    for _ in 0..4 {
        let _ = guard.admit(CALLER, 1);
    }
    let _ = guard.admit(OTHER, 1);
    let _permit = guard
        .acquire(Instant::now(), Duration::from_secs(1))
        .await
        .unwrap();
    let _ = guard
        .acquire(Instant::now(), Duration::from_secs(1))
        .await
        .unwrap_err();
    assert_eq!(
        guard.counts(),
        GuardCounts {
            denied_size: 1,
            denied_rate: 2,
            denied_caller: 0,
            denied_distinct: 1,
            denied_busy: 1,
            running: 1,
            queued: 0,
            callers_over_limit: 1,
        }
    );
}

#[test]
fn an_item_of_a_stream_above_the_size_limit_is_denied_and_counted() {
    let guard = guard(Limits {
        max_bytes: Some(8),
        ..Limits::UNSET
    });
    assert!(guard.check_size(8).is_ok());
    let refusal = guard.check_size(9).unwrap_err();
    assert_eq!(refusal.code(), "payload_too_large");
    assert_eq!(guard.counts().denied_size, 1);
}

#[test]
fn denials_are_reported_until_they_are_marked_as_reported() {
    let guard = guard(Limits {
        max_bytes: Some(8),
        ..Limits::UNSET
    });
    assert!(guard.report(Duration::ZERO).is_none(), "nothing was denied");
    let _ = guard.admit(CALLER, 9);
    let report = guard.report(Duration::ZERO).unwrap();
    assert_eq!(report.window.denied_size, 1);
    guard.mark_reported(report.start);
    assert!(guard.report(Duration::ZERO).is_none());
}

#[test]
fn a_caller_that_is_not_listed_is_refused_first_and_counts_towards_no_rate() {
    use crate::capability::{AllowList, AllowListSource};

    let list: &AllowList = Box::leak(Box::new(AllowList::new(AllowListSource::Setting("A"))));
    let node = |byte| NodeId::from_bytes([byte; 32]);
    let guard = Guard::new(&Capability {
        access: Some(Access::Listed(list)),
        limits: Limits {
            max_bytes: Some(8),
            global_max: Some(1),
            per_caller_max: Some(1),
            ..Limits::UNSET
        },
        ..Capability::new("test.run", |_| unreachable!("nothing is called"))
    });
    let refused = |bytes| guard.admit(node(1), bytes).unwrap_err();
    assert_eq!(refused(1).code(), "unauthorized", "an empty list is nobody");
    assert_eq!(
        refused(100).code(),
        "unauthorized",
        "the size is not looked at"
    );
    list.replace([node(2)].into());
    assert_eq!(refused(1).code(), "unauthorized");
    assert_eq!(guard.admit(node(2), 1), Ok(()), "no other call was counted");
    list.replace([node(1)].into());
    assert_eq!(refused(1).code(), "rate_limited");
    assert_eq!(guard.counts().denied_caller, 3);
}
