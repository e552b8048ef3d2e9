//! The facts on their way out: in order, counted, and said of by change.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::PublishError;
use crate::mesh::Traffic;

/// How many facts may be on their way at once. Each is held until a link takes it or its time is over.
const MAX_UNDER_WAY: usize = 1_024;
/// How many topics' failures are told apart in the log.
const TOLD_APART: usize = 64;

/// The facts on their way out.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// How publications end, by topic.
    pub(crate) tallies: Traffic,
    pub(super) tasks: TaskTracker,
    /// Resolves when the latest has left: the next one leaves then, so that facts leave in the order in which they
    /// were published.
    last: Mutex<Option<oneshot::Receiver<()>>>,
    /// How each topic's publications fail now.
    failing: Mutex<BTreeMap<String, &'static str>>,
    aborted: AtomicU64,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self {
            tallies: Traffic::counting(&PublishError::OUTCOMES),
            tasks: TaskTracker::new(),
            last: Mutex::default(),
            failing: Mutex::default(),
            aborted: AtomicU64::new(0),
        }
    }

    /// How many publications' tasks ended abnormally: upstream's `failed_publishes`, which counts no other failure.
    pub(crate) fn aborted(&self) -> u64 {
        self.aborted.load(Ordering::Relaxed)
    }

    /// How many facts are on their way.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Waits until none is.
    pub(crate) async fn idle(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        // What is published after is sent as well.
        self.tasks.reopen();
    }

    pub(super) fn room(&self) -> Result<(), PublishError> {
        match self.tasks.len() < MAX_UNDER_WAY {
            true => Ok(()),
            false => Err(PublishError::TooMany(MAX_UNDER_WAY)),
        }
    }

    /// A place behind the latest: what says that it is one's turn, and what hands the turn on when dropped.
    pub(super) fn turn(&self) -> (Option<oneshot::Receiver<()>>, oneshot::Sender<()>) {
        let (done, next) = oneshot::channel();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (last.replace(next), done)
    }

    /// Counts how a publication ended that never got a task.
    pub(super) fn refused(&self, topic: &str, error: &PublishError) {
        let tally = self.tallies.of(topic);
        tally.begin(&tracing::Span::none()).end(error.word());
        self.tell(topic, Err(error));
    }

    /// Says how a publication ended, where that is another end than the one before of its topic.
    pub(super) fn tell(&self, topic: &str, ended: Result<(), &PublishError>) {
        if let Err(PublishError::Aborted) = ended {
            self.aborted.fetch_add(1, Ordering::Relaxed);
        }
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let full = failing.len() >= TOLD_APART && !failing.contains_key(topic);
        let key = if full { "" } else { topic };
        match ended {
            Ok(()) => {
                if failing.remove(key).is_some() {
                    tracing::info!(topic, "facts are published again");
                }
            }
            Err(error) => {
                if failing.insert(key.to_owned(), error.word()) != Some(error.word()) {
                    tracing::warn!(topic, "a fact was {error}");
                }
            }
        }
    }
}
