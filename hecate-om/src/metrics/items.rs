//! Counters of stream items.

use std::sync::atomic::{AtomicU64, Ordering};

/// Number of items carried by the streams of a capability, and their size in bytes of wire CBOR.
#[derive(Debug, Default)]
pub(crate) struct ItemCounts {
    pub(crate) received: ItemCounter,
    pub(crate) sent: ItemCounter,
}

/// Counter of the items in one direction.
#[derive(Debug, Default)]
pub(crate) struct ItemCounter {
    items: AtomicU64,
    bytes: AtomicU64,
}

impl ItemCounter {
    /// Counts one item of `bytes` bytes.
    pub(crate) fn add(&self, bytes: u64) {
        self.items.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn items(&self) -> u64 {
        self.items.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}
