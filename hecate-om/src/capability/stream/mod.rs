//! Streaming capabilities: the items, and the dispatch of a stream.

mod dispatch;
mod inbound;
mod items;

pub use inbound::Inbound;

pub(crate) use dispatch::StreamEnd;
pub(crate) use items::{StreamClosed, StreamItems, StreamMetrics, StreamTransport};
