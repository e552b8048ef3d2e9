//! The load: tasks that make one call after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{RwLock, watch};

use crate::caller::Caller;

/// How many calls are made at once.
const TASKS: usize = 6;

/// How many long calls are made at once, so that each fault meets some in flight.
const LONG_TASKS: usize = 4;

/// Longest pause between two calls of a task, in milliseconds.
const MAX_PAUSE: u64 = 150;

/// The tasks of the load.
#[derive(Debug)]
pub(crate) struct Load {
    running: watch::Sender<bool>,
    /// Held for reading by each call.
    calls: Arc<RwLock<()>>,
}

impl Load {
    /// Starts the load, paused.
    pub(crate) fn start(caller: &Arc<Caller>) -> Self {
        let load = Self {
            running: watch::Sender::new(false),
            calls: Arc::default(),
        };
        for task in 0..TASKS + LONG_TASKS {
            let (caller, calls) = (Arc::clone(caller), Arc::clone(&load.calls));
            let mut running = load.running.subscribe();
            tokio::spawn(async move {
                loop {
                    // It fails only if the process ends.
                    let _ = running.wait_for(|running| *running).await;
                    let call = calls.read().await;
                    if *running.borrow() {
                        if task < TASKS {
                            caller.random_call().await;
                        } else {
                            caller.random_long_call().await;
                        }
                    }
                    drop(call);
                    let pause = Duration::from_millis(caller.random(MAX_PAUSE));
                    tokio::time::sleep(pause).await;
                }
            });
        }
        load
    }

    /// Stops the load, and waits until no call is in progress.
    pub(crate) async fn pause(&self) {
        self.running.send_replace(false);
        drop(self.calls.write().await);
    }

    /// Starts the load again.
    pub(crate) fn resume(&self) {
        self.running.send_replace(true);
    }
}
