//! Output of all commands, as text for people or JSON for programs.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use hecate_om::__private::escaped_json;
use hecate_om::{
    call::CallError,
    client::ClientError,
    fact::{PublishError, SubscribeError},
};
use serde::Serialize;
use serde_json::json;

use crate::terminal::printable;

/// Exit code of a refusal or failure.
const FAILED: u8 = 1;
/// Exit code of an invalid invocation.
pub(crate) const MALFORMED: u8 = 2;
/// Exit code of a comparison that found no breaking change but could not compare everything.
const UNDECIDED: u8 = 3;

/// Destination and format of the output.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
}

/// Failure of a command.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Category, with the names of `macula-cli`.
    kind: &'static str,
    code: String,
    message: String,
    /// Text from the provider or the station.
    detail: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    exit: u8,
}

/// Whether standard output still has a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipe {
    Open,
    Closed,
}

impl Failure {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            kind: match code {
                "not_found" => "not_found",
                _ => "failed",
            },
            code: code.to_owned(),
            message: message.into(),
            detail: None,
            retryable: false,
            retry_after: None,
            exit: FAILED,
        }
    }

    /// Creates the failure of a call whose flags do not match the capability's kind.
    pub(crate) fn wrong_kind(message: impl Into<String>) -> Self {
        Self {
            code: "wrong_kind".into(),
            ..Self::malformed(message)
        }
    }

    /// Creates a failure that was already reported.
    pub(crate) fn silent() -> Self {
        Self::new("failed", "")
    }

    /// Creates the failure of a comparison with parts that cannot be compared, which were reported.
    pub(crate) fn undecided() -> Self {
        Self {
            exit: UNDECIDED,
            ..Self::silent()
        }
    }

    /// Sets the exit code of an invalid invocation.
    pub(crate) fn into_malformed(self) -> Self {
        Self {
            exit: MALFORMED,
            ..self
        }
    }

    /// Creates the failure of an operation that exceeded its time limit.
    pub(crate) fn timed_out(message: impl Into<String>) -> Self {
        Self {
            kind: "timeout",
            retryable: true,
            ..Self::new("timeout", message)
        }
    }

    /// Returns the message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether the provider requires a token.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.code == "unauthorized"
    }

    /// Returns whether no station could be reached.
    pub(crate) fn is_not_connected(&self) -> bool {
        matches!(self.code.as_str(), "not_connected" | "not_subscribed")
    }

    /// Returns whether no provider was found.
    pub(crate) fn is_no_provider(&self) -> bool {
        self.kind == "no_provider"
    }

    /// Replaces the message.
    pub(crate) fn with_message(self, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }

    /// Creates the failure of a subscription that no station accepted in time.
    pub(crate) fn unsubscribed(topic: &str, timeout: Duration) -> Self {
        Self {
            kind: "timeout",
            retryable: true,
            ..Self::new(
                "not_subscribed",
                format!("no station accepted the subscription to `{topic}` within {timeout:?}"),
            )
        }
    }

    /// Appends to the message what succeeded before the failure.
    pub(crate) fn with_context(mut self, done: &str) -> Self {
        self.message = format!("{}; {done}", self.message);
        self
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self {
            kind: "invalid_argument",
            exit: MALFORMED,
            ..Self::new("invalid_argument", message)
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let (detail, retry_after) = match &error {
            CallError::Refused(refusal) => (
                Some(refusal.text().to_owned()).filter(|text| !text.is_empty()),
                refusal.retry_after(),
            ),
            CallError::Wire { detail, .. } | CallError::Unauthorized { detail, .. } => {
                (detail.clone(), None)
            }
            CallError::Unreachable { reason, .. } => (Some(reason.to_string()), None),
            _ => (None, None),
        };
        Self {
            kind: kind(&error),
            detail,
            retryable: error.retryable(),
            retry_after,
            exit: match error {
                CallError::BadProcedure(_) => MALFORMED,
                _ => FAILED,
            },
            ..Self::new(error.code(), message(&error))
        }
    }
}

/// Returns the error's text, with advice on flags where a flag helps.
fn message(error: &CallError) -> String {
    match error {
        CallError::Unauthorized { .. } => format!(
            "{error}; present a token with `--ucan`, and the node key that it is issued to with `--identity`"
        ),
        _ => error.to_string(),
    }
}

/// Returns the category of an error, with the names of `macula-cli`.
fn kind(error: &CallError) -> &'static str {
    match error {
        CallError::BadProcedure(_) | CallError::BadRequest(_) => "invalid_argument",
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => "no_provider",
        // The provider's timeout, or the call's deadline as seen by the provider.
        CallError::Refused(refusal) if refusal.code() == "timeout" => "timeout",
        CallError::Refused(_) | CallError::Unauthorized { .. } => "provider_error",
        // The codes of a station that did not forward the call (`RELAY_CODES` of macula-rust).
        CallError::Wire { code, .. } => match code.as_str() {
            "unknown_next_peer" | "overloaded" => "relay_error",
            _ => "provider_error",
        },
        CallError::TimedOut(_) => "timeout",
        CallError::StreamEnded => "stream_error",
        _ => "failed",
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match &error {
            ClientError::Configuration(cause) => Self {
                code: "bad_configuration".into(),
                ..Self::malformed(cause.to_string())
            },
            ClientError::Identity(cause) => Self::new("bad_identity", cause.to_string()),
            _ => Self::new("no_mesh", error.to_string()),
        }
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let (kind, code, retryable) = match &error {
            PublishError::BadTopic(_) => return Self::malformed(error.to_string()),
            PublishError::Unencodable(_) => ("invalid_argument", "unencodable", false),
            PublishError::NotConnected(_) => ("failed", "not_connected", true),
            PublishError::TimedOut(_) => ("timeout", "timeout", true),
            PublishError::Refused(_) => ("relay_error", "refused", false),
            _ => ("failed", "failed", false),
        };
        Self {
            kind,
            retryable,
            ..Self::new(code, error.to_string())
        }
    }
}

impl From<SubscribeError> for Failure {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::BadTopic { .. } => Self::malformed(error.to_string()),
            _ => Self::new("failed", error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new("failed", error.to_string())
    }
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            terminal: io::stdout().is_terminal(),
        }
    }

    /// Returns whether the output is for people: standard output is a terminal, and JSON was not
    /// requested.
    pub(crate) const fn is_human_readable(&self) -> bool {
        self.terminal && !self.json
    }

    /// Returns whether JSON was requested.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints the result: as a JSON object with `ok`, if requested, or as text.
    pub(crate) fn print_result<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let line = if self.json {
            escaped_json(&json!({"ok": true, "result": result}).to_string())
        } else {
            printable(&text())
        };
        write_line(&mut io::stdout().lock(), &line).map(|_| ())
    }

    /// Prints the result like [`Output::print_result`], but as one line of JSON if standard output
    /// is not a terminal.
    pub(crate) fn print_response<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json || self.terminal {
            self.print_result(result, text)
        } else {
            self.print_item(result, String::new).map(|_| ())
        }
    }

    /// Prints an item of continuous output: as text on a terminal, otherwise as one line of JSON.
    pub(crate) fn print_item<T: Serialize>(
        &self,
        item: &T,
        text: impl FnOnce() -> String,
    ) -> Result<Pipe, Failure> {
        let line = if self.is_human_readable() {
            printable(&text())
        } else {
            serde_json::to_string(item)
                .map(|json| escaped_json(&json))
                .map_err(|error| Failure::new("failed", error.to_string()))?
        };
        write_line(&mut io::stdout().lock(), &line)
    }

    /// Prints the failure, and returns the exit code.
    pub(crate) fn print_failure(&self, failure: &Failure) -> ExitCode {
        if failure.message.is_empty() {
            return ExitCode::from(failure.exit);
        }
        let outcome = if self.json {
            let envelope = json!({"ok": false, "error": {
                "kind": failure.kind,
                "code": failure.code,
                "message": failure.message,
                "detail": failure.detail,
                "retryable": failure.retryable,
                "retry_after_ms": failure.retry_after.map(|after| after.as_millis() as u64),
            }});
            write_line(
                &mut io::stdout().lock(),
                &escaped_json(&envelope.to_string()),
            )
        } else {
            write_line(
                &mut io::stderr().lock(),
                &printable(&format!(
                    "error: {}",
                    // Aligns further lines with the first.
                    failure.message.replace('\n', "\n       ")
                )),
            )
        };
        // If neither stream can be written, only the exit code reports the failure.
        let _ = outcome;
        ExitCode::from(failure.exit)
    }
}

/// Prints a note to standard error. A write error is ignored, so that the command continues.
pub(crate) fn print_note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

fn write_line(to: &mut impl Write, text: &str) -> Result<Pipe, Failure> {
    let written = writeln!(to, "{}", text.trim_end_matches('\n')).and_then(|()| to.flush());
    match written {
        Ok(()) => Ok(Pipe::Open),
        // A closed pipe (`| head`) is not a failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Pipe::Closed),
        Err(error) => Err(Failure::from(error)),
    }
}
