//! Streaming calls.

use std::cell::Cell;
use std::time::Duration;

use hecate_om::__private::escaped_json;
use hecate_om::{
    call::{CallBuilder, CallError},
    stream::ResponseStream,
};
use hecate_om_gateway::json::Json;
use tokio::time::{Instant, timeout, timeout_at};

use crate::commands::description::CalledProcedure;
use crate::flags::{Item, Lines};
use crate::output::{Failure, Output, Pipe};

/// A streaming call, not yet opened.
pub(super) struct StreamCall<'a> {
    pub(super) outgoing: CallBuilder<'a>,
    pub(super) request: &'a Json,
    pub(super) procedure: &'a mut CalledProcedure,
    pub(super) output: &'a Output,
}

impl StreamCall<'_> {
    /// Prints each response item, and sends each line if `lines` is set. The call fails after
    /// `idle` without an item in either direction.
    pub(super) async fn receive(
        self,
        lines: Option<Lines>,
        idle: Option<Duration>,
    ) -> Result<(), Failure> {
        let Some(lines) = lines else {
            let items = self
                .outgoing
                .server_streaming::<Json, Json>(self.request)
                .await?;
            let idle = IdleTimer::new(idle);
            return print(items, &idle, self.procedure, self.output).await;
        };
        self.exchange(lines, idle).await
    }

    /// Sends each line, and prints the response. `limit` applies to each wait for the provider, not
    /// to reading lines.
    pub(super) async fn send(self, mut lines: Lines, limit: Duration) -> Result<(), Failure> {
        let opened = self
            .outgoing
            .client_streaming::<Json, Json, Json>(self.request);
        let mut stream = opened.await?;
        let max = self.procedure.max_bytes().await;
        while let Some(item) = lines.next().await? {
            let item = item.check_size(max)?;
            match timeout(limit, stream.send(item.json())).await {
                Ok(Ok(())) => {}
                // The provider responded before the end of the items.
                Ok(Err(CallError::StreamEnded)) => break,
                Ok(Err(error)) => return Err(refused(&item, error)),
                Err(_) => return Err(self.procedure.timed_out(limit, "accepted no further item")),
            }
        }
        match timeout(limit, stream.finish()).await {
            Ok(answer) => super::answer(answer, self.procedure, self.output).await,
            Err(_) => Err(self
                .procedure
                .timed_out(limit, "did not answer after the last item")),
        }
    }

    async fn exchange(self, mut lines: Lines, idle: Option<Duration>) -> Result<(), Failure> {
        let opened = self
            .outgoing
            .bidirectional::<Json, Json, Json>(self.request);
        let (mut sender, items) = opened.await?;
        let max = self.procedure.max_bytes().await;
        let idle = IdleTimer::new(idle);
        let sent = async {
            while let Some(item) = lines.next().await? {
                let item = item.check_size(max)?;
                match sender.send(item.json()).await {
                    Ok(()) => idle.reset(),
                    Err(error @ CallError::BadRequest(_)) => return Err(refused(&item, error)),
                    // The response items report how the stream ended.
                    Err(_) => return Ok(()),
                }
            }
            // The response items report a failure here, too.
            let _ = sender.finish().await;
            Ok(())
        };
        let printed = print(items, &idle, self.procedure, self.output);
        tokio::pin!(sent, printed);
        tokio::select! {
            // The provider may end the stream before it has read all items.
            printed = &mut printed => printed,
            sent = &mut sent => {
                sent?;
                printed.await
            }
        }
    }
}

/// Converts a send error: an item that cannot be encoded is named by its line; other errors are
/// those of the stream.
fn refused(item: &Item, error: CallError) -> Failure {
    match error {
        CallError::BadRequest(why) => item.malformed_item(&why),
        error => error.into(),
    }
}

async fn print(
    mut items: ResponseStream<Json>,
    idle: &IdleTimer,
    procedure: &mut CalledProcedure,
    output: &Output,
) -> Result<(), Failure> {
    loop {
        let next = match idle.guard(items.next()).await {
            Ok(next) => next,
            Err(limit) => {
                return Err(procedure.timed_out(limit, "neither sent nor accepted an item"));
            }
        };
        let Some(item) = next else {
            return Ok(());
        };
        let Json(mut item) = item?;
        procedure.apply_schema(&mut item).await;
        if output.print_item(&item, || escaped_json(&item.to_string()))? == Pipe::Closed {
            return Ok(());
        }
        idle.reset();
    }
}

/// Time since the last item in either direction.
struct IdleTimer {
    limit: Option<Duration>,
    since: Cell<Instant>,
}

impl IdleTimer {
    fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            since: Cell::new(Instant::now()),
        }
    }

    fn reset(&self) {
        self.since.set(Instant::now());
    }

    /// Waits for `next`. Fails with the limit if that time passes without an item.
    async fn guard<T>(&self, next: impl Future<Output = T>) -> Result<T, Duration> {
        let Some(limit) = self.limit else {
            return Ok(next.await);
        };
        tokio::pin!(next);
        loop {
            let until = self.since.get() + limit;
            match timeout_at(until, &mut next).await {
                Ok(next) => return Ok(next),
                // No item was sent in the meantime.
                Err(_) if self.since.get() + limit == until => return Err(limit),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_idle_time_starts_at_the_last_item_of_either_side() {
        let limit = Duration::from_secs(5);
        let idle = IdleTimer::new(Some(limit));
        let start = Instant::now();
        let sent = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            idle.reset();
        };
        let (ended, ()) = tokio::join!(idle.guard(std::future::pending::<()>()), sent);
        assert_eq!(ended, Err(limit));
        assert_eq!(start.elapsed(), Duration::from_secs(9));
        let endless = IdleTimer::new(None);
        let slow = tokio::time::sleep(Duration::from_secs(3600));
        assert_eq!(endless.guard(slow).await, Ok(()));
    }
}
