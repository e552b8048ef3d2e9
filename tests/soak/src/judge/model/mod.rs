//! The histories, put together: calls with their runs, processes with their lives.

mod build;

use std::collections::BTreeMap;

use crate::history::{CallKind, Delivered, Expected, Held, Outcome};

/// Kinds of faults after which only the service itself has to recover.
const RESTARTS: [&str; 4] = ["kill", "term", "term_busy", "term_twice"];

/// Time in which callers recover after the services, in milliseconds.
pub const RECOVERY: u64 = 10_000;

/// Time in which a process reads its clock's offset again, in milliseconds.
const CLOCK_READ: u64 = 3_000;

/// Time in which nodes link to their stations again, in milliseconds.
const RELINK: u64 = 30_000;

/// Kinds of faults that streams, fetches and facts of running processes do not notice.
const UNNOTICED: [&str; 12] = [
    "kill",
    "term",
    "term_busy",
    "term_twice",
    "garbage",
    "malformed_frames",
    "cert_renew",
    "cert_half",
    "cert_expired",
    "full_disk",
    "pending",
    "refuse",
];

/// Further kinds of faults after which an answer that has left its handler arrives.
const LOSE_NO_ANSWER: [&str; 6] = ["burst", "delay", "duplicate", "flood", "lose", "stderr"];

/// Targets of faults that every process notices.
const SHARED: [&str; 5] = ["stations", "a", "b", "alpha", "beta"];

/// Time around a measurement of slowness for which it holds, in milliseconds.
const MEASUREMENT: u64 = 2_000;

/// Largest factor of a limit.
pub const SLOWEST: f64 = 50.0;

/// All that happened in a run.
#[derive(Debug, Default)]
pub struct Model {
    /// The calls, by id.
    pub calls: BTreeMap<String, Call>,
    /// Runs of calls that nobody made.
    pub unasked: Vec<(String, Run)>,
    /// The processes, by name and incarnation.
    pub processes: BTreeMap<String, Process>,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// Facts by topic and publisher.
    pub facts: BTreeMap<String, Published>,
    /// Deliveries by subscriber, in order.
    pub deliveries: BTreeMap<String, Vec<(u64, Delivered)>>,
    /// Measurements of idle processes, in order.
    pub samples: Vec<Sample>,
    /// Accepted advertisements: the time, the node, the procedure, and the process of the stations.
    pub advertised: Vec<(u64, String, String, String)>,
    /// How many times longer work took than on a processor of its own, by time.
    pub slowness: Vec<(u64, f64)>,
    /// Contents that could not be fetched: the time, the call that shared it, and the error.
    pub failed_fetches: Vec<(u64, String, String)>,
    /// Fetched contents that are wrong.
    pub wrong_contents: Vec<(String, String)>,
    /// Log lines that no log may have.
    pub bad_lines: Vec<(String, String)>,
    /// The last time in any history.
    pub end: u64,
}

/// A call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The process that made it.
    pub caller: String,
    /// When it was made.
    pub at: u64,
    /// The capability's kind.
    pub kind: CallKind,
    /// The called procedure.
    pub procedure: String,
    /// Whether it may run more than once.
    pub idempotent: bool,
    /// Its timeout, in milliseconds.
    pub timeout_ms: u64,
    /// What its answer must be.
    pub expected: Expected,
    /// The only node that may answer.
    pub provider: Option<String>,
    /// How it ended; `None` if its caller was killed before.
    pub end: Option<End>,
    /// Its runs.
    pub runs: Vec<Run>,
}

/// The end of a call at its caller.
#[derive(Debug, Clone)]
pub struct End {
    /// When it ended.
    pub at: u64,
    /// How.
    pub outcome: Outcome,
    /// Items that the caller received.
    pub received: u64,
    /// Items that the caller sent.
    pub sent: u64,
}

/// A run of a call's handler.
#[derive(Debug, Clone)]
pub struct Run {
    /// The process that ran it.
    pub process: String,
    /// When it started.
    pub at: u64,
    /// The capability's name.
    pub capability: String,
    /// Calls of the capability that ran then, this one included.
    pub running: u64,
    /// The verified caller.
    pub caller: String,
    /// The time that the handler had until the call's deadline, in milliseconds.
    pub remaining_ms: u64,
    /// What breaks a promise.
    pub broken: Option<String>,
    /// When it was about to respond, with the items that it received and sent.
    pub finished: Option<(u64, u64, u64)>,
    /// When it was dropped instead.
    pub dropped: Option<u64>,
}

/// The life of a process.
#[derive(Debug, Default)]
pub struct Process {
    /// When it was started.
    pub spawned: u64,
    /// Its node id, if it has one.
    pub node: Option<String>,
    /// The answers of `/health/ready`, each from its time on.
    pub ready: Vec<(u64, u16)>,
    /// The signals sent to it.
    pub signals: Vec<(u64, String)>,
    /// When it ended, and its exit code.
    pub exited: Option<(u64, Option<i32>)>,
    /// The starts of its scheduled runs, and the runs in progress.
    pub ticks: Vec<(u64, u64)>,
    /// What it held, by time.
    pub held: Vec<(u64, Held)>,
}

/// A round.
#[derive(Debug, Default)]
pub struct Round {
    /// Its number.
    pub number: u32,
    /// Its start.
    pub at: u64,
    /// Whether its faults lose nothing.
    pub gentle: bool,
    /// Its faults: the kind, the target, the start and the end.
    pub faults: Vec<(String, String, u64, Option<u64>)>,
    /// When everything had recovered, and the services that had not.
    pub settled: Option<(u64, Vec<String>)>,
    /// When no call was in progress.
    pub idle: Option<u64>,
}

/// The facts of one publisher, by number: the time of publication and the error.
#[derive(Debug, Default)]
pub struct Published {
    /// When each fact was published, by number.
    pub published: BTreeMap<u64, u64>,
    /// The facts whose publication failed, by number.
    pub failed: BTreeMap<u64, String>,
    /// The facts that a station's link accepted, with the time.
    pub accepted: BTreeMap<u64, u64>,
}

/// A measurement.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When.
    pub at: u64,
    /// Of which process.
    pub process: String,
    /// Of what.
    pub name: String,
    /// The value.
    pub value: f64,
}

impl Model {
    /// Returns the limit for something that happened between `from` and `to`: longer if other
    /// programs used the processors then.
    #[must_use]
    pub fn stretched(&self, limit: u64, from: u64, to: u64) -> u64 {
        let first = self
            .slowness
            .partition_point(|(at, _)| at + MEASUREMENT < from);
        let factors = self.slowness[first..]
            .iter()
            .take_while(|(at, _)| *at <= to + MEASUREMENT)
            .map(|(_, factor)| *factor);
        let count = factors.clone().count().max(1);
        let mean = factors.sum::<f64>() / count as f64;
        (limit as f64 * mean.clamp(1.0, SLOWEST)) as u64
    }

    /// Returns the faults of all rounds: kind, target, start and end.
    pub fn faults(&self) -> impl Iterator<Item = &(String, String, u64, Option<u64>)> {
        self.rounds.iter().flat_map(|round| &round.faults)
    }

    /// Returns whether a fault was active at any time from `from` to `to`, or had ended so shortly
    /// before that stations may still be linked again.
    #[must_use]
    pub fn faulty(&self, from: u64, to: u64) -> bool {
        self.faults().any(|(kind, _, start, end)| {
            let recovery = if RESTARTS.contains(&kind.as_str()) {
                0
            } else {
                RELINK
            };
            let end = end.map_or(u64::MAX, |end| end + recovery);
            to >= *start && from <= end
        })
    }

    /// Returns whether a fault may have disturbed what these processes exchanged from `from` to `to`.
    /// The end of another process is not such a fault: calls and streams with it must end, too.
    #[must_use]
    pub fn disturbed(&self, processes: &[&str], from: u64, to: u64) -> bool {
        self.noticed(processes, from, to, |_| true)
    }

    /// Returns whether a fault may have lost an answer that left one of these processes for the
    /// other between `from` and `to`.
    #[must_use]
    pub fn loses_answers(&self, processes: &[&str], from: u64, to: u64) -> bool {
        self.noticed(processes, from, to, |kind| !LOSE_NO_ANSWER.contains(&kind))
    }

    fn noticed(
        &self,
        processes: &[&str],
        from: u64,
        to: u64,
        counts: impl Fn(&str) -> bool,
    ) -> bool {
        self.faults().any(|(kind, target, start, end)| {
            let concerns = SHARED.contains(&target.as_str())
                || kind == "block"
                || processes
                    .iter()
                    .any(|process| is_incarnation(process, target));
            let end = end.map_or(u64::MAX, |end| {
                end + self.stretched(RELINK, end, end + RELINK)
            });
            let is_noticed =
                concerns && !UNNOTICED.contains(&kind.as_str()) && counts(kind.as_str());
            is_noticed && to >= *start && from <= end
        })
    }

    /// Returns whether a fault of one of these kinds was active at any time from `from` to `to`.
    #[must_use]
    pub fn had(&self, kinds: &[&str], from: u64, to: u64) -> bool {
        self.faults().any(|(kind, _, start, end)| {
            kinds.contains(&kind.as_str()) && to >= *start && end.is_none_or(|end| from <= end)
        })
    }

    /// Returns whether a process ran without a signal until `to`.
    #[must_use]
    pub fn ran_until(&self, process: &str, to: u64) -> bool {
        self.processes.get(process).is_some_and(|process| {
            process.exited.is_none_or(|(at, _)| at > to)
                && process.signals.iter().all(|(at, _)| *at > to)
        })
    }

    /// Returns whether a process ran from `from` to `to`, or drained: only one SIGTERM was sent to it.
    #[must_use]
    pub fn ran_or_drained(&self, process: &str, from: u64, to: u64) -> bool {
        self.processes.get(process).is_some_and(|process| {
            let sent = || process.signals.iter().filter(|(at, _)| *at <= to);
            let terms = sent().filter(|(_, signal)| signal == "TERM").count();
            let mut others = sent().filter(|(at, signal)| *at >= from && signal != "TERM");
            let ended_well = |(at, code): (u64, Option<i32>)| at > to || code == Some(0);
            process.exited.is_none_or(ended_well) && terms <= 1 && others.next().is_none()
        })
    }

    /// Returns whether a clock was wrong at any time from `from` to `to`.
    #[must_use]
    pub fn clock_set(&self, from: u64, to: u64) -> bool {
        self.faults().any(|(kind, _, start, end)| {
            let end = end.map_or(u64::MAX, |end| {
                end + self.stretched(CLOCK_READ, end, end + CLOCK_READ)
            });
            kind.starts_with("clock") && to >= *start && from <= end
        })
    }

    /// Returns whether no fault was active, and nothing recovered from one, at any time from `from`
    /// to `to`. Rounds without harmful faults count as calm if `gentle` is true.
    #[must_use]
    pub fn calm(&self, from: u64, to: u64, gentle: bool) -> bool {
        self.rounds.iter().all(|round| {
            let Some(start) = round.faults.iter().map(|(_, _, at, _)| *at).min() else {
                return true;
            };
            // Readiness tells of the services only: the links of callers may recover later.
            let recovered =
                |(at, _): &(u64, Vec<String>)| at + self.stretched(RECOVERY, *at, at + RECOVERY);
            let end = round.settled.as_ref().map_or(u64::MAX, recovered);
            (gentle && round.gentle) || to < start || from > end
        })
    }
}

impl Call {
    /// Returns whether the call ended with its right response.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(
            &self.end,
            Some(End {
                outcome: Outcome::Ok,
                ..
            })
        )
    }

    /// Returns the code of the call's error.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.end {
            Some(End {
                outcome: Outcome::Error { code, .. },
                ..
            }) => Some(code),
            _ => None,
        }
    }

    /// Returns the time of the call's deadline.
    #[must_use]
    pub const fn deadline(&self) -> u64 {
        self.at + self.timeout_ms
    }

    /// Returns the time at which the call ended, or `otherwise`.
    #[must_use]
    pub fn end_or(&self, otherwise: u64) -> u64 {
        self.end.as_ref().map_or(otherwise, |end| end.at)
    }
}

impl Process {
    /// Returns the time at which the signal was first sent.
    #[must_use]
    pub fn signalled(&self, signal: &str) -> Option<u64> {
        let sent = self.signals.iter().find(|(_, name)| name == signal);
        sent.map(|(at, _)| *at)
    }
}

/// Returns whether a process is an incarnation of the named one: `alpha-1.3` of `alpha-1`.
#[must_use]
pub(super) fn is_incarnation(process: &str, name: &str) -> bool {
    process.rsplit_once('.').is_some_and(|(of, _)| of == name)
}
