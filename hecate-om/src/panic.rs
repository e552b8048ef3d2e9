//! Logging of panics, each as one line with its location and message.
//!
//! If the runtime catches a panic, the runtime logs it, because it also knows the handler; the
//! panic hook, which runs first, then only stores the panic. The hook itself logs panics that the
//! runtime does not catch.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::pin::pin;
use std::task::Poll;

thread_local! {
    /// Panic seen by the hook, for each [`catch`] on the stack of this thread.
    static SEEN: RefCell<Vec<Option<Panic>>> = const { RefCell::new(Vec::new()) };
}

/// Message and location of a panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    text: String,
    at: Option<String>,
    backtrace: Option<String>,
}

impl Panic {
    fn from_payload(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self {
            text: text.unwrap_or("no text").to_owned(),
            at: None,
            backtrace: None,
        }
    }

    fn from_hook(info: &PanicHookInfo<'_>) -> Self {
        let backtrace = Backtrace::capture();
        let is_captured = backtrace.status() == BacktraceStatus::Captured;
        Self {
            at: info.location().map(ToString::to_string),
            backtrace: is_captured.then(|| backtrace.to_string()),
            ..Self::from_payload(info.payload())
        }
    }

    /// Returns the file, line and column, or `otherwise` if they are unknown.
    pub(crate) fn at<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.at.as_deref().unwrap_or(otherwise)
    }

    /// Returns the file, line and column, or a placeholder.
    pub(crate) fn location(&self) -> &str {
        self.at("an unknown location")
    }

    /// Returns the text, with the file, line and column if they are known.
    pub(crate) fn located(&self) -> String {
        match &self.at {
            Some(at) => format!("at {at}: {}", self.text),
            None => self.text.clone(),
        }
    }

    /// Returns the backtrace, if `RUST_BACKTRACE` enables it.
    pub(crate) fn backtrace(&self) -> Option<&str> {
        self.backtrace.as_deref()
    }

    fn log(&self) {
        tracing::error!(
            panic = %self,
            at = self.at,
            backtrace = self.backtrace,
            "a thread or task panicked"
        );
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Installs the panic hook, which logs panics instead of printing them. If a panic `aborts` the
/// process, the hook calls `flush` to write the log line at once.
pub(crate) fn install_hook(aborts: bool, flush: fn()) {
    set_hook(Box::new(move |info| {
        let panic = Panic::from_hook(info);
        if aborts {
            panic.log();
            flush();
            return;
        }
        let kept = SEEN.try_with(|seen| {
            let mut seen = seen.try_borrow_mut().ok()?;
            Some(seen.last_mut()?.replace(panic.clone()))
        });
        match kept.ok().flatten() {
            Some(None) => {}
            // Either the author's code caught the first panic, or the second panic occurred while
            // the first one was unwinding, and the process aborts.
            Some(Some(first)) => {
                first.log();
                flush();
            }
            None => panic.log(),
        }
    }));
}

/// Runs `work`. The caller logs the panic.
///
/// # Errors
///
/// The panic.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    // A thread that is terminating cannot store the panic; the hook then logs it.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().push(None));
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let seen = SEEN.try_with(|seen| seen.borrow_mut().pop());
    match (outcome, seen.ok().flatten().flatten()) {
        (Ok(value), None) => Ok(value),
        (Ok(value), Some(caught_within)) => {
            caught_within.log();
            Ok(value)
        }
        (Err(_), Some(panic)) => Err(panic),
        (Err(payload), None) => Err(Panic::from_payload(payload.as_ref())),
    }
}

/// Runs `work` to completion. The caller logs the panic.
///
/// # Errors
///
/// The panic.
pub(crate) async fn catch_async<W: Future>(work: W) -> Result<W::Output, Panic> {
    let mut work = pin!(work);
    poll_fn(|context| match catch(|| work.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_returned_with_its_text() {
        let panic = catch_async(async {
            tokio::task::yield_now().await;
            panic!("on {}", "purpose")
        });
        assert_eq!(panic.await.unwrap_err().to_string(), "on purpose");
        assert_eq!(catch_async(async { 1 }).await, Ok(1));
        assert_eq!(
            catch(|| std::panic::panic_any(1_u8))
                .unwrap_err()
                .to_string(),
            "no text"
        );
    }
}
