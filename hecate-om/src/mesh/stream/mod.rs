//! Streams that this node serves and opens, and the flow control of both. `docs/stream.md` has what
//! caller and handler hold for each kind.
//!
//! The SDK reads a stream as fast as items arrive, holds what is not consumed yet, and aborts the
//! stream at 16 MiB of it: a slow reader does not slow the sender down. So the two ends report to
//! each other what they have consumed, and how much may be sent; see [`flow`]. Peers of other
//! implementations report nothing, so only the wire's own bound applies to them.

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
pub(super) use served::{mode, offer};

use crate::codec::{self, Payload};

/// Most bytes in flight in one direction of a stream, counted by [`cost`].
const WINDOW: u64 = 1024 * 1024;

/// Bytes that a reader consumes before it reports.
const REPORT_STEP: u64 = WINDOW / 4;

/// Most unread bytes at the SDK's end of a stream, which holds 16 MiB. The rest is reserved for
/// frames that exceed [`FRAME_OVERHEAD`].
const SDK_BUFFER: u64 = 15 * 1024 * 1024 + 512 * 1024;

/// Cost of an item beyond its payload: the frame and its signature. Both ends count with it, so it
/// is part of the protocol.
const FRAME_OVERHEAD: u64 = 4 * 1024;

/// Returns the bytes that an item counts for, on both ends alike.
fn cost(item: &Payload) -> u64 {
    codec::encoded_len(item) + FRAME_OVERHEAD
}

/// Returns whether a provider may send an item of `cost` while `in_flight` bytes are not reported
/// as consumed.
///
/// An item larger than the window may be sent once at most a [`REPORT_STEP`] is in flight, because
/// a reader that has consumed everything may not have reported the last step yet. If the two
/// together would abort the stream, the item waits for the report of the rest.
const fn fits_window(cost: u64, in_flight: u64) -> bool {
    in_flight == 0
        || in_flight + cost <= WINDOW
        || in_flight <= REPORT_STEP && in_flight + cost <= SDK_BUFFER
}
