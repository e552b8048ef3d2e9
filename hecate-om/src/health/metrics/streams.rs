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
        streams.iter().map(|stream| {
            (
                [("rpc_method", stream.procedure.as_str())],
                stream.calls.running() as f64,
            )
        }),
    )?;
    let directions = || {
        streams.iter().flat_map(|stream| {
            let directions = [
                ("received", &stream.items.received),
                ("sent", &stream.items.sent),
            ];
            directions.map(|(direction, count)| {
                let labels = [
                    ("rpc_method", stream.procedure.as_str()),
                    ("direction", direction),
                ];
                (labels, count)
            })
        })
    };
    page.counters(
        "hecate_stream_items",
        "Items of streams",
        directions().map(|(labels, count)| (labels, count.items())),
    )?;
    page.counters(
        "hecate_stream_item_bytes",
        "Items of streams, in bytes of wire CBOR",
        directions().map(|(labels, count)| (labels, count.bytes())),
    )
}
