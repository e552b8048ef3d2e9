//! The streams of a call.

use std::cell::Cell;
use std::time::Duration;

use hecate_om::{
    call::{CallBuilder, CallError},
    stream::ResponseStream,
};
use tokio::time::{Instant, timeout, timeout_at};

use crate::commands::described::Called;
use crate::flags::{Item, Lines};
use crate::json::{Json, escaped};
use crate::output::{Failure, Output, Reader};

/// A stream that is to be opened.
pub(super) struct Stream<'a> {
    pub(super) outgoing: CallBuilder<'a>,
    pub(super) request: &'a Json,
    pub(super) called: &'a mut Called,
    pub(super) output: &'a Output,
}

impl Stream<'_> {
    /// Prints each item that the provider sends, and sends it each line, if there are lines. The stream ends after
    /// `silence` without an item either way, if that is given.
    pub(super) async fn receive(
        self,
        lines: Option<Lines>,
        silence: Option<Duration>,
    ) -> Result<(), Failure> {
        let Some(lines) = lines else {
            let items = self
                .outgoing
                .server_streaming::<Json, Json>(self.request)
                .await?;
            let silence = Silence::new(silence);
            return print(items, &silence, self.called, self.output).await;
        };
        self.both(lines, silence).await
    }

    /// Sends the provider each line, and prints what it answers. Each wait for the provider takes at most `limit`; what
    /// the lines take is not counted.
    pub(super) async fn send(self, mut lines: Lines, limit: Duration) -> Result<(), Failure> {
        let opened = self
            .outgoing
            .client_streaming::<Json, Json, Json>(self.request);
        let mut upload = opened.await?;
        let max = self.called.max_bytes().await;
        while let Some(item) = lines.next().await? {
            let item = item.at_most(max)?;
            match timeout(limit, upload.send(item.json())).await {
                Ok(Ok(())) => {}
                // It has read enough, and has answered.
                Ok(Err(CallError::StreamEnded)) => break,
                Ok(Err(error)) => return Err(refused(&item, error)),
                Err(_) => return Err(self.called.silent(limit, "accepted no further item")),
            }
        }
        match timeout(limit, upload.finish()).await {
            Ok(answer) => super::answer(answer, self.called, self.output).await,
            Err(_) => Err(self
                .called
                .silent(limit, "did not answer after the last item")),
        }
    }

    async fn both(self, mut lines: Lines, silence: Option<Duration>) -> Result<(), Failure> {
        let opened = self
            .outgoing
            .bidirectional::<Json, Json, Json>(self.request);
        let (mut sender, items) = opened.await?;
        let max = self.called.max_bytes().await;
        let silence = Silence::new(silence);
        let sent = async {
            while let Some(item) = lines.next().await? {
                let item = item.at_most(max)?;
                match sender.send(item.json()).await {
                    Ok(()) => silence.broken(),
                    Err(error @ CallError::BadRequest(_)) => return Err(refused(&item, error)),
                    // How it ended stands in what it sent.
                    Err(_) => return Ok(()),
                }
            }
            // Likewise.
            let _ = sender.finish().await;
            Ok(())
        };
        let printed = print(items, &silence, self.called, self.output);
        tokio::pin!(sent, printed);
        tokio::select! {
            // It may end before it has read all.
            printed = &mut printed => printed,
            sent = &mut sent => {
                sent?;
                printed.await
            }
        }
    }
}

/// An item that does not fit the wire is named by its line; any other error is the stream's.
fn refused(item: &Item, error: CallError) -> Failure {
    match error {
        CallError::BadRequest(why) => item.refused(&why),
        error => error.into(),
    }
}

async fn print(
    mut items: ResponseStream<Json>,
    silence: &Silence,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    loop {
        let next = match silence.limit(items.next()).await {
            Ok(next) => next,
            Err(limit) => return Err(called.silent(limit, "neither sent nor accepted an item")),
        };
        let Some(item) = next else {
            return Ok(());
        };
        let Json(mut item) = item?;
        called.read(&mut item).await;
        if output.item(&item, || escaped(&item.to_string()))? == Reader::Gone {
            return Ok(());
        }
        silence.broken();
    }
}

/// Time since the last item of either side.
struct Silence {
    limit: Option<Duration>,
    since: Cell<Instant>,
}

impl Silence {
    fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            since: Cell::new(Instant::now()),
        }
    }

    fn broken(&self) {
        self.since.set(Instant::now());
    }

    /// Waits for `next` until the silence has lasted as long as it may, and returns that limit then.
    async fn limit<T>(&self, next: impl Future<Output = T>) -> Result<T, Duration> {
        let Some(limit) = self.limit else {
            return Ok(next.await);
        };
        tokio::pin!(next);
        loop {
            let until = self.since.get() + limit;
            match timeout_at(until, &mut next).await {
                Ok(next) => return Ok(next),
                // Nothing was sent meanwhile.
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
    async fn a_silence_lasts_from_the_last_item_of_either_side() {
        let limit = Duration::from_secs(5);
        let silence = Silence::new(Some(limit));
        let start = Instant::now();
        let sent = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            silence.broken();
        };
        let (ended, ()) = tokio::join!(silence.limit(std::future::pending::<()>()), sent);
        assert_eq!(ended, Err(limit));
        assert_eq!(start.elapsed(), Duration::from_secs(9));
        let endless = Silence::new(None);
        let slow = tokio::time::sleep(Duration::from_secs(3600));
        assert_eq!(endless.limit(slow).await, Ok(()));
    }
}
