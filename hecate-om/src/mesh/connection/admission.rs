//! The SDK's admission bounds, which apply before a guard, and the capability limits that exceed
//! them.

use std::collections::BTreeMap;
use std::time::Duration;

use macula_rust::station_link::AdmissionLimits;

use crate::capability::{EffectiveLimits, Registry};
use crate::config::LimitKey;

/// Divisor of every bound for the part of one caller, so that one caller cannot shut out the
/// others. A gateway counts as one caller.
const CALLER_PART: usize = 2;
/// Time for which macula-rust remembers a request with the default timeout.
const REMEMBERED_FOR: Duration = Duration::from_secs(305);
const MAX_HELD_REPLIES: usize = 16 * 1024 * 1024;
/// Maximum number of concurrent streams of all callers, and of each caller. Equals a capability's
/// default concurrency.
pub(in crate::mesh) const MAX_STREAMS: usize = 1024;
pub(in crate::mesh) const MAX_STREAMS_OF_ONE_CALLER: usize = MAX_STREAMS / CALLER_PART;
/// Maximum number of unread bytes of all streams, and of one caller's streams. The flow-control
/// credit of hecate-om callers is part of this bound, see `mesh/stream/flow/budget`.
pub(in crate::mesh) const MAX_UNREAD: usize = 256 * 1024 * 1024;
pub(in crate::mesh) const MAX_UNREAD_OF_ONE_CALLER: usize = MAX_UNREAD / CALLER_PART;

/// Returns the SDK's bounds for a node that remembers `held_requests` requests.
///
/// macula-rust remembers each request until five minutes after the request's deadline, so that no
/// request runs twice, and refuses requests beyond its bound. By default, macula-rust refuses one
/// caller's 257th call in that time. The guard's limits should decide instead, so these bounds only
/// limit memory: about 400 bytes per request, without the reply.
pub(in crate::mesh) fn limits(held_requests: usize) -> AdmissionLimits {
    AdmissionLimits {
        caller_quota: held_requests.div_ceil(CALLER_PART),
        share: held_requests,
        cap: held_requests,
        reply_bytes_total: MAX_HELD_REPLIES,
        sessions: MAX_STREAMS,
        sessions_per_caller: MAX_STREAMS_OF_ONE_CALLER,
        inbox_bytes_per_caller: MAX_UNREAD_OF_ONE_CALLER,
        inbox_bytes: MAX_UNREAD,
        ..AdmissionLimits::default()
    }
}

/// Number of procedures named in a description.
const NAMED: usize = 3;

/// Describes the capability limits that no caller can reach, because the SDK refuses further calls
/// as `busy` before the guard counts them. Each limit is described once, with its procedures.
pub(crate) fn out_of_reach(registry: &Registry, held_requests: usize) -> Vec<String> {
    let admitted = limits(held_requests);
    let mut calls: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    let mut streams: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (procedure, dispatcher) in registry.iter() {
        let limits = EffectiveLimits::new(&dispatcher.capability.limits);
        let window = Duration::from_millis(limits.rate.get(LimitKey::WindowMs));
        for (key, most) in [
            (LimitKey::PerCallerMax, admitted.caller_quota),
            (LimitKey::GlobalMax, admitted.cap),
        ] {
            let limit = limits.rate.get(key);
            let held =
                limit as f64 * (REMEMBERED_FOR.as_secs_f64() / window.as_secs_f64()).max(1.0);
            if held > most as f64 {
                let of_limit = calls.entry((key, limit, window, most)).or_default();
                of_limit.push(procedure);
            }
        }
        let is_stream = dispatcher.capability.kind != crate::capability::Kind::Unary;
        if is_stream && limits.concurrency as usize > MAX_STREAMS {
            let of_limit = streams.entry(limits.concurrency).or_default();
            of_limit.push(procedure);
        }
    }
    let calls = calls.into_iter().map(|((key, limit, window, most), of)| {
        format!(
            "{key}={limit} in {window:?} of {}, but only {most} calls are admitted in {REMEMBERED_FOR:?}; \
             lower it, or raise HECATE_HELD_REQUESTS",
            named(&of)
        )
    });
    let streams = streams.into_iter().map(|(limit, of)| {
        format!(
            "concurrency={limit} of {}, but only {MAX_STREAMS} streams are admitted at once; lower it",
            named(&of)
        )
    });
    calls.chain(streams).collect()
}

/// Returns the first names of a list, and the number of further names.
fn named(procedures: &[&str]) -> String {
    let first: Vec<_> = procedures.iter().take(NAMED).collect();
    let names = first.iter().map(|name| format!("`{name}`"));
    let names = names.collect::<Vec<_>>().join(", ");
    match procedures.len() - first.len() {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::{
        Capability, HandlerFuture, InFlight, Invocation, KeyedCalls, Kind, Limits, StateMap,
    };
    use crate::config::DEFAULT_HELD_REQUESTS;

    fn nothing(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async { Ok(crate::codec::Payload::default()) })
    }

    fn registry(kind: Kind, limits: Limits) -> Registry {
        registry_of(&["a.run"], kind, limits)
    }

    fn registry_of(names: &[&'static str], kind: Kind, limits: Limits) -> Registry {
        let capability = |name: &&'static str| Capability {
            kind,
            limits,
            ..Capability::new(name, nothing)
        };
        let states = Arc::new(StateMap::default());
        let capabilities = names.iter().map(capability).collect();
        let registry = Registry::new(
            "org",
            capabilities,
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        );
        registry.expect("no handler borrows anything")
    }

    #[test]
    fn the_sdk_accepts_the_bounds() {
        for held in [1_024, DEFAULT_HELD_REQUESTS, 16_777_216] {
            assert_eq!(limits(held).validate(), Ok(()));
        }
    }

    #[test]
    fn a_limit_that_no_caller_can_reach_is_named_with_what_is_admitted() {
        let unset = registry(Kind::Unary, Limits::UNSET);
        assert_eq!(out_of_reach(&unset, DEFAULT_HELD_REQUESTS), [""; 0]);
        let limits = Limits {
            per_caller_max: Some(10_000),
            global_max: Some(20_000),
            ..Limits::UNSET
        };
        let found = out_of_reach(&registry(Kind::Unary, limits), DEFAULT_HELD_REQUESTS);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("per_caller_max=10000"), "{found:?}");
        assert!(found[0].contains("262144 calls"), "{found:?}");
        assert!(found[1].contains("global_max=20000"), "{found:?}");
        let fewer = out_of_reach(&unset, 1_024);
        assert_eq!(fewer.len(), 2, "{fewer:?}");
    }

    #[test]
    fn a_limit_of_many_capabilities_is_described_once() {
        let names = ["a.one", "a.two", "a.three", "a.four", "a.five"];
        let limits = Limits {
            per_caller_max: Some(10_000),
            ..Limits::UNSET
        };
        let registry = registry_of(&names, Kind::Unary, limits);
        let found = out_of_reach(&registry, DEFAULT_HELD_REQUESTS);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("`org/a."), "{found:?}");
        assert!(found[0].contains(" and 2 more, but only"), "{found:?}");
    }

    #[test]
    fn more_streams_than_are_admitted_are_named() {
        let many = Limits {
            concurrency: Some(2_000),
            ..Limits::UNSET
        };
        let found = out_of_reach(
            &registry(Kind::ServerStreaming, many),
            DEFAULT_HELD_REQUESTS,
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("1024 streams"), "{found:?}");
        let calls = registry(Kind::Unary, many);
        assert_eq!(out_of_reach(&calls, DEFAULT_HELD_REQUESTS), [""; 0]);
    }
}
