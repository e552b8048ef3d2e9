//! Logs: text for people on a terminal, JSON for machines elsewhere, on standard error. With the feature `otlp`,
//! traces too.

#[cfg(feature = "otlp")]
mod otlp;

use std::any::Any;
use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, registry};

use crate::config::{LogConfig, LogFormat};

/// Begins to log. Where the process logs already (a test that boots a service, say), that stays. Traces of the
/// service `name` are sent from the runtime that this is called on.
pub(crate) fn init(config: &LogConfig, name: &'static str, version: &'static str) {
    // The filter is the log's alone: what is traced does not depend on what is logged.
    let filter: Targets = config.filter.parse().unwrap_or_default();
    let registry = registry().with(logs(config.format).with_filter(filter));
    #[cfg(feature = "otlp")]
    let (registry, otlp) = {
        let (layer, said) = otlp::layer(name, version);
        (registry.with(layer), said)
    };
    match registry.try_init() {
        Ok(()) if config.format == LogFormat::Json => log_panics(),
        Ok(()) => {}
        Err(error) => tracing::debug!("logging was set up already: {error}"),
    }
    #[cfg(feature = "otlp")]
    otlp.say();
    #[cfg(not(feature = "otlp"))]
    let _ = (name, version);
}

/// Logs what HECATE_LOG lets through, where it is set, to where a test's output goes.
#[cfg(feature = "testing")]
pub(crate) fn init_for_test() {
    let Ok(filter) = std::env::var("HECATE_LOG") else {
        return;
    };
    let filter: Targets = filter.parse().unwrap_or_default();
    let logs = fmt::layer().with_test_writer().with_filter(filter);
    // Another test of the process may have done it, or the test itself.
    let _ = registry().with(logs).try_init();
}

/// A panic is one event of the log, where a machine reads it line by line.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic_text(panic.payload());
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "a panic: {text}");
    }));
}

/// What a panic said.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

/// Sends what is traced and not sent yet, within a few seconds.
pub(crate) async fn flush() {
    #[cfg(feature = "otlp")]
    otlp::flush().await;
}

fn logs(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    match format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
    }
}
