//! The lines of a history.

use serde::{Deserialize, Serialize};

/// A line of a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The time, in milliseconds since the machine's start.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// What a process did or observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Record {
    /// A caller is about to make a call.
    Request {
        /// The call's id, unique in the run.
        call: String,
        /// The capability's kind.
        kind: CallKind,
        /// The called procedure.
        procedure: String,
        /// Whether the call may run more than once.
        #[serde(default)]
        idempotent: bool,
        /// The call's timeout, in milliseconds.
        timeout_ms: u64,
        /// What the answer must be.
        expected: Expected,
        /// The id of the only node that may answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
    },
    /// The call has ended at its caller.
    Outcome {
        /// The call's id.
        call: String,
        /// How it ended.
        outcome: Outcome,
        /// Items that the caller received.
        #[serde(default)]
        received: u64,
        /// Items that the caller sent.
        #[serde(default)]
        sent: u64,
    },
    /// The content of a call's answer could not be fetched.
    FailedFetch {
        /// The call's id.
        call: String,
        /// The error's text.
        text: String,
    },
    /// The content of a call's answer is wrong.
    WrongContent {
        /// The call's id.
        call: String,
        /// What is wrong.
        text: String,
    },
    /// A handler starts to run a call.
    Started {
        /// The call's id.
        call: String,
        /// The capability's name.
        capability: String,
        /// The number of calls of the capability that run, this one included.
        #[serde(default)]
        running: u64,
        /// The verified caller.
        #[serde(default)]
        caller: String,
        /// The time until the call's deadline, in milliseconds, as the handler knows it.
        #[serde(default)]
        remaining_ms: u64,
        /// A fact about the run that breaks a promise, such as an expired token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broken: Option<String>,
    },
    /// A handler is about to return its response.
    Finished {
        /// The call's id.
        call: String,
        /// Items that the handler received.
        #[serde(default)]
        received: u64,
        /// Items that the handler sent.
        #[serde(default)]
        sent: u64,
    },
    /// A handler was dropped before it returned.
    Dropped {
        /// The call's id.
        call: String,
    },
    /// A fact is about to be published.
    Publish {
        /// The topic.
        topic: String,
        /// The publishing process.
        publisher: String,
        /// Its number.
        number: u64,
    },
    /// The publication of a fact has ended.
    Published {
        /// The topic.
        topic: String,
        /// The publishing process.
        publisher: String,
        /// Its number.
        number: u64,
        /// The error's text, if it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A subscription received something.
    Delivery {
        /// The topic.
        topic: String,
        /// What was delivered.
        #[serde(flatten)]
        delivered: Delivered,
    },
    /// A service knows its node id.
    Node {
        /// The node's id.
        node: String,
    },
    /// A station accepts an advertisement.
    Advertised {
        /// The node.
        node: String,
        /// The procedure.
        procedure: String,
    },
    /// A scheduled run starts.
    Tick {
        /// Runs of the schedule in progress, this one included.
        running: u64,
    },
    /// What a process holds.
    Held(Held),
    /// A process was started.
    Spawned {
        /// The process's name and incarnation, `alpha-1.3`.
        process: String,
    },
    /// A service is live, as its log says.
    Live {
        /// The process.
        process: String,
    },
    /// The answer of `/health/ready` has changed.
    Ready {
        /// The process.
        process: String,
        /// The HTTP status; 0 if nothing answered.
        status: u16,
    },
    /// A signal is about to be sent.
    Signal {
        /// The process.
        process: String,
        /// The signal's name.
        signal: String,
    },
    /// A process has ended.
    Exited {
        /// The process.
        process: String,
        /// The exit code; `None` if a signal ended it.
        code: Option<i32>,
    },
    /// A round starts.
    Round {
        /// Its number, from 1.
        round: u32,
        /// Whether its faults are of the kinds that lose nothing.
        gentle: bool,
    },
    /// A fault starts.
    Fault {
        /// The fault, as in the plan.
        fault: String,
        /// The target's name.
        target: String,
    },
    /// A fault ends.
    Healed {
        /// The fault, as in the plan.
        fault: String,
        /// The target's name.
        target: String,
    },
    /// After the round's last fault, every service is ready, or the time for it is over.
    Settled {
        /// Services that are not ready.
        unready: Vec<String>,
    },
    /// No caller makes calls.
    Idle,
    /// A measurement of how many times longer work takes than on a processor of its own.
    Slowness {
        /// The factor.
        factor: f64,
    },
    /// A measurement of an idle process.
    Sample {
        /// The process.
        process: String,
        /// The name of what was measured.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A line of a log that no log may have.
    BadLine {
        /// The process.
        process: String,
        /// The line.
        line: String,
    },
}

/// What a process holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Tasks that have not ended.
    pub tasks: u64,
    /// Allocations that have not been freed.
    pub allocations: u64,
    /// Their size.
    pub bytes: u64,
}

/// The kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// One request, one response.
    Unary,
    /// One request, a stream of items back.
    ServerStreaming,
    /// A stream of items, one response.
    ClientStreaming,
    /// Items both ways.
    Bidirectional,
}

/// The answer that a call must have, if it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// A response.
    Answer,
    /// A response of this many items.
    Items(u64),
    /// A refusal, and no run.
    Denied,
    /// An error after a run, as asked.
    Failure(Failure),
    /// A response, or the refusal of a guard whose limit is low.
    AnswerOrBusy,
}

/// How a handler fails on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// It panics.
    Panic,
    /// It refuses.
    Refusal,
    /// It does not return before its deadline.
    Timeout,
    /// It is sent an item above its limit.
    Oversized,
}

impl Failure {
    /// Returns the code of the caller's error.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Panic => "panicked",
            Self::Refusal => "as_asked",
            Self::Timeout => "timeout",
            Self::Oversized => "payload_too_large",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With the right response.
    Ok,
    /// With a response that is wrong, or is another call's.
    Wrong(String),
    /// With an error, by its code and text.
    Error {
        /// The error's stable code.
        code: String,
        /// The error's text.
        text: String,
    },
    /// The caller left the stream on purpose.
    Left,
}

/// What a subscription received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "delivered", rename_all = "snake_case")]
pub enum Delivered {
    /// A fact.
    Fact {
        /// The publishing process.
        publisher: String,
        /// Its number.
        number: u64,
    },
    /// No station carries the subscription.
    Interrupted,
    /// Facts may have been missed.
    Gap,
}
