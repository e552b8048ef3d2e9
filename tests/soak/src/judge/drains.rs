//! Promises about the end of processes.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{have_one_station, received};
use super::model::{Model, Process};
use crate::history::{CallKind, Expected};

/// The services' `HECATE_DRAIN_MAX`, in milliseconds.
pub const DRAIN_MAX: u64 = 10_000;

/// Time by which a process may exceed its time on a busy machine.
const SLACK: u64 = 3_000;

/// Time that a drain without work may take: withdrawing, `stop` and closing the links. On the
/// slowest machine it is still less than [`DRAIN_MAX`].
const AFTER_WORK: u64 = 3_000;

/// Time before the end of a drain, or of a call, in which its handler may be dropped.
const CLOSE: u64 = 4_000;

/// Time in which a fact arrives, and the time in which a service that is ready has subscribed.
const ARRIVES: u64 = 3_000;
const LISTENS: u64 = 10_000;

/// Time after SIGTERM in which a service may still say that it is ready: the pause between two
/// looks, and the time of a busy machine.
const STILL_READY: u64 = 1_500;

/// A service ends within `HECATE_DRAIN_MAX` and one second after SIGTERM, with exit code 0.
pub(super) fn drains_end_in_time(model: &Model) -> Vec<String> {
    broken(model, |process| {
        let at = drained_since(process)?;
        let end = process.exited.map_or(model.end, |(at, _)| at);
        let limit = DRAIN_MAX + 1_000 + model.stretched(SLACK, at, end);
        let Some((exited, code)) = process.exited else {
            return (model.end > at + limit)
                .then(|| format!("no end {} ms after SIGTERM", model.end - at));
        };
        let took = exited - at;
        match code {
            _ if took > limit => Some(format!("ended {took} ms after SIGTERM")),
            // Without a code, `kill -9` ended it.
            Some(0) | None => None,
            Some(code) => Some(format!("exit code {code} after SIGTERM")),
        }
    })
}

/// Returns when the process was asked to end, if it was asked once, and nothing stopped it.
fn drained_since(process: &Process) -> Option<u64> {
    let terms = process
        .signals
        .iter()
        .filter(|(_, signal)| signal == "TERM");
    let stopped = process.signalled("STOP").is_some();
    (terms.count() == 1 && !stopped)
        .then(|| process.signalled("TERM"))
        .flatten()
}

/// A drain takes no longer than the work in flight, and what follows it.
pub(super) fn drains_end_with_their_work(model: &Model) -> Vec<String> {
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    for run in model.calls.values().flat_map(|call| &call.runs) {
        let finished = run.finished.map_or(0, |(at, _, _)| at);
        let end = ends.entry(&run.process).or_default();
        *end = (*end).max(finished).max(run.dropped.unwrap_or(0));
    }
    let slow = model.processes.iter().filter_map(|(name, process)| {
        let at = drained_since(process)?;
        let (exited, _) = process.exited?;
        let idle = ends.get(name.as_str()).map_or(at, |end| at.max(*end));
        let after = exited.saturating_sub(idle);
        (after > model.stretched(AFTER_WORK, at, exited) && model.calm(at, exited, true))
            .then(|| format!("{name}: ended {after} ms after its last work"))
    });
    slow.collect()
}

/// A drain waits for the calls in flight, until little of its time is left.
pub(super) fn drains_finish_calls(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (id, call) in &model.calls {
        let finishes = call.kind == CallKind::Unary
            && !call.idempotent
            && !matches!(call.expected, Expected::Failure(_));
        for run in call.runs.iter().filter(|_| finishes) {
            let process = model.processes.get(&run.process);
            let (Some(since), Some(dropped)) = (process.and_then(drained_since), run.dropped)
            else {
                continue;
            };
            let in_time = dropped + CLOSE < call.deadline().min(since + DRAIN_MAX);
            if dropped > since
                && in_time
                && !model.disturbed(&[&run.process], since, dropped)
                && !model.clock_set(call.at, dropped)
            {
                texts.push(format!(
                    "{id} ({}): dropped at {} {} ms after SIGTERM",
                    call.procedure,
                    run.process,
                    dropped - since
                ));
            }
        }
    }
    texts
}

/// A drain sends the facts that its service has published.
pub(super) fn drains_send_their_facts(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (publisher, facts) in &model.facts {
        let process = model.processes.get(publisher);
        let Some(since) = process.and_then(drained_since) else {
            continue;
        };
        let Some((exited, Some(0))) = process.and_then(|process| process.exited) else {
            continue;
        };
        let arrived = exited + model.stretched(ARRIVES, exited, exited + ARRIVES);
        let last = facts.published.iter().filter(|(_, at)| **at > since);
        let last: BTreeSet<u64> = last
            .map(|(number, _)| *number)
            .filter(|number| !facts.failed.contains_key(number))
            .collect();
        let unknown = last
            .iter()
            .filter(|number| !facts.accepted.contains_key(number));
        let unknown = unknown.count();
        if exited - since + CLOSE < DRAIN_MAX && unknown > 0 {
            texts.push(format!(
                "{publisher} ended {} ms after SIGTERM, before {unknown} facts were published",
                exited - since
            ));
        }
        for (subscriber, process) in &model.processes {
            let ready = process.ready.iter().find(|(_, status)| *status == 200);
            let listens = ready.is_some_and(|(at, _)| at + LISTENS < since)
                && !process.ticks.is_empty()
                && have_one_station(subscriber, publisher)
                && subscriber != publisher
                && model.end > arrived
                && model.ran_until(subscriber, arrived);
            if !listens || model.disturbed(&[subscriber, publisher], since, arrived) {
                continue;
            }
            let lost = last
                .difference(&received(model, subscriber, publisher))
                .count();
            if lost > 0 {
                texts.push(format!(
                    "{subscriber} did not receive {lost} of the last {} facts of {publisher}",
                    last.len()
                ));
            }
        }
    }
    texts
}

/// A second SIGTERM ends a service at once.
pub(super) fn second_signals_end_at_once(model: &Model) -> Vec<String> {
    broken(model, |process| {
        let mut terms = process
            .signals
            .iter()
            .filter(|(_, signal)| signal == "TERM");
        let (second, _) = terms.nth(1)?;
        let end = process.exited.map_or(model.end, |(at, _)| at);
        let took = end.saturating_sub(*second);
        (took > model.stretched(SLACK, *second, end))
            .then(|| format!("no end {took} ms after the second SIGTERM"))
    })
}

/// No process ends that was not asked to.
pub(super) fn no_unexpected_exit(model: &Model) -> Vec<String> {
    broken(model, |process| {
        let (_, code) = process.exited?;
        let asked = ["TERM", "KILL"]
            .iter()
            .any(|signal| process.signalled(signal).is_some());
        (!asked).then(|| format!("ended by itself, with exit code {code:?}"))
    })
}

/// A service that drains does not say that it is ready.
pub(super) fn draining_is_not_ready(model: &Model) -> Vec<String> {
    broken(model, |process| {
        let since = drained_since(process)?;
        let end = process.exited.map_or(model.end, |(at, _)| at);
        let still_ready = model.stretched(STILL_READY, since, end);
        let (_, status) = process.ready.iter().rfind(|(at, _)| *at <= since)?;
        let change = process.ready.iter().find(|(at, _)| *at > since);
        let until = change.map_or(end, |(at, _)| *at).min(end);
        let ready = *status == 200 && until - since > still_ready;
        let again = process
            .ready
            .iter()
            .any(|(at, status)| *status == 200 && *at > since + still_ready);
        (ready || again).then(|| format!("ready {} ms after SIGTERM", until - since))
    })
}

fn broken(model: &Model, check: impl Fn(&Process) -> Option<String>) -> Vec<String> {
    let of_process = |(name, process): (&String, &Process)| {
        let text = check(process)?;
        Some(format!("{name}: {text}"))
    };
    model.processes.iter().filter_map(of_process).collect()
}
