//! Flow control between the two ends of a stream.
//!
//! A node that serves streams also serves the procedure `~<node id>/hecate_om.flow`, in its own
//! namespace. A caller of this procedure reports how much of a stream it has consumed, and requests
//! credit for the items that it sends. The stream itself cannot carry these messages: the wire has
//! no frame for them, and the caller of a server stream may not send frames. Peers of other
//! implementations never call the procedure.

mod budget;
mod caller_window;
mod client;
mod local;
pub(super) mod message;
mod retry;
mod served;
mod state;

pub(super) use budget::INITIAL_CREDIT;
pub(super) use client::{CreditRequest, FlowClient, SendLimit};
pub use local::LocalFlow;
pub(super) use message::WAITS_FOR_END;
pub(super) use served::ServedFlow;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use macula_rust::cbor::Value;
use macula_rust::frame::VerifiedRequest;
use macula_rust::station_link::{Confidentiality, Offer, Request, handler};
use tokio_util::sync::CancellationToken;

use crate::codec::{self, Payload};
use budget::CreditBudget;
use message::{FlowRequest, WindowUpdate, procedure};
use state::FlowState;

/// Error code for a stream that has not started, or that has ended.
const UNKNOWN_STREAM: &str = "unknown_stream";

/// Caller and request id of a stream's opening. The caller is included, so that no node can report
/// on another node's stream.
type StreamId = ([u8; 32], [u8; 16]);

/// Flow control of all streams that this node serves.
#[derive(Debug, Clone, Default)]
pub(crate) struct FlowTable {
    streams: Arc<Mutex<HashMap<StreamId, Arc<FlowState>>>>,
    budget: CreditBudget,
    /// Cancelled when the service drains.
    draining: CancellationToken,
}

impl FlowTable {
    /// Returns an empty table of a service that drains once `draining` is cancelled.
    pub(in crate::mesh) fn new(draining: CancellationToken) -> Self {
        Self {
            draining,
            ..Self::default()
        }
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<FlowState>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a stream until the returned handle is dropped.
    pub(super) fn register(&self, open: &VerifiedRequest) -> ServedFlow {
        self.register_as((open.caller, open.request_id))
    }

    fn register_as(&self, id: StreamId) -> ServedFlow {
        let budget = self.budget.for_caller(id.0);
        let state = Arc::new(FlowState::new(budget, self.draining.clone()));
        self.streams().insert(id, Arc::clone(&state));
        let (table, registered) = (self.clone(), Arc::clone(&state));
        let end = move || {
            table.streams().remove(&id);
            registered.end();
        };
        ServedFlow::new(state, end)
    }

    /// Returns the offer of the flow-control procedure for the stations.
    pub(in crate::mesh) fn offer(&self, realm: [u8; 32], node: &[u8; 32]) -> Offer {
        let table = self.clone();
        let handler = handler(move |request: Request| {
            let table = table.clone();
            async move { table.answer_payload(request.caller, request.payload).await }
        });
        Offer {
            // Sealing is off, because the station sees the same numbers on the stream itself.
            confidential: Confidentiality::Off,
            ..Offer::unary(realm, &procedure(node), handler)
        }
    }

    /// Answers a message of `caller` in the form of the wire.
    async fn answer_payload(&self, caller: [u8; 32], payload: Value) -> Result<Value, String> {
        let message = codec::decode(Payload(payload)).map_err(|e| e.to_string())?;
        let update = self.answer(caller, message).await?;
        codec::encode(&update)
            .map(|update| update.0)
            .map_err(|e| e.to_string())
    }

    async fn answer(
        &self,
        caller: [u8; 32],
        request: FlowRequest,
    ) -> Result<WindowUpdate, &'static str> {
        let mut id = [0; 16];
        hex::decode_to_slice(&request.stream, &mut id).map_err(|_| "invalid_request")?;
        let state = self.streams().get(&(caller, id)).cloned();
        let state = state.ok_or(UNKNOWN_STREAM)?;
        if let Some(consumed) = request.consumed {
            state.record_report(consumed);
        }
        if request.until_consumed.is_some() || request.limit.is_some() {
            let until_consumed = request.until_consumed.unwrap_or(0);
            let limit = request.limit.unwrap_or(0);
            // Requests about an ended stream are refused; the stream itself reports how it ended.
            let granted = state.wait_for_credit(until_consumed, limit).await;
            granted.map_err(|_| UNKNOWN_STREAM)?;
        }
        Ok(state.window_update())
    }
}

#[cfg(test)]
mod tests;
