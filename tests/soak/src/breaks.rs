//! Promises that a service breaks on purpose, so that the judge can be tested.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The variable of a service or caller that breaks a promise.
pub const VARIABLE: &str = "SOAK_BREAK";

macro_rules! breaks {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, caught by $promise:literal;)*) => {
        /// A broken promise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Break {
            $($(#[$doc])* $variant,)*
        }

        impl Break {
            /// All broken promises.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns the name of the judge's promise that must catch it.
            #[must_use]
            pub const fn caught_by(self) -> &'static str {
                match self { $(Self::$variant => $promise),* }
            }
        }
    };
}

breaks! {
    /// One call in a hundred runs twice.
    DoubleRun = "double_run", caught by "at_most_once";
    /// One call in fifty runs and is never answered.
    LostAnswer = "lost_answer", caught by "runs_are_answered";
    /// One call in a hundred is answered without a run.
    NoRun = "no_run", caught by "answers_have_run";
    /// One call in a hundred runs, and is refused as `busy`.
    FalseBusy = "false_busy", caught by "not_run_means_not_run";
    /// One answer in a hundred is another call's.
    CrossedAnswer = "crossed_answer", caught by "answers_are_right";
    /// One stream in ten ends early as if it were whole.
    TruncatedStream = "truncated_stream", caught by "streams_are_whole";
    /// One stream in fifty stops at half of its items.
    StandingStream = "standing_stream", caught by "every_call_ends";
    /// A handler that is asked to panic answers.
    SwallowedFailure = "swallowed_failure", caught by "failures_are_reported";
    /// Two facts in fifty are published in the wrong order.
    ReorderedFacts = "reordered_facts", caught by "facts_keep_their_order";
    /// One received fact in a hundred is lost.
    LostFact = "lost_fact", caught by "lost_facts_are_reported";
    /// The facts of a service that stops are lost.
    LostLastFacts = "lost_last_facts", caught by "drains_send_their_facts";
    /// Each call leaves a task behind.
    LeakedTask = "leaked_task", caught by "nothing_leaks";
    /// Each call leaves 1 MiB behind.
    LeakedMemory = "leaked_memory", caught by "nothing_leaks";
    /// Each second call leaves a file open.
    LeakedDescriptor = "leaked_descriptor", caught by "nothing_leaks";
    /// One call in two hundred holds its permit for good.
    LeakedPermit = "leaked_permit", caught by "permits_return";
    /// A service that says ready refuses calls until 30 seconds after its start.
    EarlyReady = "early_ready", caught by "ready_means_answering";
    /// One run in fifty is not counted in the metrics: it has no record.
    WrongMetrics = "wrong_metrics", caught by "metrics_agree";
    /// `stop` takes longer than the work in flight, up to its limit.
    SlowDrain = "slow_drain", caught by "drains_end_with_their_work";
    /// Calls without a token run.
    OpenAccess = "open_access", caught by "denied_calls_do_not_run";
    /// One shared content in ten is wrong.
    WrongContent = "wrong_content", caught by "contents_are_right";
    /// One content in ten is no longer shared when it is fetched.
    UnsharedContent = "unshared_content", caught by "contents_are_fetched";
    /// A nested call does not inherit the deadline of the call that its handler serves.
    OwnDeadline = "own_deadline", caught by "runs_have_their_calls_deadline";
    /// A handler panics without being asked to.
    Panic = "panic", caught by "no_panics";
    /// Two runs of a schedule overlap.
    OverlappingRuns = "overlapping_runs", caught by "schedules_do_not_overlap";
}

impl Break {
    /// Returns the break that the environment asks for.
    ///
    /// # Panics
    ///
    /// If its name is unknown.
    #[must_use]
    pub fn of_environment() -> Option<Self> {
        let name = std::env::var(VARIABLE).ok()?;
        Some(name.parse().unwrap_or_else(|error| panic!("{error}")))
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Break {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|broken| broken.name() == name);
        found.copied().ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|broken| broken.name()).collect();
            format!("unknown promise `{name}`; known: {}", known.join(", "))
        })
    }
}

/// Chooses one event in `n`.
#[derive(Debug, Default)]
pub struct OneIn(AtomicU64);

impl OneIn {
    /// Counts an event, and returns whether it is chosen.
    pub fn chosen(&self, n: u64) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) % n == n - 1
    }
}
