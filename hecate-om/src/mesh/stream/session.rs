//! A stream that was opened from here, which its handles share.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::{LinkError, Stream};
use tokio_util::sync::CancellationToken;

use super::served::LEFT;
use crate::mesh::CallError;

/// The stream, until the last of its handles is dropped.
pub(super) struct Session {
    pub(super) stream: Stream,
    pub(super) pool: Pool,
    procedure: String,
    /// Whether it has come to its end, or was left.
    over: AtomicBool,
    /// Fires when nobody uses it any more.
    pub(super) dropped: CancellationToken,
}

impl Session {
    pub(super) fn new(stream: Stream, pool: Pool, procedure: String) -> Self {
        Self {
            stream,
            pool,
            procedure,
            over: AtomicBool::new(false),
            dropped: CancellationToken::new(),
        }
    }

    /// The provider has sent all it will.
    pub(super) fn ended(&self) {
        self.over.store(true, Ordering::Relaxed);
        let stream = self.stream.clone();
        // Most streams are over by now; of one that is not, this side is.
        tokio::spawn(async move { stream.close().await });
    }

    /// Leaves the stream: its provider drops the handler.
    pub(super) fn leave(&self) {
        if self.over.swap(true, Ordering::Relaxed) {
            return;
        }
        let stream = self.stream.clone();
        // Without a runtime there is no link any more, either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { stream.abort(LEFT, "").await });
        }
    }

    /// Why the stream is over.
    pub(super) async fn why(&self) -> CallError {
        match self.stream.done().await {
            Some(error) => self.error(error),
            None => CallError::StreamEnded,
        }
    }

    pub(super) fn error(&self, error: LinkError) -> CallError {
        // No time was given for what comes on a stream, so none has passed.
        CallError::of(PoolError::Link(error), &self.procedure, Duration::ZERO)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.dropped.cancel();
        self.leave();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("procedure", &self.procedure)
            .finish_non_exhaustive()
    }
}
