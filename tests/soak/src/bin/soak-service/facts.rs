//! A schedule that publishes facts, and a subscription that receives those of all services.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hecate_om::fact::Delivery;
use hecate_om::{Mesh, every, subscribe};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::history::{Delivered, Record};
use hecate_om_soak::wire::{Counted, TOPIC};

use crate::runs::Runs;

/// How many facts some runs of the schedule publish at once, so that several wait for their station
/// and for their handlers.
const BURST: u64 = 4;

/// How often they do, in runs of the schedule.
const BURST_INTERVAL: u64 = 16;

/// The numbers of the published facts.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    next: AtomicU64,
    ticks: AtomicU64,
    running: AtomicU64,
}

/// Publishes facts.
#[every("200ms", name = "soak.tick")]
async fn tick(runs: &Arc<Runs>, counter: &Counter, mesh: &Mesh) {
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
        let number = counter.next.fetch_add(1, Ordering::SeqCst);
        let swapped = runs.broken == Some(Break::ReorderedFacts) && number % 50 < 2;
        publish(runs, mesh, if swapped { number ^ 1 } else { number });
    }
    counter.running.fetch_sub(1, Ordering::SeqCst);
}

fn publish(runs: &Arc<Runs>, mesh: &Mesh, number: u64) {
    let fact = Counted {
        publisher: runs.name.clone(),
        number,
    };
    runs.journal.write(Record::Publish {
        topic: TOPIC.to_owned(),
        publisher: fact.publisher.clone(),
        number,
    });
    let publishing = mesh.publish(TOPIC, &fact);
    let runs = Arc::clone(runs);
    tokio::spawn(async move {
        let published = publishing.await;
        runs.journal.write(Record::Published {
            topic: TOPIC.to_owned(),
            publisher: fact.publisher,
            number,
            error: published.err().map(|error| error.to_string()),
        });
    });
}

/// Records what is delivered.
#[subscribe("soak/facts/counted_v1")]
async fn counted(runs: &Arc<Runs>, delivery: Delivery<Counted>) {
    let delivered = match delivery {
        Delivery::Fact(_) if runs.breaks(Break::LostFact, 100) => return,
        Delivery::Fact(fact) => Delivered::Fact {
            publisher: fact.publisher,
            number: fact.number,
        },
        Delivery::Interrupted { .. } => Delivered::Interrupted,
        Delivery::Gap { .. } => Delivered::Gap,
    };
    runs.journal.write(Record::Delivery {
        topic: TOPIC.to_owned(),
        delivered,
    });
    // A handler may be slower than its facts arrive.
    tokio::time::sleep(Duration::from_millis(1)).await;
}
