//! Capabilities for listed nodes only.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::stream;
use hecate_om::capability;
use hecate_om::stream::Stream;

/// Number of calls that have reached a handler.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// Returns the number of calls that have reached a handler.
#[capability("configured.partners", access = nodes(setting("CONFIGURED_PARTNERS")))]
async fn partners() -> u64 {
    RUNS.fetch_add(1, Ordering::SeqCst) + 1
}

/// Streams one number to partners.
#[capability("configured.stream_partners", access = nodes(setting("CONFIGURED_PARTNERS")))]
async fn stream_partners() -> impl Stream<Item = u64> {
    RUNS.fetch_add(1, Ordering::SeqCst);
    stream::iter([7])
}

/// Can be called by one node, which does not exist.
#[capability(
    "configured.one_node",
    access = nodes("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")
)]
async fn one_node() {}

/// Can be called by nobody.
#[capability("configured.nobody", access = nodes())]
async fn nobody() {}
