//! Logs on standard error, as text on a terminal and as JSON elsewhere, and traces with the feature
//! `otlp`.

mod filter;
mod lines;
#[cfg(feature = "otlp")]
mod otlp;
mod stderr;

pub(crate) use filter::set_filter;

use std::io::Write as _;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFilter, LogFormat};
use crate::panic;
use crate::unprintable::escaped_text;

/// Timeout of writing the last log lines before the process exits.
pub(crate) const FINAL_FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// Target of the lines that no filter hides: a refused boot, and warnings about the log itself.
pub(crate) const ALWAYS: &str = "hecate_om::log";

/// Identity of the program that logs and traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binary {
    #[cfg(feature = "otlp")]
    pub(crate) name: &'static str,
    #[cfg(feature = "otlp")]
    pub(crate) version: &'static str,
    /// Whether a panic aborts the process, according to the Cargo profile of the build.
    pub(crate) aborts: bool,
}

/// Installs the logger. An existing logger of the process is kept, for instance in a test that
/// boots a service. Traces are sent on the current runtime.
pub(crate) fn init(config: &LogConfig, binary: Binary) {
    // The filter applies to the log only, not to traces.
    let (filter, control) = filter::replaceable(&config.filter);
    let registry = registry().with(lines::to_stderr(config.format).with_filter(filter));
    #[cfg(feature = "otlp")]
    let (registry, otlp) = {
        let (layer, status) = otlp::layer(binary.name, binary.version);
        (registry.with(layer), status)
    };
    match registry.try_init() {
        Ok(()) => {
            control.install();
            panic::install_hook(binary.aborts, || flush(FINAL_FLUSH_TIMEOUT));
            warn_if_runtime_is_hidden(&config.filter);
        }
        Err(error) => tracing::debug!(%error, "the process already has a logger"),
    }
    if binary.aborts {
        tracing::warn!(
            target: ALWAYS,
            "a panic in a handler ends the service because its Cargo profile sets `panic = \"abort\"`; remove that to keep the \
             service running"
        );
    }
    #[cfg(feature = "otlp")]
    otlp.log();
}

/// Installs a text logger to standard error for a tool. It logs the lines that pass `filter`, by
/// default warnings and errors.
///
/// # Errors
///
/// If `filter` does not parse, or the process already has a logger.
pub fn log_for_tool(filter: Option<&str>) -> Result<(), String> {
    let filter: LogFilter = filter.unwrap_or("warn").parse()?;
    registry()
        .with(lines::to_stderr(LogFormat::Text).with_filter(targets(&filter)))
        .try_init()
        .map_err(|error| error.to_string())
}

/// Logs to the test's output, if `HECATE_LOG` is set.
#[cfg(feature = "testing")]
pub(crate) fn init_for_test() {
    let Ok(text) = std::env::var("HECATE_LOG") else {
        return;
    };
    let filter = text.parse::<LogFilter>().unwrap_or_else(|error| {
        eprintln!("HECATE_LOG: {error}; using `info`");
        LogFilter::default()
    });
    let logs = tracing_subscriber::fmt::layer().with_test_writer();
    // Another test in the same process may have installed a logger already.
    let _ = registry()
        .with(logs.with_filter(filter.targets().clone()))
        .try_init();
}

/// Waits until all lines logged so far are written, for at most `limit`. Call this last before the
/// process exits.
pub fn flush(limit: Duration) {
    stderr::flush(limit);
}

/// Flushes the log on drop, so that a panic that ends the process is also written.
#[derive(Debug)]
pub(crate) struct FlushAtEnd;

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        flush(FINAL_FLUSH_TIMEOUT);
    }
}

/// Writes a line to standard error outside of the log, without waiting for the reader. [`flush`]
/// waits for the line to be written. Line breaks stay, because the text may have several lines.
pub(crate) fn print_error(text: &str) {
    let lines: Vec<String> = text.split('\n').map(escaped_text).collect();
    let text = lines.join("\n");
    // The writer never returns an error.
    let _ = stderr::LineWriter.write_all(format!("{text}\n").as_bytes());
}

/// Returns the number of dropped log lines.
pub(crate) fn dropped_lines() -> u64 {
    stderr::dropped()
}

/// Sends the queued spans, within a few seconds.
pub(crate) async fn flush_traces() {
    #[cfg(feature = "otlp")]
    otlp::flush().await;
}

/// Returns the targets to log: those of the filter, and the warnings about the log itself.
fn targets(filter: &LogFilter) -> Targets {
    let targets = filter.targets().clone();
    targets.with_target(ALWAYS, LevelFilter::WARN)
}

fn warn_if_runtime_is_hidden(filter: &LogFilter) {
    if !filter.shows_the_runtime() {
        tracing::warn!(
            target: ALWAYS,
            %filter,
            "HECATE_LOG hides every line of the runtime, including errors; put a level first, as in `info,…`"
        );
    }
}
