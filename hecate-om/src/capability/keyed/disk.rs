//! Entries in the state folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use redb::{ReadTransaction, ReadableTable as _, TableDefinition, TableError, WriteTransaction};
use tokio::sync::OnceCell;

use super::entry::{CallId, Kept, Stored, milliseconds};
use crate::capability::Refusal;
use crate::codec;
use crate::store::{Store, StoreError};

/// File of the entries in the state folder.
const FILE: &str = "keyed-calls.redb";

/// Number of the run; end of the window, or 0; window; fingerprint; form of the answer; answer.
type Row<'a> = (u64, u64, u64, &'a [u8], u8, &'a [u8]);
const CALLS: TableDefinition<'_, &[u8], Row<'_>> = TableDefinition::new("calls");

/// Forms of what is kept.
const UNKNOWN: u8 = 0;
const ANSWER: u8 = 1;
const REFUSAL: u8 = 2;
const TOO_LARGE: u8 = 3;

/// Entries in the state folder.
#[derive(Debug)]
pub(super) struct Disk {
    store: Store,
    loaded: OnceCell<()>,
}

impl Disk {
    pub(super) fn new(state_dir: &Path) -> Self {
        Self {
            store: Store::new(&state_dir.join(FILE)),
            loaded: OnceCell::new(),
        }
    }

    pub(super) async fn close(&self) {
        self.store.close().await;
    }

    /// Passes the entries of an earlier process to `insert`, at the first call that succeeds.
    pub(super) async fn load_once(
        &self,
        insert: impl FnOnce(Vec<(CallId, Stored)>),
    ) -> Result<(), Refusal> {
        let load = async {
            let stored = self
                .store
                .read(read)
                .await
                .map_err(|error| unavailable(&error))?;
            insert(stored.unwrap_or_default());
            Ok(())
        };
        self.loaded.get_or_try_init(|| load).await.copied()
    }

    /// Writes or removes an entry, and removes the entries in `passed`.
    pub(super) async fn write(
        &self,
        id: CallId,
        stored: Option<Stored>,
        passed: Vec<(CallId, u64)>,
    ) -> Result<(), Refusal> {
        let write = move |transaction: &WriteTransaction| {
            let mut calls = transaction.open_table(CALLS)?;
            for (passed, run) in &passed {
                let passed = passed.0.as_slice();
                // A later run with the same key stays.
                let is_same = calls.get(passed)?.is_some_and(|row| row.value().0 == *run);
                if is_same {
                    calls.remove(passed)?;
                }
            }
            let Some(stored) = &stored else {
                calls.remove(id.0.as_slice())?;
                return Ok(());
            };
            let (form, body) = form(&stored.kept)?;
            let row = (
                stored.run,
                stored.ends_at.unwrap_or(0),
                milliseconds(stored.window),
                stored.fingerprint.as_slice(),
                form,
                body.as_slice(),
            );
            calls.insert(id.0.as_slice(), row)?;
            Ok(())
        };
        self.store
            .write(write)
            .await
            .map_err(|error| unavailable(&error))
    }
}

fn unavailable(error: &StoreError) -> Refusal {
    Refusal::new(
        "unavailable",
        "the answers to calls with keys cannot be kept",
    )
    .with_retry_after(Duration::ZERO)
    .log(error.to_string())
}

fn form(kept: &Kept) -> Result<(u8, Vec<u8>), redb::Error> {
    Ok(match kept {
        Kept::Unknown => (UNKNOWN, Vec::new()),
        Kept::TooLarge(bytes) => (TOO_LARGE, bytes.to_be_bytes().to_vec()),
        Kept::Answer { answer, .. } => match &**answer {
            Ok(payload) => (ANSWER, codec::wire_bytes(payload).map_err(corrupted)?),
            Err(refusal) => (REFUSAL, refusal.to_detail().into_bytes()),
        },
    })
}

fn kept(form: u8, body: &[u8]) -> Result<Kept, redb::Error> {
    let answer = match form {
        UNKNOWN => return Ok(Kept::Unknown),
        TOO_LARGE => {
            let bytes = body.try_into().map_err(corrupted)?;
            return Ok(Kept::TooLarge(u64::from_be_bytes(bytes)));
        }
        ANSWER => Ok(codec::from_wire_bytes(body).map_err(corrupted)?),
        REFUSAL => Err(Refusal::from_detail(
            std::str::from_utf8(body).map_err(corrupted)?,
        )),
        form => return Err(corrupted(format_args!("unknown form {form}"))),
    };
    Ok(Kept::Answer {
        answer: Arc::new(answer),
        bytes: body.len() as u64,
    })
}

fn read(transaction: &ReadTransaction) -> Result<Vec<(CallId, Stored)>, redb::Error> {
    let calls = match transaction.open_table(CALLS) {
        Ok(calls) => calls,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    calls
        .iter()?
        .map(|entry| {
            let (id, row) = entry?;
            let (run, ends_at, window_ms, fingerprint, form, body) = row.value();
            let stored = Stored {
                run,
                fingerprint: fingerprint.try_into().map_err(corrupted)?,
                window: Duration::from_millis(window_ms),
                ends_at: Some(ends_at).filter(|ends_at| *ends_at > 0),
                kept: kept(form, body)?,
            };
            Ok((CallId(id.value().try_into().map_err(corrupted)?), stored))
        })
        .collect()
}

fn corrupted(error: impl std::fmt::Display) -> redb::Error {
    redb::Error::Corrupted(error.to_string())
}
