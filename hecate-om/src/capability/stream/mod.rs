//! Capabilities that take or answer streams: the items on their way, and how a stream is run and ends.

mod dispatch;
mod inbound;
mod items;

pub use inbound::Inbound;

pub(crate) use dispatch::StreamEnd;
pub(crate) use items::{Ended, Items, StreamMetrics, Wire};
