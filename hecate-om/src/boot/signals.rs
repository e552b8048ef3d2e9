//! The signals that end a service, received on a dedicated thread because the author's `start`,
//! `stop` and handlers may block every other thread.

use std::io;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::systemd;
use crate::health::Vitals;
use crate::telemetry::{self, LAST_LINES};

/// How long a boot step may continue after the first signal: the timeout of the service's own
/// `stop`.
const STEP: Duration = Duration::from_secs(10);

/// Listens for signals until the process exits. The first signal cancels the returned token. The
/// second signal exits at once, as does the first if a boot step does not end.
///
/// # Errors
///
/// If the thread cannot be started, or the signals cannot be received.
pub(super) fn listen(vitals: Arc<Vitals>) -> io::Result<CancellationToken> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    let received = CancellationToken::new();
    let ended = received.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || runtime.block_on(obey(signals, vitals, ended)))?;
    Ok(received)
}

/// SIGTERM, SIGINT and SIGHUP.
struct Signals([(Signal, &'static str); 3]);

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self([
            (signal(SignalKind::terminate())?, "SIGTERM"),
            (signal(SignalKind::interrupt())?, "SIGINT"),
            (signal(SignalKind::hangup())?, "SIGHUP"),
        ]))
    }

    /// Waits for the next, and names it.
    async fn next(&mut self) -> &'static str {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.0.recv() => terminate.1,
            _ = interrupt.0.recv() => interrupt.1,
            _ = hangup.0.recv() => hangup.1,
        }
    }
}

async fn obey(mut signals: Signals, vitals: Arc<Vitals>, ended: CancellationToken) {
    let first = signals.next().await;
    let booting = vitals.step().is_some();
    if booting {
        tracing::info!("{first} during boot: what was started is stopped");
    } else {
        tracing::info!("{first}: draining; a second one ends it at once");
    }
    ended.cancel();
    tokio::select! {
        second = signals.next() => {
            tracing::warn!("{second} again: ended at once, with calls in flight lost");
        }
        step = stuck(&vitals) => {
            tracing::error!(
                step,
                "boot step `{step}` did not end within {STEP:?} after {first} because it blocks its thread; exiting now"
            );
            systemd::refused(&format!("boot step `{step}` did not end after {first}"));
        }
    }
    // Independent of the other threads and of the reader of the log.
    telemetry::flush(LAST_LINES);
    process::exit(super::words::REFUSED.into())
}

/// Waits for the boot step that does not end after a signal, and returns its name.
async fn stuck(vitals: &Vitals) -> &'static str {
    tokio::time::sleep(STEP).await;
    match vitals.step() {
        Some(step) => step,
        None => std::future::pending().await,
    }
}
