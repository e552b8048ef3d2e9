//! Promises about calls.

use std::collections::BTreeMap;

use super::model::{Call, End, Model, Run};
use crate::calls::NOT_RUN;
use crate::history::{CallKind, Expected, Failure, Outcome};
use crate::plan::{PYTHON_CALLER, SERVICES};

/// Maximum number of runs of an idempotent call: its tries.
const MAX_TRIES: usize = 3;

/// Time that a caller may need to notice a deadline, on a busy machine.
const SLACK: u64 = 10_000;

/// Time in which a stream moves on, and the time after which its caller leaves it.
const MOVES: u64 = 10_000;
const STILL: u64 = 45_000;

/// Time before a call's deadline in which its answer may come too late.
const CLOSE: u64 = 4_000;

/// Time in which an answer arrives once its handler has returned.
const ARRIVES: u64 = 1_000;

/// Time in which the stations withdraw what the realm has revoked, in milliseconds, with the calls
/// that are on their way.
const REVOKED: u64 = 1_000;

/// Lengths of a capability's window and the calls of one caller in it.
const LIMITED: (&str, u64, usize) = ("soak.limited", 2_000, 10);

/// Maximum number of calls that run at once, by capability.
const CONCURRENCY: [(&str, u64); 2] = [("soak.narrow", 2), ("soak.meet", 4)];

/// No handler runs a call that nobody made.
pub(super) fn runs_were_asked_for(model: &Model) -> Vec<String> {
    let unasked = model.unasked.iter();
    let text =
        |(call, run): &(String, Run)| format!("{} ran {call}, which nobody asked for", run.process);
    unasked.map(text).collect()
}

/// No call runs twice, unless it is idempotent; then as often as it has tries.
pub(super) fn at_most_once(model: &Model) -> Vec<String> {
    let most = |call: &Call| if call.idempotent { MAX_TRIES } else { 1 };
    broken(model, |call| {
        (call.runs.len() > most(call)).then(|| format!("{} runs", call.runs.len()))
    })
}

/// An answer is the right one, and the call's own.
pub(super) fn answers_are_right(model: &Model) -> Vec<String> {
    broken(model, |call| match &call.end {
        Some(End {
            outcome: Outcome::Wrong(text),
            ..
        }) if call.kind == CallKind::Unary => Some(text.clone()),
        _ => None,
    })
}

/// A call that was answered has run.
pub(super) fn answers_have_run(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let finished = call.runs.iter().any(|run| run.finished.is_some());
        (call.is_ok() && !finished).then(|| "answered without a run".to_owned())
    })
}

/// A call ends at its caller in time, with an answer or an error.
pub(super) fn every_call_ends(model: &Model) -> Vec<String> {
    broken(model, |call| {
        // The handler that makes a nested call may be dropped with it.
        if is_nested(call) {
            return None;
        }
        if call.kind != CallKind::Unary {
            // A stream's timeout limits its opening only. Its caller leaves one that stands still.
            let end = call.end_or(0);
            let is_slow = model.stretched(MOVES, call.at, end) > STILL;
            let undisturbed = || match call.runs.first() {
                Some(run) => !model.disturbed(&[&call.caller, &run.process], call.at, end),
                None => model.calm(call.at, end, true),
            };
            return (call.code() == Some("still") && !is_slow && undisturbed())
                .then(|| "a stream stood still".to_owned());
        }
        let process = model.processes.get(&call.caller);
        let killed = process.is_some_and(|process| process.exited.is_some());
        let paused = process.map_or(0, |process| paused(&process.signals));
        let end = call.end_or(if killed { 0 } else { model.end });
        let slack = model.stretched(SLACK, call.at, end);
        let late = end.saturating_sub(call.deadline() + paused);
        (late > slack).then(|| format!("no end {late} ms after its deadline"))
    })
}

/// Returns whether a service made the call, in `soak.relay`.
fn is_nested(call: &Call) -> bool {
    SERVICES
        .iter()
        .any(|service| call.caller.starts_with(service))
}

/// Returns for how long signals stopped a process, in milliseconds.
fn paused(signals: &[(u64, String)]) -> u64 {
    let mut paused = 0;
    let mut stopped = None;
    for (at, signal) in signals {
        match signal.as_str() {
            "STOP" => stopped = Some(*at),
            "CONT" => paused += stopped.take().map_or(0, |since| at - since),
            _ => {}
        }
    }
    paused
}

/// A call whose handler has returned in time is answered, unless a fault lost the answer. A drain
/// loses none.
pub(super) fn runs_are_answered(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let finished = call.runs.iter().filter_map(|run| run.finished);
        let close = model.stretched(CLOSE, call.at, call.deadline());
        let in_time = |&(at, _, _): &(u64, u64, u64)| at + close < call.deadline();
        let (at, _, _) = finished.filter(in_time).min()?;
        let run = call.runs.first()?;
        let expected = matches!(call.expected, Expected::Answer | Expected::AnswerOrBusy);
        let end = call.end.as_ref()?;
        let answered = !matches!(call.code(), Some("timeout" | "link_failed"));
        let lost = call.kind == CallKind::Unary && expected && !answered;
        let until = unanswered_until(model, call, end.at);
        let undisturbed = model.ran_or_drained(&run.process, call.at, until)
            && !model.loses_answers(&[&call.caller, &run.process], call.at, until);
        (lost && (undisturbed || model.calm(call.at, until, true))).then(|| {
            format!(
                "ran {} ms before its deadline, and ended with {:?}",
                call.deadline() - at,
                end.outcome
            )
        })
    })
}

/// Returns until when a fault can explain that a call is not answered before `end`: an answer leaves
/// when its handler returns, and a call soon reaches its handler.
fn unanswered_until(model: &Model, call: &Call, end: u64) -> u64 {
    let finished = call.runs.iter().filter_map(|run| run.finished);
    let until = match finished.map(|(at, _, _)| at).min() {
        Some(at) => at + model.stretched(ARRIVES, at, at + ARRIVES),
        None if call.runs.is_empty() => call.at + model.stretched(CLOSE, call.at, call.at + CLOSE),
        None => end,
    };
    until.min(end)
}

/// An error that says that no handler ran is right.
pub(super) fn not_run_means_not_run(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let code = call.code().filter(|code| NOT_RUN.contains(code))?;
        // A limit of items ends a stream that runs.
        if call.expected == Expected::Failure(Failure::Oversized) {
            return None;
        }
        let run = call.runs.first()?;
        Some(format!("`{code}`, but {} ran it", run.process))
    })
}

/// A call without a right to run does not run, and is told so. A run finds its token valid, and the
/// request sealed.
pub(super) fn denied_calls_do_not_run(model: &Model) -> Vec<String> {
    broken(model, |call| {
        if model.clock_set(call.at, call.end_or(model.end)) {
            return None;
        }
        let broken = call.runs.iter().find_map(|run| run.broken.clone());
        let denied = call.expected == Expected::Denied;
        match broken {
            Some(broken) => Some(broken),
            None if denied && !call.runs.is_empty() => Some("ran without a right to".to_owned()),
            None if denied && call.is_ok() => Some("was answered without a right to".to_owned()),
            None => None,
        }
    })
}

/// A failure of a handler reaches its caller.
pub(super) fn failures_are_reported(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let fails = matches!(call.expected, Expected::Failure(_));
        (fails && call.is_ok()).then(|| "answered, but its handler fails".to_owned())
    })
}

/// No handler runs much longer than its call may.
pub(super) fn runs_end_at_their_deadline(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let run = call.runs.iter().find(|run| {
            let process = model.processes.get(&run.process);
            let exited = process.and_then(|process| process.exited);
            let end = run.finished.map(|(at, _, _)| at).or(run.dropped);
            // Without a caller, a run that has not ended may still end before the next round.
            let end = end.or(exited.map(|(at, _)| at)).unwrap_or(call.at);
            let paused = process.map_or(0, |process| paused(&process.signals));
            let latest = call.deadline() + paused + model.stretched(SLACK, call.at, end);
            call.kind == CallKind::Unary && end > latest && !model.clock_set(call.at, end)
        })?;
        Some(format!("runs at {} long after its deadline", run.process))
    })
}

/// No handler has more time than its call. A nested call has the deadline of the call that its
/// handler serves.
pub(super) fn runs_have_their_calls_deadline(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let run = call.runs.iter().find(|run| {
            let latest = call.deadline() + model.stretched(CLOSE, call.at, run.at);
            let late = call.kind == CallKind::Unary && run.at + run.remaining_ms > latest;
            late && !model.clock_set(call.at, run.at)
        })?;
        Some(format!(
            "{} ms were left to {}, {} ms before the deadline",
            run.remaining_ms,
            run.process,
            call.deadline().saturating_sub(run.at)
        ))
    })
}

/// No handler starts after the deadline of its call.
pub(super) fn no_run_after_the_deadline(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let late = |run: &&Run| {
            let close = model.stretched(CLOSE, call.at, run.at);
            let late = call.kind == CallKind::Unary && run.at > call.deadline() + close;
            late && !model.clock_set(call.at, run.at)
        };
        let run = call.runs.iter().find(late)?;
        Some(format!(
            "ran {} ms after its deadline",
            run.at - call.deadline()
        ))
    })
}

/// Without a fault that loses something, a call succeeds if its capability allows it.
pub(super) fn calls_succeed_in_calm(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let end = call.end.as_ref()?;
        // An org with one replica is gone while the replica restarts.
        let waits = !call.caller.starts_with(PYTHON_CALLER);
        let replicated = waits && call.procedure.starts_with("alpha/") && call.provider.is_none();
        let slow = model.stretched(CLOSE, call.at, end.at) > call.timeout_ms;
        let too_short = call.timeout_ms < CLOSE || (slow && call.code() == Some("timeout"));
        let until = match call.code() {
            Some("timeout") => unanswered_until(model, call, end.at),
            _ => end.at,
        };
        if too_short || !model.calm(call.at, until, replicated) {
            return None;
        }
        let right = match call.expected {
            Expected::Answer => end.outcome == Outcome::Ok,
            Expected::Items(_) => matches!(end.outcome, Outcome::Ok | Outcome::Left),
            Expected::AnswerOrBusy => {
                end.outcome == Outcome::Ok || matches!(call.code(), Some("busy" | "rate_limited"))
            }
            Expected::Denied => {
                let denials = ["unauthorized", "payload_too_large", "invalid_request"];
                call.code().is_some_and(|code| denials.contains(&code))
            }
            Expected::Failure(failure) => {
                let limited = call.procedure.ends_with("/soak.narrow");
                call.code() == Some(failure.code()) || (limited && call.code() == Some("busy"))
            }
        };
        // A nested call of `soak.relay`, a handler's own call, may reach the org that restarts.
        let nested = call.procedure.ends_with("/soak.relay") && !model.calm(call.at, end.at, false);
        (!right && !nested).then(|| format!("{:?} instead of {:?}", end.outcome, call.expected))
    })
}

/// A call to one provider runs there or nowhere.
pub(super) fn pinned_calls_stay(model: &Model) -> Vec<String> {
    broken(model, |call| {
        let provider = call.provider.as_ref()?;
        let elsewhere = call.runs.iter().find(|run| {
            let process = model.processes.get(&run.process);
            let node = process.and_then(|process| process.node.as_ref());
            node.is_some_and(|node| node != provider)
        })?;
        Some(format!(
            "ran at {} instead of {provider}",
            elsewhere.process
        ))
    })
}

/// No more calls run, and no caller has more calls run in a time, than the capability's limits
/// allow.
pub(super) fn limits_hold(model: &Model) -> Vec<String> {
    let mut texts = broken(model, |call| {
        call.runs.iter().find_map(|run| {
            let (name, most) = CONCURRENCY
                .iter()
                .find(|(name, _)| *name == run.capability)?;
            (run.running > *most).then(|| format!("{} calls of {name} ran at once", run.running))
        })
    });
    let (capability, window, most) = LIMITED;
    let mut starts: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for run in model.calls.values().flat_map(|call| &call.runs) {
        if run.capability == capability {
            let of_caller = starts.entry((&run.process, &run.caller)).or_default();
            of_caller.push(run.at);
        }
    }
    for ((process, caller), mut starts) in starts {
        starts.sort_unstable();
        // Two adjacent windows may meet in the middle of one.
        let over = starts.windows(2 * most + 1).find(|starts| {
            starts
                .last()
                .zip(starts.first())
                .is_some_and(|(last, first)| last - first < window)
        });
        if over.is_some() {
            texts.push(format!(
                "{process} ran too many calls of {capability} from {caller}"
            ));
        }
    }
    texts
}

/// A procedure's idempotent calls run little more often than they are made: ten times, for a tenth
/// of the calls, and once a second.
pub(super) fn retries_are_few(model: &Model) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), (usize, usize, u64, u64)> = BTreeMap::new();
    for call in model.calls.values().filter(|call| call.idempotent) {
        let key = (call.caller.as_str(), call.procedure.as_str());
        let counts = counts.entry(key).or_insert((0, 0, call.at, call.at));
        counts.0 += 1;
        counts.1 += call.runs.len().saturating_sub(1);
        counts.2 = counts.2.min(call.at);
        counts.3 = counts.3.max(call.end_or(call.at));
    }
    let over = counts.into_iter().filter(|(_, (calls, again, from, to))| {
        let seconds = usize::try_from((to - from) / 1_000).unwrap_or(usize::MAX);
        *again > 10 + calls / 10 + 1 + seconds
    });
    over.map(|((caller, procedure), (calls, again, _, _))| {
        format!("{caller}: {again} repetitions of {calls} calls of {procedure}")
    })
    .collect()
}

/// No provider of an org runs a call once the realm has revoked the org.
pub(super) fn revoked_providers_do_not_run(model: &Model) -> Vec<String> {
    let revoked: Vec<(&str, u64, u64)> = model
        .faults()
        .filter(|(kind, _, _, _)| kind == "revoke")
        .map(|(_, org, at, end)| {
            let end = end.unwrap_or(model.end);
            (org.as_str(), at + model.stretched(REVOKED, *at, end), end)
        })
        .collect();
    broken(model, |call| {
        let (org, _) = call.procedure.split_once('/')?;
        let run = call.runs.iter().find(|run| {
            let during =
                |(of, from, to): &(&str, u64, u64)| *of == org && run.at > *from && run.at < *to;
            revoked.iter().any(during)
        })?;
        Some(format!(
            "ran at {} after the realm had revoked `{org}`",
            run.process
        ))
    })
}

/// Returns the texts of the calls that break a promise, each with the call.
fn broken(model: &Model, check: impl Fn(&Call) -> Option<String>) -> Vec<String> {
    let of_call = |(id, call): (&String, &Call)| {
        let text = check(call)?;
        Some(format!("{id} ({}): {text}", call.procedure))
    };
    model.calls.iter().filter_map(of_call).collect()
}
