//! Puts the histories together.

use super::{Call, End, Model, Process, Round, Run, Sample};
use crate::history::{Entry, Histories, Record};

impl Model {
    /// Puts the histories together.
    #[must_use]
    pub fn new(histories: &Histories) -> Self {
        let mut model = Self::default();
        // Requests first: a run is read from another file than its call.
        for (process, entries) in histories.processes() {
            for entry in entries {
                model.end = model.end.max(entry.at);
                model.add_caller(process, entry);
            }
        }
        for (process, entries) in histories.processes() {
            for entry in entries {
                model.add_service(process, entry);
                model.add_event(entry);
            }
        }
        model
    }

    fn add_caller(&mut self, process: &str, entry: &Entry) {
        match &entry.record {
            Record::Request {
                call,
                kind,
                procedure,
                idempotent,
                timeout_ms,
                expected,
                provider,
            } => {
                let made = Call {
                    caller: process.to_owned(),
                    at: entry.at,
                    kind: *kind,
                    procedure: procedure.clone(),
                    idempotent: *idempotent,
                    timeout_ms: *timeout_ms,
                    expected: *expected,
                    provider: provider.clone(),
                    end: None,
                    runs: Vec::new(),
                };
                self.calls.insert(call.clone(), made);
            }
            Record::Outcome {
                call,
                outcome,
                received,
                sent,
            } => {
                if let Some(made) = self.calls.get_mut(call) {
                    made.end = Some(End {
                        at: entry.at,
                        outcome: outcome.clone(),
                        received: *received,
                        sent: *sent,
                    });
                }
            }
            _ => {}
        }
    }

    fn add_service(&mut self, process: &str, entry: &Entry) {
        match &entry.record {
            Record::Started {
                call,
                capability,
                running,
                caller,
                remaining_ms,
                broken,
            } => {
                let run = Run {
                    process: process.to_owned(),
                    at: entry.at,
                    capability: capability.clone(),
                    running: *running,
                    caller: caller.clone(),
                    remaining_ms: *remaining_ms,
                    broken: broken.clone(),
                    finished: None,
                    dropped: None,
                };
                match self.calls.get_mut(call) {
                    Some(call) => call.runs.push(run),
                    None => self.unasked.push((call.clone(), run)),
                }
            }
            Record::Finished {
                call,
                received,
                sent,
            } => {
                if let Some(run) = self.open_run(call, process) {
                    run.finished = Some((entry.at, *received, *sent));
                }
            }
            Record::Dropped { call } => {
                if let Some(run) = self.open_run(call, process) {
                    run.dropped = Some(entry.at);
                }
            }
            Record::Publish {
                publisher, number, ..
            } => {
                let facts = self.facts.entry(publisher.clone()).or_default();
                facts.published.insert(*number, entry.at);
            }
            Record::Published {
                publisher,
                number,
                error,
                ..
            } => {
                let facts = self.facts.entry(publisher.clone()).or_default();
                match error {
                    Some(error) => drop(facts.failed.insert(*number, error.clone())),
                    None => drop(facts.accepted.insert(*number, entry.at)),
                }
            }
            Record::Delivery { delivered, .. } => {
                let deliveries = self.deliveries.entry(process.to_owned()).or_default();
                deliveries.push((entry.at, delivered.clone()));
            }
            Record::Tick { running } => {
                let ticks = &mut self.process(process).ticks;
                ticks.push((entry.at, *running));
            }
            Record::Held(held) => self.process(process).held.push((entry.at, *held)),
            Record::Advertised { node, procedure } => {
                let station = process.to_owned();
                let advertised = (entry.at, node.clone(), procedure.clone(), station);
                self.advertised.push(advertised);
            }
            Record::FailedFetch { call, text } => {
                let failed = (entry.at, call.clone(), text.clone());
                self.failed_fetches.push(failed);
            }
            Record::WrongContent { call, text } => {
                self.wrong_contents.push((call.clone(), text.clone()));
            }
            Record::Node { node } => self.process(process).node = Some(node.clone()),
            _ => {}
        }
    }

    /// Returns the process's run of the call that has not ended yet.
    fn open_run(&mut self, call: &str, process: &str) -> Option<&mut Run> {
        let runs = &mut self.calls.get_mut(call)?.runs;
        runs.iter_mut()
            .find(|run| run.process == process && run.finished.is_none() && run.dropped.is_none())
    }

    fn process(&mut self, name: &str) -> &mut Process {
        self.processes.entry(name.to_owned()).or_default()
    }

    fn add_event(&mut self, entry: &Entry) {
        let at = entry.at;
        match &entry.record {
            Record::Spawned { process } => self.process(process).spawned = at,
            Record::Ready { process, status } => self.process(process).ready.push((at, *status)),
            Record::Signal { process, signal } => {
                self.process(process).signals.push((at, signal.clone()));
            }
            Record::Exited { process, code } => self.process(process).exited = Some((at, *code)),
            Record::Round { round, gentle } => self.rounds.push(Round {
                number: *round,
                at,
                gentle: *gentle,
                ..Round::default()
            }),
            Record::Fault { fault, target } => {
                if let Some(round) = self.rounds.last_mut() {
                    let started = (fault.clone(), target.clone(), at, None);
                    round.faults.push(started);
                }
            }
            Record::Healed { fault, target } => {
                let faults = self.rounds.last_mut().map(|round| &mut round.faults);
                let healed = faults
                    .into_iter()
                    .flatten()
                    .find(|(kind, of, _, end)| kind == fault && of == target && end.is_none());
                if let Some((_, _, _, end)) = healed {
                    *end = Some(at);
                }
            }
            Record::Settled { unready } => {
                if let Some(round) = self.rounds.last_mut() {
                    round.settled = Some((at, unready.clone()));
                }
            }
            Record::Idle => {
                if let Some(round) = self.rounds.last_mut() {
                    round.idle = Some(at);
                }
            }
            Record::Slowness { factor } => self.slowness.push((at, *factor)),
            Record::Sample {
                process,
                name,
                value,
            } => self.samples.push(Sample {
                at,
                process: process.clone(),
                name: name.clone(),
                value: *value,
            }),
            Record::BadLine { process, line } => {
                self.bad_lines.push((process.clone(), line.clone()));
            }
            _ => {}
        }
    }
}
