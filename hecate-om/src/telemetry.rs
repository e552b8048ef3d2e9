//! Logs: text for people on a terminal, JSON for machines elsewhere, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};

/// Begins to log. Where the process logs already (a test that boots a service, say), that stays.
pub(crate) fn init(config: &LogConfig) {
    let filter: Targets = config.filter.parse().unwrap_or_default();
    let outcome = match config.format {
        LogFormat::Text => registry()
            .with(filter)
            .with(
                fmt::layer()
                    .with_writer(std::io::stderr)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init(),
        LogFormat::Json => registry()
            .with(filter)
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if let Err(error) = outcome {
        tracing::debug!("logging was set up already: {error}");
    }
}
