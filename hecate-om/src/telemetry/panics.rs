//! Panics: each is one line of the log, with its place and its message.
//!
//! Where the runtime catches a panic it also knows whose it is, so the line is logged there; the hook, which runs first,
//! only keeps what is known of the panic. A panic that nobody here catches is logged by the hook.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::pin::pin;
use std::task::Poll;

use super::{LAST_LINES, flush};

thread_local! {
    /// For each [`catch`] that this thread is in, the panic that the hook saw.
    static SEEN: RefCell<Vec<Option<Panic>>> = const { RefCell::new(Vec::new()) };
}

/// A panic: what it said, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    text: String,
    at: Option<String>,
    backtrace: Option<String>,
}

impl Panic {
    fn of_payload(payload: &(dyn Any + Send)) -> Self {
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

    fn of_hook(info: &PanicHookInfo<'_>) -> Self {
        let backtrace = Backtrace::capture();
        let is_captured = backtrace.status() == BacktraceStatus::Captured;
        Self {
            at: info.location().map(ToString::to_string),
            backtrace: is_captured.then(|| backtrace.to_string()),
            ..Self::of_payload(info.payload())
        }
    }

    /// The file, line and column; `otherwise` where they are not known.
    pub(crate) fn at<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.at.as_deref().unwrap_or(otherwise)
    }

    /// The same, as far as it is known.
    pub(crate) fn place(&self) -> &str {
        self.at("an unknown place")
    }

    /// The backtrace, where `RUST_BACKTRACE` asks for one.
    pub(crate) fn backtrace(&self) -> Option<&str> {
        self.backtrace.as_deref()
    }

    fn log(&self) {
        tracing::error!(
            at = self.at,
            backtrace = self.backtrace,
            "a panic: {}",
            self.text
        );
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Has panics logged, instead of printed. Where a panic `aborts` the process, it is logged and written at once.
pub(super) fn log(aborts: bool) {
    set_hook(Box::new(move |info| {
        let panic = Panic::of_hook(info);
        if aborts {
            panic.log();
            flush(LAST_LINES);
            return;
        }
        let kept = SEEN.try_with(|seen| {
            let mut seen = seen.try_borrow_mut().ok()?;
            Some(seen.last_mut()?.replace(panic.clone()))
        });
        match kept.ok().flatten() {
            Some(None) => {}
            // The first was caught by the author's own code; or this one came while it unwound, and the process aborts.
            Some(Some(first)) => {
                first.log();
                flush(LAST_LINES);
            }
            None => panic.log(),
        }
    }));
}

/// Runs `work`. Whoever calls this logs the panic.
///
/// # Errors
///
/// The panic.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    // A thread that ends has no place to keep it: the hook logs it then.
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
        (Err(payload), None) => Err(Panic::of_payload(payload.as_ref())),
    }
}

/// Runs `work` to its end, likewise.
///
/// # Errors
///
/// The panic.
pub(crate) async fn caught<W: Future>(work: W) -> Result<W::Output, Panic> {
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
        let panic = caught(async {
            tokio::task::yield_now().await;
            panic!("as {}", "told")
        });
        assert_eq!(panic.await.unwrap_err().to_string(), "as told");
        assert_eq!(caught(async { 1 }).await, Ok(1));
        assert_eq!(
            catch(|| std::panic::panic_any(1_u8))
                .unwrap_err()
                .to_string(),
            "no text"
        );
    }
}
