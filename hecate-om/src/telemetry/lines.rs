//! Format of log lines. Whatever the texts in an event contain, they cannot forge another event,
//! control the terminal, or hide or reorder what is read: JSON is one line, and of text only the
//! message may have further lines, which are indented.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use tracing::field::Field;
use tracing_subscriber::Registry;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::Layer;

use super::stderr::LineWriter;
use crate::config::LogFormat;
use crate::unprintable::{escaped_json, escaped_text};

/// Returns the layer that logs to standard error.
pub(super) fn to_stderr(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    lines(format, io::stderr().is_terminal(), || LineWriter)
}

fn lines<W: Write + 'static>(
    format: LogFormat,
    colours: bool,
    out: impl Fn() -> W + Send + Sync + 'static,
) -> Box<dyn Layer<Registry> + Send + Sync> {
    match format {
        LogFormat::Text => layer()
            .fmt_fields(debug_fn(write_field).delimited(" "))
            .with_writer(out)
            .with_ansi(colours)
            .with_target(false)
            .boxed(),
        LogFormat::Json => layer()
            .json()
            .flatten_event(true)
            // The current span is already included.
            .with_span_list(false)
            .with_writer(EscapedJson(out))
            .boxed(),
    }
}

/// Writes a field of a line of text. `tracing_subscriber` itself escapes only messages and errors,
/// and no line breaks.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let value = format!("{value:?}");
    if field.name() == "message" {
        return writer.write_str(&indented(&value));
    }
    let value = escaped_text(&value);
    match field.name() {
        // The name in italics, then a dimmed sign.
        name if writer.has_ansi_escapes() => {
            write!(writer, "\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{value}")
        }
        name => write!(writer, "{name}={value}"),
    }
}

/// Escapes each line of a message, and indents all but the first one.
fn indented(message: &str) -> String {
    let mut lines = message.split('\n').map(escaped_text);
    let mut indented = lines.next().unwrap_or_default();
    for line in lines {
        let margin = if line.starts_with("  ") { "" } else { "  " };
        indented.push('\n');
        indented.push_str(margin);
        indented.push_str(&line);
    }
    indented
}

/// Output of lines of JSON, each in one write.
struct EscapedJson<F>(F);

/// Writer of one line of JSON.
struct EscapedLine<W>(W);

impl<F: Fn() -> W, W: Write> MakeWriter<'_> for EscapedJson<F> {
    type Writer = EscapedLine<W>;

    fn make_writer(&self) -> Self::Writer {
        EscapedLine((self.0)())
    }
}

impl<W: Write> Write for EscapedLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let escaped = escaped_json(&String::from_utf8_lossy(line));
        self.0.write_all(escaped.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::unprintable::is_unprintable;

    const ESCAPE: char = '\u{1b}';

    /// Text of a peer that would forge a line, clear the screen, and reorder what follows.
    const HOSTILE: &str = "no\n2026-01-01 ERROR forged\r\u{1b}[2J\u{9b}2J\u{202e}\u{2028}\u{7f}";

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs `HOSTILE` in a message, in fields of each kind and in a span.
    fn logged(format: LogFormat, colours: bool) -> String {
        let written = Written::default();
        let out = written.clone();
        let logs = lines(format, colours, move || out.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(logs), || {
            let span = tracing::info_span!("call", caller = HOSTILE, by = %HOSTILE);
            let _entered = span.enter();
            let error = io::Error::other(HOSTILE);
            tracing::warn!(text = HOSTILE, shown = %HOSTILE, debug = ?HOSTILE, %error, "refused: {HOSTILE}");
        });
        let written = written.0.lock().unwrap();
        String::from_utf8(written.clone()).unwrap()
    }

    #[test]
    fn a_peers_text_is_printable_and_no_line_of_its_own() {
        let text = logged(LogFormat::Text, false);
        let mut lines = text.strip_suffix('\n').unwrap().split('\n');
        let first = lines.next().unwrap();
        assert!(
            first.contains("WARN") && !first.contains(is_unprintable),
            "{first:?}"
        );
        for line in lines {
            assert!(
                line.starts_with("  ") && !line.contains(is_unprintable),
                "{line:?}"
            );
        }
        let log = logged(LogFormat::Json, false);
        let line = log.strip_suffix('\n').unwrap();
        assert!(!line.contains(is_unprintable), "{line:?}");
        let json: Value = line.parse().unwrap();
        assert_eq!(json["message"], format!("refused: {HOSTILE}"));
        assert_eq!(json["text"], HOSTILE);
    }

    #[test]
    fn on_a_terminal_only_the_colours_of_the_log_itself_are_control_sequences() {
        let log = logged(LogFormat::Text, true);
        let line = log.strip_suffix('\n').unwrap();
        let parts: Vec<&str> = line.split(ESCAPE).collect();
        assert!(parts.len() > 1, "it has colours: {line}");
        for part in &parts[1..] {
            let (code, _) = part.split_once('m').unwrap();
            let is_colour = code.starts_with('[') && code[1..].chars().all(|c| c.is_ascii_digit());
            assert!(is_colour, "{line:?}");
        }
        let printed = line.replace([ESCAPE, '\n'], "");
        assert!(!printed.contains(is_unprintable), "{line:?}");
    }
}
