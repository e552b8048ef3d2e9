//! Streams: those that are served here, those that are opened from here, and how much may be under way in each.
//!
//! The SDK reads a stream as fast as it comes, keeps what was not read yet, and breaks the stream off at 16 MiB of
//! it: a reader that stops reading does not stop the sender. So the two ends tell each other how much was taken, and
//! how much may be sent: see [`flow`]. A peer of another implementation tells nothing of that, and has the wire's own
//! bound.

mod budget;
mod caller;
mod credit;
#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;
mod flow;
mod opening;
mod receiver;
mod sender;
mod served;
mod serving;
mod session;
mod typed;
mod writer;

pub use receiver::Streaming;
pub use sender::{StreamSender, Upload};
pub use typed::{Streams, TypedOpening};

pub(super) use flow::Flows;
pub(super) use served::{mode, offer};

use super::codec::{self, Payload};

/// How much may be under way one way of a stream, as [`cost`] counts.
const WINDOW: u64 = 1024 * 1024;

/// How much a reader takes before it reports that.
const STEP: u64 = WINDOW / 4;

/// How much may be unread at the SDK's end of a stream, which holds 16 MiB. The rest is for what frames take beyond
/// [`FRAME`].
const UNREAD: u64 = 15 * 1024 * 1024 + 512 * 1024;

/// What an item takes beside its own bytes: the frame and its signature. Both ends count by it, so it is part of what
/// they agree on.
const FRAME: u64 = 4 * 1024;

/// What an item counts for, on both ends alike.
fn cost(item: &Payload) -> u64 {
    codec::encoded_len(item) + FRAME
}

/// Whether a provider may send an item of `cost` while it knows of `under_way` that the caller has not taken it.
///
/// An item that is larger than the window goes as soon as at most a [`STEP`] is under way, because a reader that has
/// taken everything may not have reported the last step yet. Only where the two together would break the stream off
/// does the item wait for the report of the rest.
const fn fits(cost: u64, under_way: u64) -> bool {
    under_way == 0 || under_way + cost <= WINDOW || under_way <= STEP && under_way + cost <= UNREAD
}
