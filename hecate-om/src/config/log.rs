//! Settings of the log.

use std::io::IsTerminal;

use super::parse::Reader;
use super::{Layers, LogFilter};

/// Filter and format of the log.
#[derive(Debug, Clone)]
pub(crate) struct LogConfig {
    pub(crate) filter: LogFilter,
    pub(crate) format: LogFormat,
}

/// Format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Reads the settings of the log. Invalid settings have their defaults here; `Config::read` reports
/// the errors.
pub(crate) fn log_config(layers: &Layers) -> LogConfig {
    read(&mut Reader::new(layers))
}

pub(super) fn read(reader: &mut Reader<'_>) -> LogConfig {
    let format = reader
        .choice(
            "HECATE_LOG_FORMAT",
            &[("text", LogFormat::Text), ("json", LogFormat::Json)],
        )
        .unwrap_or(if std::io::stderr().is_terminal() {
            LogFormat::Text
        } else {
            LogFormat::Json
        });
    LogConfig {
        filter: reader.log_filter("HECATE_LOG").unwrap_or_default(),
        format,
    }
}
