//! Logs: text for people on a terminal, JSON for machines elsewhere, on standard error. With the feature `otlp`,
//! traces too.

#[cfg(feature = "otlp")]
mod otlp;
mod stderr;

use std::io::{IsTerminal, Write as _};
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, registry};

use crate::config::{LogConfig, LogFilter, LogFormat};
use crate::panic;

/// How long the exit waits for the last lines to be written.
pub(crate) const LAST_LINES: Duration = Duration::from_secs(2);

/// Target of the lines that no filter hides: a refused boot, and warnings about the log itself.
pub(crate) const ALWAYS: &str = "hecate_om::log";

/// The program whose logs and traces they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binary {
    #[cfg(feature = "otlp")]
    pub(crate) name: &'static str,
    #[cfg(feature = "otlp")]
    pub(crate) version: &'static str,
    /// Whether a panic ends the process, by the Cargo profile of the build.
    pub(crate) aborts: bool,
}

/// Installs the logger. An existing logger of the process is kept, for instance in a test that
/// boots a service. Traces are sent from the current runtime.
pub(crate) fn init(config: &LogConfig, binary: Binary) {
    // The filter is the log's alone: what is traced does not depend on what is logged.
    let filter = shown(&config.filter);
    let registry = registry().with(logs(config.format).with_filter(filter));
    #[cfg(feature = "otlp")]
    let (registry, otlp) = {
        let (layer, said) = otlp::layer(binary.name, binary.version);
        (registry.with(layer), said)
    };
    match registry.try_init() {
        Ok(()) => {
            panic::log(binary.aborts, || flush(LAST_LINES));
            warn_of(&config.filter);
        }
        Err(error) => tracing::debug!("logging was set up already: {error}"),
    }
    if binary.aborts {
        tracing::warn!(
            target: ALWAYS,
            "a panic in a handler ends the service because its Cargo profile sets `panic = \"abort\"`; remove that to keep the \
             service running"
        );
    }
    #[cfg(feature = "otlp")]
    otlp.say();
}

/// Installs a text logger to standard error for a tool: lines that pass `filter`, by default
/// warnings.
///
/// # Errors
///
/// If `filter` does not parse, or the process already has a logger.
pub fn log_for_tool(filter: Option<&str>) -> Result<(), String> {
    let filter: LogFilter = filter.unwrap_or("warn").parse()?;
    registry()
        .with(logs(LogFormat::Text).with_filter(shown(&filter)))
        .try_init()
        .map_err(|error| error.to_string())
}

/// Logs what HECATE_LOG lets through, where it is set, to where a test's output goes.
#[cfg(feature = "testing")]
pub(crate) fn init_for_test() {
    let Ok(text) = std::env::var("HECATE_LOG") else {
        return;
    };
    let filter = text.parse::<LogFilter>().unwrap_or_else(|error| {
        eprintln!("HECATE_LOG: {error}; `info` is logged");
        LogFilter::default()
    });
    let logs = fmt::layer().with_test_writer();
    // Another test of the process may have done it, or the test itself.
    let _ = registry()
        .with(logs.with_filter(filter.targets().clone()))
        .try_init();
}

/// Waits until all log lines so far are written, for `limit` at most. Call it last before the
/// process exits.
pub fn flush(limit: Duration) {
    stderr::flush(limit);
}

/// Flushes the log on drop, so that a panic that ends the process is also written.
#[derive(Debug)]
pub(crate) struct FlushAtEnd;

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        flush(LAST_LINES);
    }
}

/// Writes a line to standard error outside the log, without waiting for its reader; [`flush`]
/// waits.
pub(crate) fn complain(text: &str) {
    // The writer does not fail.
    let _ = stderr::Line.write_all(format!("{text}\n").as_bytes());
}

/// Returns the number of dropped log lines.
pub(crate) fn dropped_lines() -> u64 {
    stderr::dropped()
}

/// Sends what is traced and not sent yet, within a few seconds.
pub(crate) async fn flush_traces() {
    #[cfg(feature = "otlp")]
    otlp::flush().await;
}

/// Returns the targets to log: those of the filter, and the warnings about the log itself.
fn shown(filter: &LogFilter) -> Targets {
    let targets = filter.targets().clone();
    targets.with_target(ALWAYS, LevelFilter::WARN)
}

fn warn_of(filter: &LogFilter) {
    if !filter.shows_the_runtime() {
        tracing::warn!(
            target: ALWAYS,
            "HECATE_LOG=`{filter}` hides every line of the runtime, including errors; put a level first, as in `info,…`"
        );
    }
}

fn logs(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    match format {
        LogFormat::Text => fmt::layer()
            .with_writer(|| stderr::Line)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            // The call, fact or run; the list of all spans would repeat it.
            .with_span_list(false)
            .with_writer(|| stderr::Line)
            .boxed(),
    }
}
