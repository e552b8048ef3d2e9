//! Logs: text for people on a terminal, JSON for machines elsewhere, on standard error. With the feature `otlp`,
//! traces too.

#[cfg(feature = "otlp")]
mod otlp;
mod panics;
mod stderr;

pub(crate) use panics::{Panic, catch, caught};

use std::io::{IsTerminal, Write as _};
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, registry};

use crate::config::{LogConfig, LogFilter, LogFormat};
use crate::service_contract::Contract;

/// How long a process that ends may wait for its last lines to be written.
pub(crate) const LAST_LINES: Duration = Duration::from_secs(2);

/// The target of what no filter hides: a refused boot, and warnings about the log itself.
pub(crate) const ALWAYS: &str = "hecate_om::log";

/// Starts to log. Where the process logs already (a test that boots a service, say), that stays. Traces of the service
/// `S` are sent from the runtime that this is called on.
pub(crate) fn init<S: Contract>(config: &LogConfig) {
    // The filter is the log's alone: what is traced does not depend on what is logged.
    let filter = shown(&config.filter);
    let registry = registry().with(logs(config.format).with_filter(filter));
    #[cfg(feature = "otlp")]
    let (registry, otlp) = {
        let (layer, said) = otlp::layer(S::NAME, S::VERSION);
        (registry.with(layer), said)
    };
    match registry.try_init() {
        Ok(()) => {
            panics::log(S::ABORTS);
            warn_of(&config.filter);
        }
        Err(error) => tracing::debug!("logging was set up already: {error}"),
    }
    if S::ABORTS {
        tracing::warn!(
            target: ALWAYS,
            "a panic in a handler ends the service because its Cargo profile sets `panic = \"abort\"`; remove that to keep the \
             service running"
        );
    }
    #[cfg(feature = "otlp")]
    otlp.say();
}

/// Logs text to standard error, for a tool: what `filter` lets through, else warnings.
///
/// # Errors
///
/// Where `filter` is none, or the process logs already.
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

/// Waits until every log line so far is written, for `limit` at most: the last thing that a process does.
pub fn flush(limit: Duration) {
    stderr::flush(limit);
}

/// Flushes the log when it is dropped, so that a panic that ends the process is written, too.
#[derive(Debug)]
pub(crate) struct FlushAtEnd;

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        flush(LAST_LINES);
    }
}

/// Writes a line to standard error that is no line of the log, without waiting for its reader: [`flush`] does.
pub(crate) fn complain(text: &str) {
    // It does not fail.
    let _ = stderr::Line.write_all(format!("{text}\n").as_bytes());
}

/// How many lines were dropped as nobody read them.
pub(crate) fn dropped_lines() -> u64 {
    stderr::dropped()
}

/// Sends what is traced and not sent yet, within a few seconds.
pub(crate) async fn flush_traces() {
    #[cfg(feature = "otlp")]
    otlp::flush().await;
}

/// What is logged: what the filter lets through, and the warnings about the log itself.
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
            .with_writer(|| stderr::Line)
            .boxed(),
    }
}
