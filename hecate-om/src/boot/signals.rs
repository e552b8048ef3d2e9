//! The signals that stop or reload a service. A dedicated thread receives them, because the author's
//! `start`, `stop` and handlers may block all other threads.

use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::process;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::stop::STOP_TIMEOUT;
use super::{exit_code, systemd};
use crate::health::HealthState;
use crate::telemetry::{self, FINAL_FLUSH_TIMEOUT};

/// Signals that the listener has received.
#[derive(Debug, Clone, Default)]
pub(super) struct Received {
    /// Cancelled by the first signal that stops the service.
    pub(super) ended: CancellationToken,
    /// Notified by each signal that reloads the settings.
    pub(super) reload: Arc<Notify>,
}

/// Listens for signals until the process exits. The process exits at once on the second signal that
/// stops it, or if a boot step does not end within [`STOP_TIMEOUT`] after the first.
///
/// # Errors
///
/// If the thread cannot be started, or a signal handler cannot be installed.
pub(super) fn listen(health_state: Arc<HealthState>) -> io::Result<Received> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    let terminal = Terminal::find();
    let received = Received::default();
    let sender = received.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || runtime.block_on(handle(signals, terminal, health_state, sender)))?;
    Ok(received)
}

const HANGUP: &str = "SIGHUP";

/// The controlling terminal of the process, if it had one at its start.
#[derive(Debug, Clone, Copy)]
struct Terminal {
    existed: bool,
}

impl Terminal {
    /// Time in which a terminal that closes is still open: a session leader that ends signals its
    /// processes just before they lose the terminal.
    const CLOSING: Duration = Duration::from_millis(100);

    fn find() -> Self {
        Self {
            existed: Self::is_open(),
        }
    }

    fn is_open() -> bool {
        File::open("/dev/tty").is_ok()
    }

    /// Returns whether the process has lost its terminal. A SIGHUP then means the end of the
    /// session.
    async fn is_gone(self) -> bool {
        if !self.existed || !Self::is_open() {
            return self.existed;
        }
        tokio::time::sleep(Self::CLOSING).await;
        !Self::is_open()
    }
}

/// The signals SIGTERM, SIGINT and SIGHUP. SIGHUP stays ignored if the process inherited it as
/// ignored, as under `nohup`.
struct Signals(Vec<(Signal, &'static str)>);

impl Signals {
    fn new() -> io::Result<Self> {
        let mut signals = vec![
            (signal(SignalKind::terminate())?, "SIGTERM"),
            (signal(SignalKind::interrupt())?, "SIGINT"),
        ];
        if !hangup_is_ignored() {
            signals.push((signal(SignalKind::hangup())?, HANGUP));
        }
        Ok(Self(signals))
    }

    /// Waits for the next signal, and returns its name.
    async fn next(&mut self) -> &'static str {
        poll_fn(|context| {
            let received = self
                .0
                .iter_mut()
                .find_map(|(signal, name)| signal.poll_recv(context).is_ready().then_some(*name));
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Returns whether the process was started with SIGHUP ignored. Must be called before a signal
/// handler is installed, which changes the result.
///
/// Only Linux reports this without `unsafe` code; elsewhere SIGHUP counts as not ignored.
#[must_use]
pub fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_ignored(&status, SignalKind::hangup())
}

/// Returns whether `signal` is in the mask `SigIgn` of proc_pid_status(5).
fn is_ignored(status: &str, signal: SignalKind) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}

async fn handle(
    mut signals: Signals,
    terminal: Terminal,
    health_state: Arc<HealthState>,
    received: Received,
) {
    let first = loop {
        let signal = signals.next().await;
        if signal != HANGUP || terminal.is_gone().await {
            break signal;
        }
        received.reload.notify_one();
    };
    let booting = health_state.step().is_some();
    if booting {
        tracing::info!(signal = first, "boot interrupted; undoing its steps");
    } else {
        tracing::info!(signal = first, "draining; a second signal exits at once");
    }
    received.ended.cancel();
    tokio::select! {
        second = second(&mut signals) => {
            tracing::warn!(signal = second, "exiting at once; calls in flight are lost");
        }
        step = stuck_step(&health_state) => {
            tracing::error!(
                step,
                signal = first,
                timeout = ?STOP_TIMEOUT,
                "boot step did not stop in time because it blocks its thread; exiting"
            );
            systemd::refused(&format!("boot step `{step}` did not stop after {first}"));
        }
    }
    // The exit must not depend on other threads, nor on the reader of the log.
    telemetry::flush(FINAL_FLUSH_TIMEOUT);
    process::exit(exit_code::FAILURE.into())
}

/// Waits for the signal that ends the process at once, and returns its name. Ignores SIGHUP: a
/// drain reloads nothing, and systemd with `SendSIGHUP=yes` (systemd.kill(5)) and a terminal that
/// closes send SIGHUP in addition to another signal.
async fn second(signals: &mut Signals) -> &'static str {
    loop {
        let second = signals.next().await;
        if second != HANGUP {
            return second;
        }
        tracing::debug!(signal = second, "signal ignored during the drain");
    }
}

/// Waits for [`STOP_TIMEOUT`]. Returns the name of the boot step that is then still running; never
/// returns if none is.
async fn stuck_step(health_state: &HealthState) -> &'static str {
    tokio::time::sleep(STOP_TIMEOUT).await;
    match health_state.step() {
        Some(step) => step,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{ServiceInfo, Stage};

    #[tokio::test(start_paused = true)]
    async fn a_step_of_boot_is_stuck_if_it_outlasts_its_cancellation() {
        let service = ServiceInfo {
            name: "hecate-echo",
            version: "0.1.0",
            description: "Echoes the request",
        };
        let health_state = HealthState::new(service, "{}");
        let since = tokio::time::Instant::now();
        assert_eq!(stuck_step(&health_state).await, "config");
        assert_eq!(since.elapsed(), STOP_TIMEOUT);
        health_state.set_stage(Stage::Live);
        let live = tokio::time::timeout(10 * STOP_TIMEOUT, stuck_step(&health_state));
        assert!(live.await.is_err(), "no step is left");
    }

    #[test]
    fn an_ignored_signal_is_read_from_the_mask_of_the_process() {
        let status = "Name:\techo\nSigBlk:\tffff\nSigIgn:\t0000000000001001\nSigCgt:\t0\n";
        assert!(is_ignored(status, SignalKind::hangup()));
        assert!(is_ignored(status, SignalKind::pipe()));
        assert!(!is_ignored(status, SignalKind::interrupt()));
        for unknown in ["", "SigIgn:\tx\n"] {
            assert!(!is_ignored(unknown, SignalKind::hangup()));
        }
    }
}
