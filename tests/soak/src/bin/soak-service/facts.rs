//! A schedule that publishes facts, and a subscription that receives those of all services.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hecate_om::fact::Delivery;
use hecate_om::{Call, Mesh, capability, every, subscribe};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::history::{Delivered, Record};
use hecate_om_soak::wire::{Answer, Counted, Job, TOPIC};
use tokio::task::JoinHandle;

use crate::runs::Runs;

/// How many facts some runs of the schedule publish at once, so that several wait for their station
/// and for their handlers.
const BURST: u64 = 4;

/// How often they do, in runs of the schedule.
const BURST_INTERVAL: u64 = 16;

/// Facts of a flood that wait for their station at once: fewer than a node may queue.
const FLOOD_QUEUE: u64 = 500;

/// Bytes of padding in each fact of a flood.
const FLOOD_PADDING: usize = 2_000;

/// How long the handlers of a flood's fact take, in milliseconds: so long that more of them wait
/// than a subscription may queue.
const FLOOD_PAUSE: u64 = 10;

/// Facts that a service publishes while it stops.
const LAST_FACTS: u64 = 20;

/// The numbers of the published facts.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    next: Mutex<u64>,
    ticks: AtomicU64,
    running: AtomicU64,
    /// Whether the service stops.
    stopped: AtomicBool,
}

/// Publishes facts.
#[every("200ms", name = "soak.tick")]
async fn tick(runs: &Arc<Runs>, counter: &Arc<Counter>, mesh: &Mesh) {
    let running = counter.running.fetch_add(1, Ordering::SeqCst) + 1;
    let overlap = u64::from(runs.breaks(Break::OverlappingRuns, 20));
    runs.journal.write(Record::Tick {
        running: running + overlap,
    });
    let tick = counter.ticks.fetch_add(1, Ordering::SeqCst);
    let facts = if tick.is_multiple_of(BURST_INTERVAL) {
        BURST
    } else {
        1
    };
    for _ in 0..facts {
        counter.publish(runs, mesh, "", 0);
    }
    counter.running.fetch_sub(1, Ordering::SeqCst);
}

/// Publishes as many facts as the request says, faster than they can be handled.
#[capability("soak.flood", version = 1)]
async fn flood(
    runs: &Arc<Runs>,
    counter: &Arc<Counter>,
    call: &Call,
    mesh: &Mesh,
    job: Job,
) -> Answer {
    let run = runs.start("soak.flood", &job.call, call, None);
    let padding = "x".repeat(FLOOD_PADDING);
    for number in 1..=job.number {
        let published = counter.publish(runs, mesh, &padding, FLOOD_PAUSE);
        if number.is_multiple_of(FLOOD_QUEUE) {
            // An error is in the history.
            let _ = published.await;
        }
    }
    run.finish(0, 0);
    Answer::to(&job, 1, &runs.name)
}

impl Counter {
    /// Publishes the last facts of a service that stops.
    pub(crate) fn stop(&self, runs: &Arc<Runs>, mesh: &Mesh) {
        self.stopped.store(true, Ordering::SeqCst);
        for _ in 0..LAST_FACTS {
            self.publish(runs, mesh, "", 0);
        }
    }

    /// Publishes the next fact, and records it. The task ends with the publication.
    fn publish(&self, runs: &Arc<Runs>, mesh: &Mesh, padding: &str, pause: u64) -> JoinHandle<()> {
        // Held until the fact is queued: the schedule and a flood publish at once, and their facts
        // leave in the order of their numbers.
        let mut numbers = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let next = *numbers;
        *numbers += 1;
        let swapped = runs.broken == Some(Break::ReorderedFacts) && next % 50 < 2;
        let number = if swapped { next ^ 1 } else { next };
        let fact = Counted {
            publisher: runs.name.clone(),
            number,
            padding: padding.to_owned(),
            pause,
        };
        runs.journal.write(Record::Publish {
            topic: TOPIC.to_owned(),
            publisher: fact.publisher.clone(),
            number,
        });
        let lost = self.stopped.load(Ordering::SeqCst) && runs.breaks(Break::LostLastFacts, 1);
        let publishing = (!lost).then(|| mesh.topic(TOPIC).publish(&fact));
        drop(numbers);
        let runs = Arc::clone(runs);
        tokio::spawn(async move {
            let Some(publishing) = publishing else { return };
            let published = publishing.await;
            runs.journal.write(Record::Published {
                topic: TOPIC.to_owned(),
                publisher: fact.publisher,
                number,
                error: published.err().map(|error| error.to_string()),
            });
        })
    }
}

/// Records what is delivered.
#[subscribe("soak/facts/counted_v1")]
async fn counted(runs: &Arc<Runs>, delivery: Delivery<Counted>) {
    // A handler may be slower than its facts arrive.
    let mut pause = 1;
    let delivered = match delivery {
        Delivery::Fact(_) if runs.breaks(Break::LostFact, 100) => return,
        Delivery::Fact(fact) => {
            pause = pause.max(fact.pause);
            Delivered::Fact {
                publisher: fact.publisher,
                number: fact.number,
            }
        }
        Delivery::Interrupted { .. } => Delivered::Interrupted,
        Delivery::Gap { .. } => Delivered::Gap,
    };
    runs.journal.write(Record::Delivery {
        topic: TOPIC.to_owned(),
        delivered,
    });
    tokio::time::sleep(Duration::from_millis(pause)).await;
}
