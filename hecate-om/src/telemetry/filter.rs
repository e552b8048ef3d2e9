//! The filter of the log of a service process, which can be replaced while the process runs.

use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::reload::{Handle, Layer};

use super::{targets, warn_if_runtime_is_hidden};
use crate::config::LogFilter;

/// The filter of this process, unless it has another logger.
static CONTROL: OnceLock<FilterControl> = OnceLock::new();

/// Handle to the filter.
pub(super) struct FilterControl {
    filter: Handle<Targets, Registry>,
    /// The filter in effect.
    current: Mutex<LogFilter>,
}

/// Returns a filter that can be replaced, and its handle.
pub(super) fn replaceable(filter: &LogFilter) -> (Layer<Targets, Registry>, FilterControl) {
    let (layer, handle) = Layer::new(targets(filter));
    let control = FilterControl {
        filter: handle,
        current: Mutex::new(filter.clone()),
    };
    (layer, control)
}

/// Replaces the filter. Has no effect in a process with another logger.
pub(crate) fn set_filter(filter: &LogFilter) {
    let Some(control) = CONTROL.get() else { return };
    let current = control.current.lock();
    let mut current = current.unwrap_or_else(PoisonError::into_inner);
    if *current == *filter {
        return;
    }
    // Fails only once the logger is gone, and it lives as long as the process.
    let _ = control.filter.reload(targets(filter));
    current.clone_from(filter);
    drop(current);
    warn_if_runtime_is_hidden(filter);
}

impl FilterControl {
    /// Makes this the filter of the process.
    pub(super) fn install(self) {
        // Cannot fail: a process installs only one logger.
        let _ = CONTROL.set(self);
    }
}
