//! Streaming handlers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use hecate_om::stream::{Inbound, Stream};
use hecate_om::{Call, Refusal, capability};
use hecate_om_soak::breaks::Break;
use hecate_om_soak::wire::{Item, Job};

use crate::runs::{Run, Runs};

/// Sends as many items as the request says. Does what it asks for at half of them.
#[capability("soak.count", version = 1)]
async fn count(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
) -> impl Stream<Item = Result<Item, Refusal>> + Send + use<> {
    let run = runs.start("soak.count", &job.call, call, None);
    let truncated = runs.breaks(Break::TruncatedStream, 10);
    let last = if truncated {
        job.number / 2
    } else {
        job.number
    };
    let runs = Arc::clone(runs);
    stream::unfold((Some(run), job, 0), move |(mut run, job, number)| {
        let runs = Arc::clone(&runs);
        async move {
            if number == last {
                if let Some(run) = run.take() {
                    run.finish(0, number);
                }
                return None;
            }
            if number == job.number / 2 && runs.breaks(Break::StandingStream, 50) {
                std::future::pending::<()>().await;
            }
            if number == job.number / 2
                && let Err(refusal) = runs.act(&job).await
            {
                return Some((Err(refusal), (run, job, number)));
            }
            if job.pause > 0 {
                tokio::time::sleep(Duration::from_millis(job.pause)).await;
            }
            let item = Item {
                call: job.call.clone(),
                number,
                padding: job.padding.clone(),
            };
            Some((Ok(item), (run, job, number + 1)))
        }
    })
}

/// Receives items until their end, and returns their number. Does what the request asks for at half
/// of them.
#[capability("soak.sum", version = 1)]
async fn sum(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
    mut items: Inbound<Item>,
) -> Result<u64, Refusal> {
    let run = runs.start("soak.sum", &job.call, call, None);
    let mut received = 0;
    while let Some(item) = items.next().await {
        if received == job.number / 2 {
            runs.act(&job).await?;
        }
        if item.number != received || item.call != job.call {
            return Err(Refusal::new("wrong_item", format!("{item:?}")));
        }
        received += 1;
    }
    run.finish(received, 0);
    Ok(received)
}

/// Sends each received item back, until their end. Does what the request asks for at half of them.
#[capability("soak.echo", version = 1)]
async fn echo(
    runs: &Arc<Runs>,
    call: &Call,
    job: Job,
    items: Inbound<Item>,
) -> impl Stream<Item = Result<Item, Refusal>> + Send + use<> {
    let run = runs.start("soak.echo", &job.call, call, None);
    let echo = Echo {
        runs: Arc::clone(runs),
        run: Some(run),
        job,
        items,
        received: 0,
    };
    stream::unfold(echo, Echo::next)
}

/// A stream of `soak.echo`.
struct Echo {
    runs: Arc<Runs>,
    /// `None` after the last item.
    run: Option<Run>,
    job: Job,
    items: Inbound<Item>,
    received: u64,
}

impl Echo {
    async fn next(mut self) -> Option<(Result<Item, Refusal>, Self)> {
        let Some(item) = self.items.next().await else {
            if let Some(run) = self.run.take() {
                run.finish(self.received, self.received);
            }
            return None;
        };
        if self.received == self.job.number / 2
            && let Err(refusal) = self.runs.act(&self.job).await
        {
            return Some((Err(refusal), self));
        }
        self.received += 1;
        Some((Ok(item), self))
    }
}
