//! Promises about the end of processes.

use std::collections::BTreeMap;

use super::model::{Model, Process};

/// The services' `HECATE_DRAIN_MAX`, in milliseconds.
pub const DRAIN_MAX: u64 = 10_000;

/// Time by which a process may exceed its time on a busy machine.
const SLACK: u64 = 3_000;

/// Time that a drain without work may take: withdrawing, `stop` and closing the links. On the
/// slowest machine it is still less than [`DRAIN_MAX`].
const AFTER_WORK: u64 = 3_000;

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
