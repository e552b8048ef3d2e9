//! Each promise on a small history that keeps it, and on one that breaks it.

mod calls;
mod facts;
mod processes;
mod resources;
mod streams;

use super::{PROMISES, judge};
use crate::history::{CallKind, Entry, Expected, Failure, Histories, Outcome, Record};

/// The timeout of the calls, in milliseconds.
const TIMEOUT: u64 = 10_000;

/// A history of several processes, written by hand.
#[derive(Default)]
struct Script {
    entries: Vec<(&'static str, Vec<Entry>)>,
}

impl Script {
    /// Adds a record of a process, at a time in milliseconds.
    fn at(mut self, at: u64, process: &'static str, record: Record) -> Self {
        let entry = Entry { at, record };
        match self.entries.iter_mut().find(|(name, _)| *name == process) {
            Some((_, entries)) => entries.push(entry),
            None => self.entries.push((process, vec![entry])),
        }
        self
    }

    /// Adds a record of the orchestrator.
    fn event(self, at: u64, record: Record) -> Self {
        self.at(at, "events", record)
    }

    /// Adds a round with one fault, and its recovery.
    fn fault(self, from: u64, to: u64, fault: &str, target: &str, gentle: bool) -> Self {
        let (fault, target) = (fault.to_owned(), target.to_owned());
        let start = Record::Fault {
            fault: fault.clone(),
            target: target.clone(),
        };
        self.event(from, Record::Round { round: 1, gentle })
            .event(from, start)
            .event(to, Record::Healed { fault, target })
            .event(
                to,
                Record::Settled {
                    unready: Vec::new(),
                },
            )
    }

    /// Returns the names of the broken promises.
    fn broken(&self) -> Vec<&'static str> {
        let mut broken: Vec<&str> = judge(&Histories::of(&self.entries))
            .into_iter()
            .map(|violation| violation.promise)
            .collect();
        broken.dedup();
        broken
    }

    /// Checks that every promise is kept.
    #[track_caller]
    fn keeps_all(&self) {
        let violations = judge(&Histories::of(&self.entries));
        assert!(violations.is_empty(), "{violations:?}");
    }

    /// Checks that the promise is broken.
    #[track_caller]
    fn breaks(&self, promise: &str) {
        assert!(PROMISES.iter().any(|(name, _)| *name == promise));
        assert!(self.broken().contains(&promise), "{:?}", self.broken());
    }
}

/// The request of a unary call of `alpha/soak.add` with a timeout of 10 s.
fn request(call: &str) -> Record {
    asked(call, "alpha/soak.add", Expected::Answer)
}

fn asked(call: &str, procedure: &str, expected: Expected) -> Record {
    Record::Request {
        call: call.to_owned(),
        kind: CallKind::Unary,
        procedure: procedure.to_owned(),
        idempotent: procedure.ends_with("soak.put"),
        timeout_ms: TIMEOUT,
        expected,
        provider: None,
    }
}

fn opening(call: &str, kind: CallKind, items: u64) -> Record {
    Record::Request {
        call: call.to_owned(),
        kind,
        procedure: "alpha/soak.stream".to_owned(),
        idempotent: false,
        timeout_ms: TIMEOUT,
        expected: Expected::Items(items),
        provider: None,
    }
}

fn outcome(call: &str, outcome: Outcome) -> Record {
    Record::Outcome {
        call: call.to_owned(),
        outcome,
        received: 0,
        sent: 0,
    }
}

fn error(call: &str, code: &str) -> Record {
    let failed = Outcome::Error {
        code: code.to_owned(),
        text: String::new(),
    };
    outcome(call, failed)
}

fn started(call: &str) -> Record {
    ran(call, "soak.add", 1, None)
}

fn ran(call: &str, capability: &str, running: u64, broken: Option<&str>) -> Record {
    Record::Started {
        remaining_ms: 0,
        call: call.to_owned(),
        capability: capability.to_owned(),
        running,
        caller: "c1".to_owned(),
        broken: broken.map(ToOwned::to_owned),
    }
}

fn finished(call: &str, received: u64) -> Record {
    Record::Finished {
        call: call.to_owned(),
        received,
        sent: 0,
    }
}

/// A call that is made at 0 and runs at 10.
fn running(call: &str) -> Script {
    Script::default()
        .at(0, "c1.1", request(call))
        .at(10, "alpha-1.1", started(call))
}

/// A call that is made at 0, and answered at 30.
fn answered(call: &str) -> Script {
    running(call)
        .at(20, "alpha-1.1", finished(call, 0))
        .at(30, "c1.1", outcome(call, Outcome::Ok))
}

/// The end of all histories, an hour later.
fn later(script: Script) -> Script {
    script.event(3_600_000, Record::Idle)
}
