//! Streaming handlers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use hecate_om::stream::{Inbound, Stream};
use hecate_om::{Call, Refusal, capability};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::wire::{Item, Job};

use crate::runs::{Run, Runs};

/// Sends as many items as the request says.
#[capability("soak.count", version = 1)]
async fn count(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
) -> Result<impl Stream<Item = Item> + Send + use<>, Refusal> {
    let run = runs.start("soak.count", &job.call, call, None);
    runs.act(&job).await?;
    let truncated = runs.breaks(Break::TruncatedStream, 10);
    let last = if truncated {
        job.number / 2
    } else {
        job.number
    };
    Ok(stream::unfold(
        (Some(run), job, 0),
        move |(mut run, job, number)| async move {
            if number == last {
                if let Some(run) = run.take() {
                    run.finish(0, number);
                }
                return None;
            }
            if job.pause > 0 {
                tokio::time::sleep(Duration::from_millis(job.pause)).await;
            }
            let item = Item {
                call: job.call.clone(),
                number,
                padding: job.padding.clone(),
            };
            Some((item, (run, job, number + 1)))
        },
    ))
}

/// Receives items until their end. Returns their number.
#[capability("soak.sum", version = 1)]
async fn sum(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
    mut items: Inbound<Item>,
) -> Result<u64, Refusal> {
    let run = runs.start("soak.sum", &job.call, call, None);
    runs.act(&job).await?;
    let mut received = 0;
    while let Some(item) = items.next().await {
        if item.number != received || item.call != job.call {
            return Err(Refusal::new("wrong_item", format!("{item:?}")));
        }
        received += 1;
    }
    run.finish(received, 0);
    Ok(received)
}

/// Sends each received item back, until their end.
#[capability("soak.echo", version = 1)]
async fn echo(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
    items: Inbound<Item>,
) -> Result<impl Stream<Item = Item> + Send + use<>, Refusal> {
    let run = runs.start("soak.echo", &job.call, call, None);
    runs.act(&job).await?;
    Ok(stream::unfold((Some(run), items, 0), next_echo))
}

async fn next_echo(
    (mut run, mut items, received): (Option<Run>, Inbound<Item>, u64),
) -> Option<(Item, (Option<Run>, Inbound<Item>, u64))> {
    match items.next().await {
        Some(item) => Some((item, (run, items, received + 1))),
        None => {
            if let Some(run) = run.take() {
                run.finish(received, received);
            }
            None
        }
    }
}
