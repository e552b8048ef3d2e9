//! The first call with a key.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::entry::Stored;
use super::{CallId, Ended, Kept, KeyedCalls, unknown};
use crate::capability::Refusal;
use crate::codec::Payload;

/// The first call with a key, until it ends.
#[derive(Debug)]
pub(crate) struct FirstCall {
    pub(super) calls: KeyedCalls,
    pub(super) id: CallId,
    pub(super) fingerprint: [u8; 32],
    pub(super) window: Duration,
    pub(super) run: Option<u64>,
    pub(super) ended: watch::Sender<Option<Ended>>,
}

impl FirstCall {
    /// Waits for the end of a call, as its first caller does.
    pub(crate) fn ended(&self) -> watch::Receiver<Option<Ended>> {
        self.ended.subscribe()
    }

    /// Records that the handler is about to run.
    pub(crate) async fn start(&self) -> Result<(), Refusal> {
        match self.run {
            Some(run) => {
                let stored = Stored::started(run, self.fingerprint, self.window);
                self.write(Some(stored)).await
            }
            None => Ok(()),
        }
    }

    /// Ends the call: the handler did not run.
    pub(crate) async fn not_run(self, refusal: Refusal) {
        if self.run.is_some() && self.write(None).await.is_err() {
            // After a restart, the outcome of this call is unknown.
            tracing::warn!("a key of a call that did not run stays on the disk");
        }
        self.calls.table().remove(self.id);
        self.end(Ended::NotRun(refusal));
    }

    /// Ends the call with the answer of its handler.
    pub(crate) async fn answered(self, answer: Result<Payload, Refusal>) {
        let answer = Arc::new(answer);
        self.keep(Kept::new(&answer)).await;
        self.end(Ended::Answered(answer));
    }

    /// Ends the call: the handler may have run, and did not end.
    pub(crate) async fn unknown(self, refusal: Refusal) {
        self.keep(Kept::Unknown).await;
        self.end(Ended::Unknown(refusal));
    }

    async fn keep(&self, kept: Kept) {
        if let Some(run) = self.run {
            let stored = Stored::ended(run, self.fingerprint, self.window, kept.clone());
            if self.write(Some(stored)).await.is_err() {
                tracing::warn!("an answer is kept in memory only; a restart forgets it");
            }
        }
        let end = Instant::now() + self.window;
        self.calls.table().keep(self.id, kept, end);
    }

    /// Writes or removes the entry on the disk, and removes the entries whose windows have passed.
    async fn write(&self, stored: Option<Stored>) -> Result<(), Refusal> {
        let passed = std::mem::take(&mut self.calls.table().passed);
        let disk = self.calls.disk()?;
        let written = disk.write(self.id, stored, passed.clone()).await;
        if written.is_err() {
            self.calls.table().passed.extend(passed);
        }
        written
    }

    fn end(&self, ended: Ended) {
        self.ended.send_replace(Some(ended));
    }
}

impl Drop for FirstCall {
    /// Ends a call whose task was dropped: its handler may have run.
    fn drop(&mut self) {
        if self.ended.borrow().is_none() {
            let end = Instant::now() + self.window;
            self.calls.table().keep(self.id, Kept::Unknown, end);
            self.end(Ended::Unknown(unknown()));
        }
    }
}
