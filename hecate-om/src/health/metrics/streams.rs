//! Open streams and their items.

use std::fmt;

use super::page::Page;
use crate::health::HealthState;

pub(super) fn streams(health_state: &HealthState, page: &mut Page<'_>) -> fmt::Result {
    let Some(sources) = health_state.sources.get() else {
        return Ok(());
    };
    let streams = &sources.streams;
    page.gauges(
        "hecate_streams_open",
        "Streams in flight, including queued streams",
        streams.iter().map(|of| {
            (
                [("rpc_method", of.procedure.as_str())],
                of.calls.running() as f64,
            )
        }),
    )?;
    let ways = || {
        streams.iter().flat_map(|of| {
            let ways = [("received", &of.items.received), ("sent", &of.items.sent)];
            ways.map(|(way, count)| {
                let labels = [("rpc_method", of.procedure.as_str()), ("direction", way)];
                (labels, count)
            })
        })
    };
    page.counters(
        "hecate_stream_items",
        "Items of streams",
        ways().map(|(labels, count)| (labels, count.items())),
    )?;
    page.counters(
        "hecate_stream_item_bytes",
        "Items of streams, in bytes of wire CBOR",
        ways().map(|(labels, count)| (labels, count.bytes())),
    )
}
