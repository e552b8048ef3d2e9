//! Flow control of one served stream without a mesh, for fuzz targets.

use std::fmt;

use macula_rust::cbor;

use super::budget::MAX_CREDIT;
use super::{FlowTable, ServedFlow};

/// Node that calls the stream.
const CALLER: [u8; 32] = [1; 32];
/// Request id of the stream.
const STREAM: [u8; 16] = [2; 16];

/// Flow control of the stream `02…02`.
pub struct LocalFlow {
    table: FlowTable,
    stream: Option<ServedFlow>,
}

impl LocalFlow {
    /// Maximum credit of one stream, in bytes.
    pub const MAX_CREDIT: u64 = MAX_CREDIT;

    /// Returns the flow control of a stream that has just been opened.
    #[must_use]
    pub fn open() -> Self {
        let table = FlowTable::default();
        let stream = Some(table.register_as((CALLER, STREAM)));
        Self { table, stream }
    }

    /// Answers a message of the stream's caller, in the wire's CBOR.
    ///
    /// # Errors
    ///
    /// Returns the error that the caller receives.
    pub async fn answer(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        let message = cbor::decode(message).map_err(|error| error.to_string())?;
        let answer = self.table.answer_payload(CALLER, message).await?;
        cbor::encode(&answer).map_err(|error| error.to_string())
    }

    /// Records that the handler has consumed an item of this cost.
    pub fn consume(&self, cost: u64) {
        if let Some(stream) = &self.stream {
            stream.record_consumed(cost);
        }
    }

    /// Waits until an item of this cost may be sent to the caller.
    pub async fn reserve(&self, cost: u64) {
        if let Some(stream) = &self.stream {
            stream.reserve(cost).await;
        }
    }

    /// Ends the stream.
    pub fn end(&mut self) {
        self.stream = None;
    }
}

impl fmt::Debug for LocalFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFlow")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
