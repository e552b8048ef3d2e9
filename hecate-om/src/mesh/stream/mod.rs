//! Streams that this node serves or opens, and the flow control of both. `docs/stream.md` lists the
//! handles of caller and handler for each kind.
//!
//! The SDK reads a stream as fast as items arrive, buffers unconsumed items, and aborts the stream
//! when the buffer exceeds 16 MiB, so a slow reader does not slow down the sender. Therefore the
//! two ends report to each other how much they have consumed and how much may be sent; see
//! [`flow`]. Peers of other implementations send no reports, so only the wire's own bound applies
//! to them.

mod caller;
#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;
mod flow;
mod opening;
mod receiver;
mod sender;
mod served;
mod session;
mod typed;
mod untyped;
mod writer;

pub use receiver::ResponseStream;
pub use sender::{ClientStream, StreamSender};
pub use typed::{KindHandle, StreamBuilder, StreamingKind};

pub(super) use flow::FlowTable;
pub use flow::LocalFlow;
pub(super) use served::{mode, offer};

use crate::codec::{self, Payload};

/// Maximum number of bytes in flight from a caller to a handler, in units of [`cost`]. They share
/// the node's budget.
const WINDOW: u64 = 1024 * 1024;

/// Maximum number of bytes in flight from a handler to its caller, in units of [`cost`]. Large
/// enough for items of 1 MiB to be signed, relayed and verified at the same time, and for a report
/// to be on its way meanwhile.
const RESPONSE_WINDOW: u64 = 4 * 1024 * 1024;

/// Bytes that a caller consumes between two reports. Each report is a signed call, which costs as
/// much as sending some items of 32 KiB.
const REPORT_STEP: u64 = RESPONSE_WINDOW / 4;

/// Maximum number of unread bytes at the SDK's end of a stream, whose buffer is 16 MiB. The rest is
/// reserved for frames larger than [`FRAME_OVERHEAD`].
const SDK_BUFFER: u64 = 15 * 1024 * 1024 + 512 * 1024;

/// Cost of an item in addition to its payload, for the frame and the signature. Both ends use this
/// value, so it is part of the protocol.
const FRAME_OVERHEAD: u64 = 4 * 1024;

/// Returns the cost of an item in bytes, the same on both ends.
fn cost(item: &Payload) -> u64 {
    codec::encoded_len(item) + FRAME_OVERHEAD
}

/// Returns whether a provider may send an item of `cost` while `in_flight` bytes are not reported
/// as consumed.
///
/// An item larger than the window may be sent if at most a [`REPORT_STEP`] is in flight, because a
/// reader that has consumed everything may not have reported the last step yet. If the item and the
/// bytes in flight would together abort the stream, the item waits for the report of the rest.
const fn fits_window(cost: u64, in_flight: u64) -> bool {
    in_flight == 0
        || in_flight + cost <= RESPONSE_WINDOW
        || in_flight <= REPORT_STEP && in_flight + cost <= SDK_BUFFER
}
