//! The caller's side of the flow: saying what was taken, asking what was.

use std::time::Duration;

use macula_rust::pool::{Call, Pool, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::WINDOW;
use super::flow::{Ask, Told, procedure};
use crate::mesh::codec::{self, Payload};

/// How long a call of the procedure may take; its provider answers sooner.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon after a stream was opened its provider is told that what is taken will be said: streams that are shorter
/// are told nothing of.
const FIRST: Duration = Duration::from_millis(100);
/// How much is taken until it is said.
const STEP: u64 = WINDOW / 4;
/// How often a provider that does not answer the procedure is asked, and how long after: it may have begun to serve
/// only now, or be of another implementation.
const AGAIN: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// What is known of what the provider's handler took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// So much.
    Known(u64),
    /// The provider does not say: it is of another implementation.
    Unsaid,
}

/// How a stream's provider is told and asked.
pub(super) struct Credit {
    pool: Pool,
    realm: [u8; 32],
    provider: [u8; 32],
    stream: String,
    /// The stream is over, or nobody uses it any more.
    over: CancellationToken,
}

impl Credit {
    /// Of a stream that nobody uses any more once `dropped` fires.
    pub(super) fn of(stream: &Stream, pool: Pool, dropped: &CancellationToken) -> Self {
        let open = stream.request();
        let over = dropped.child_token();
        let (ends, ended) = (stream.clone(), over.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = ends.done() => ended.cancel(),
                () = ended.cancelled() => {}
            }
        });
        Self {
            pool,
            realm: open.realm,
            provider: open.target,
            stream: hex::encode(open.request_id),
            over,
        }
    }

    /// Says what was taken, as long as the stream lasts.
    pub(super) async fn say(self, mut taken: watch::Receiver<u64>) {
        let mut first = Some(FIRST);
        let mut said = 0;
        loop {
            let more = taken.wait_for(|taken| taken - said >= STEP);
            let more = tokio::time::timeout(first.take().unwrap_or(Duration::MAX), more);
            tokio::select! {
                more = more => if matches!(more, Ok(Err(_))) {
                    return;
                },
                () = self.over.cancelled() => return,
            }
            let now = *taken.borrow_and_update();
            if self.tell(Some(now), None).await.is_none() {
                return;
            }
            said = now;
        }
    }

    /// Asks what was taken, as long as the stream lasts: whenever it is less than `wanted`.
    pub(super) async fn ask(self, mut wanted: watch::Receiver<u64>, taken: watch::Sender<Taken>) {
        let mut known = 0;
        loop {
            let until = tokio::select! {
                wanted = wanted.wait_for(|wanted| *wanted > known) => match wanted {
                    Ok(wanted) => *wanted,
                    Err(_) => return,
                },
                () = self.over.cancelled() => return,
            };
            match self.tell(None, Some(until)).await {
                Some(told) => {
                    known = told.taken;
                    taken.send_replace(Taken::Known(known));
                }
                None => {
                    taken.send_replace(Taken::Unsaid);
                    return;
                }
            }
        }
    }

    /// One exchange; `None` where the stream is over, or the provider does not answer.
    async fn tell(&self, taken: Option<u64>, until: Option<u64>) -> Option<Told> {
        let ask = Ask {
            stream: self.stream.clone(),
            taken,
            until,
        };
        let payload = codec::encode(&ask).ok()?;
        let mut again = AGAIN.into_iter();
        loop {
            let call = Call {
                realm: self.realm,
                procedure: procedure(&self.provider),
                provider: self.provider,
                payload: payload.0.clone(),
                timeout: PATIENCE,
                ..Call::default()
            };
            let answer = tokio::select! {
                answer = self.pool.call(call) => answer,
                () = self.over.cancelled() => return None,
            };
            match answer {
                Ok(answer) => return codec::decode(Payload(answer)).ok(),
                // The provider answers, and only not now: the stream is not known there yet, or a link is made anew.
                Err(error) if !unanswered(&error) => again = AGAIN.into_iter(),
                Err(error) => tracing::debug!("the flow of a stream could not be told: {error}"),
            }
            tokio::select! {
                () = tokio::time::sleep(again.next()?) => {}
                () = self.over.cancelled() => return None,
            }
        }
    }
}

/// Whether nobody answers the procedure, as opposed to its not being answered now.
const fn unanswered(error: &PoolError) -> bool {
    matches!(
        error,
        PoolError::NoProvider(_)
            | PoolError::Link(LinkError::Relay { .. } | LinkError::Provider { .. })
    )
}
