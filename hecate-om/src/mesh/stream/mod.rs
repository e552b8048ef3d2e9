//! Streams: those that are served here, those that are opened from here, and how much may be under way in each.
//!
//! The SDK reads a stream as fast as it comes, keeps what was not read yet, and breaks the stream
//! off at 16 MiB of it: a reader that stops reading does not stop the sender. So the two ends tell
//! each other how much was taken, and how much may be sent: see [`flow`]. A peer of another
//! implementation reports nothing, so only the wire's own bound applies to it.

mod budget;
mod caller;
mod credit;
#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;
mod flow;
mod opening;
mod promise;
mod receiver;
mod sender;
mod served;
mod serving;
mod session;
mod typed;
mod writer;

pub use receiver::Streaming;
pub use sender::{StreamSender, Upload};
pub use typed::{Opens, Streams, TypedOpening};

pub(super) use flow::Flows;
pub(super) use served::{mode, offer};

use crate::codec::{self, Payload};

/// Most bytes in flight in one direction of a stream, counted by [`cost`].
const WINDOW: u64 = 1024 * 1024;

/// Bytes that a reader consumes before it reports.
const STEP: u64 = WINDOW / 4;

/// Most unread bytes at the SDK's end of a stream, which holds 16 MiB. The rest is reserved for
/// frames that exceed [`FRAME`].
const UNREAD: u64 = 15 * 1024 * 1024 + 512 * 1024;

/// Overhead of an item: the frame and its signature. Both ends count with it, so it is part of the
/// protocol.
const FRAME: u64 = 4 * 1024;

/// What an item counts for, on both ends alike.
fn cost(item: &Payload) -> u64 {
    codec::encoded_len(item) + FRAME
}

/// Returns whether a provider may send an item of `cost` while `under_way` bytes are not reported
/// as consumed.
///
/// An item larger than the window may be sent once at most a [`STEP`] is in flight, because a
/// reader that has consumed everything may not have reported the last step yet. If the two together
/// would abort the stream, the item waits for the report of the rest.
const fn fits(cost: u64, under_way: u64) -> bool {
    under_way == 0 || under_way + cost <= WINDOW || under_way <= STEP && under_way + cost <= UNREAD
}
