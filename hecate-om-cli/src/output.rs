//! What is said, for people or for programs, from one place.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use hecate_om::{
    call::CallError,
    client::ClientError,
    fact::{PublishError, SubscribeError},
};
use serde::Serialize;
use serde_json::json;

use crate::json::escaped;
use crate::terminal::printable;

/// The exit code of a refusal or failure.
const FAILED: u8 = 1;
/// The exit code of a malformed invocation.
pub(crate) const MALFORMED: u8 = 2;
/// Exit code of a comparison that found no break but could not compare everything.
const UNDECIDED: u8 = 3;

/// Where and how to say it.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    terminal: bool,
}

/// Why a command was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What it is to a program, by the words of `macula-cli`.
    kind: &'static str,
    code: String,
    message: String,
    /// What the other side said of it.
    detail: Option<String>,
    retryable: bool,
    retry_after: Option<Duration>,
    exit: u8,
}

/// Whether anybody still reads what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    There,
    Gone,
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

    /// A call with the flags of another kind of capability.
    pub(crate) fn wrong_kind(message: impl Into<String>) -> Self {
        Self {
            code: "wrong_kind".into(),
            ..Self::malformed(message)
        }
    }

    /// A failure that was already reported.
    pub(crate) fn silent() -> Self {
        Self::new("failed", "")
    }

    /// Failure of a comparison whose compared parts are compatible; the rest was already reported.
    pub(crate) fn undecided() -> Self {
        Self {
            exit: UNDECIDED,
            ..Self::silent()
        }
    }

    /// The same where 1 would say something else.
    pub(crate) fn unreadable(self) -> Self {
        Self {
            exit: MALFORMED,
            ..self
        }
    }

    /// Something did not happen in time.
    pub(crate) fn timed_out(message: impl Into<String>) -> Self {
        Self {
            kind: "timeout",
            retryable: true,
            ..Self::new("timeout", message)
        }
    }

    /// Whether the provider asks for a token.
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.code == "unauthorized"
    }

    /// Whether no station was reached.
    pub(crate) fn is_not_connected(&self) -> bool {
        matches!(self.code.as_str(), "not_connected" | "not_subscribed")
    }

    /// Whether no provider was found.
    pub(crate) fn is_no_provider(&self) -> bool {
        self.kind == "no_provider"
    }

    /// The same with another message.
    pub(crate) fn because(self, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }

    /// No station has carried a subscription in time.
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

    /// With what was done before it.
    pub(crate) fn after(mut self, done: &str) -> Self {
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
                refusal.wait(),
            ),
            CallError::Wire { detail, .. } | CallError::Unauthorized { detail, .. } => {
                (detail.clone(), None)
            }
            CallError::Unreachable { reason, .. } => (Some(reason.clone()), None),
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

/// What happened, and what to do about it where that is a flag of ours.
fn message(error: &CallError) -> String {
    match error.code() {
        "unauthorized" => format!(
            "{error}; present a token with `--ucan`, and the node key that it is issued to with `--identity`"
        ),
        _ => error.to_string(),
    }
}

/// What a call's end is by the words of `macula-cli`.
fn kind(error: &CallError) -> &'static str {
    match error {
        CallError::BadProcedure(_) | CallError::BadRequest(_) => "invalid_argument",
        CallError::NoProvider { .. } | CallError::Unreachable { .. } => "no_provider",
        // The provider's own timeout, or the call's, given up just before the caller does.
        CallError::Refused(refusal) if refusal.code() == "timeout" => "timeout",
        CallError::Refused(_) | CallError::Unauthorized { .. } => "provider_error",
        // The two that a station says of a call that it did not pass on (macula's RELAY_CODES).
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
            ClientError::Configuration(text) => Self {
                code: "bad_configuration".into(),
                ..Self::malformed(text)
            },
            ClientError::Identity(text) => Self::new("bad_identity", text),
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

    /// Whether people read it: neither a program asked for JSON, nor does one read what is said.
    pub(crate) const fn for_people(&self) -> bool {
        self.terminal && !self.json
    }

    /// Whether a program listens.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Says the result: as its envelope, or as the text for people.
    pub(crate) fn done<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let said = if self.json {
            escaped(&json!({"ok": true, "result": result}).to_string())
        } else {
            printable(&text())
        };
        write_line(&mut io::stdout().lock(), &said).map(|_| ())
    }

    /// Says the result as [`Output::done`] does for people and for who asked for JSON; elsewhere as one line of JSON.
    pub(crate) fn answer<T: Serialize>(
        &self,
        result: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json || self.terminal {
            self.done(result, text)
        } else {
            self.item(result, String::new).map(|_| ())
        }
    }

    /// Says one thing of many: in the text for people, elsewhere as one line of JSON.
    pub(crate) fn item<T: Serialize>(
        &self,
        item: &T,
        text: impl FnOnce() -> String,
    ) -> Result<Reader, Failure> {
        let said = if self.for_people() {
            printable(&text())
        } else {
            serde_json::to_string(item)
                .map(|json| escaped(&json))
                .map_err(|error| Failure::new("failed", error.to_string()))?
        };
        write_line(&mut io::stdout().lock(), &said)
    }

    /// Says why it was not done, and with what the process ends.
    pub(crate) fn fail(&self, failure: &Failure) -> ExitCode {
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
            write_line(&mut io::stdout().lock(), &escaped(&envelope.to_string()))
        } else {
            write_line(
                &mut io::stderr().lock(),
                &printable(&format!(
                    "error: {}",
                    // Under the first line.
                    failure.message.replace('\n', "\n       ")
                )),
            )
        };
        // Where neither stream takes it, the exit code is what is left.
        let _ = outcome;
        ExitCode::from(failure.exit)
    }
}

/// Prints a remark beside the output. Where nobody reads standard error, the remark is lost and the command goes on.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(text));
}

fn write_line(to: &mut impl Write, text: &str) -> Result<Reader, Failure> {
    let written = writeln!(to, "{}", text.trim_end_matches('\n')).and_then(|()| to.flush());
    match written {
        Ok(()) => Ok(Reader::There),
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::from(error)),
    }
}
