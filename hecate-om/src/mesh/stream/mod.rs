//! Streams: those that are served here, those that are opened from here, and how much may be under way in each.
//!
//! The SDK reads a stream as fast as it comes, keeps what was not read yet, and breaks the stream off at 16 MiB of
//! it: a reader that stops reading does not stop the sender. So the two ends tell each other how much was taken, and
//! no more than [`WINDOW`] is under way: see [`flow`]. A peer of another implementation says nothing of that, and has
//! the wire's own bound.

mod credit;
#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;
mod flow;
mod opening;
mod receiver;
mod sender;
mod served;
mod session;
mod typed;

pub use receiver::Streaming;
pub use sender::{StreamSender, Upload};
pub use typed::{Streams, TypedOpening};

pub(super) use flow::Flows;
pub(super) use served::{mode, offer};

use super::codec::{self, Payload};

/// How much may be under way one way of a stream, as [`cost`] counts; an item that is larger goes alone.
const WINDOW: u64 = 1024 * 1024;

/// What an item takes beside its own bytes: the frame and its signature, as the SDK holds them.
const FRAME: u64 = 4 * 1024;

/// What an item counts for, on both ends alike.
fn cost(item: &Payload) -> u64 {
    codec::encoded_len(item) + FRAME
}

/// Whether an item of `cost` may be sent, where `sent` was before and `taken` of that is taken.
const fn fits(cost: u64, sent: u64, taken: u64) -> bool {
    let under_way = sent.saturating_sub(taken);
    under_way == 0 || under_way + cost <= WINDOW
}
