//! Notification of the service manager (`NOTIFY_SOCKET`): readiness, status, watchdog, the start of
//! a drain, and extensions of its timeout.

mod socket;
mod status;
mod watchdog;

use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::capability::InFlight;
use crate::health::{HealthState, Stage};
use socket::NotifySocket;
use status::status;
use watchdog::Watchdog;

/// Poll interval of the status, and of the progress of a drain.
const TICK: Duration = Duration::from_secs(1);
/// Extension of the manager's timeout for a tick with progress, and for each step in addition to
/// the step's own limit. It is several ticks long, so that a busy machine that misses a tick does
/// not seem stuck.
const MARGIN: Duration = Duration::from_secs(5);

/// Connection to the service manager, if there is one.
#[derive(Debug)]
pub(super) struct Systemd(Option<ServiceManager>);

#[derive(Debug)]
struct ServiceManager {
    reporter: Arc<StatusReporter>,
    health_state: Arc<HealthState>,
    /// Task that reports each change of the status.
    following: JoinHandle<()>,
    watchdog: Option<Watchdog>,
}

/// Notification socket, with the last reported status.
#[derive(Debug)]
struct StatusReporter {
    socket: Arc<NotifySocket>,
    reported: Mutex<Reported>,
}

#[derive(Debug, Default)]
struct Reported {
    status: String,
    /// Whether the task that reports changes must stop.
    ended: bool,
}

impl StatusReporter {
    fn reported(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports the status if it has changed.
    fn status(&self, text: String) {
        self.report(&mut self.reported(), text);
    }

    /// Reports a changed status, until [`StatusReporter::end`] is called. The lock is held while
    /// sending, so that no such report is sent after a later message.
    fn follow(&self, text: String) {
        let mut reported = self.reported();
        if !reported.ended {
            self.report(&mut reported, text);
        }
    }

    fn end(&self) {
        self.reported().ended = true;
    }

    fn report(&self, reported: &mut Reported, text: String) {
        if reported.status != text {
            self.socket.send(&[NotifyState::Status(&text)]);
            reported.status = text;
        }
    }
}

impl Systemd {
    /// Finds the service manager, and starts to report the service's status.
    pub(super) fn find(health_state: &Arc<HealthState>) -> Self {
        Self(address().map(|address| ServiceManager::at(address, health_state)))
    }

    /// Returns no service manager, for a service that shares its process.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Reports that the service is live, and starts the watchdog.
    pub(super) fn ready(&mut self) {
        let Some(manager) = &mut self.0 else { return };
        let text = status(&manager.health_state);
        let socket = &manager.reporter.socket;
        socket.send(&[NotifyState::Ready, NotifyState::Status(&text)]);
        manager.reporter.reported().status = text;
        // This call also checks `WATCHDOG_PID`.
        let allowed = sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero());
        manager.watchdog = allowed.and_then(|allowed| {
            let health_state = Arc::clone(&manager.health_state);
            Watchdog::start(allowed, Arc::clone(socket), health_state)
                .inspect_err(
                    |error| tracing::error!(%error, "cannot start the thread of the watchdog"),
                )
                .ok()
        });
    }

    /// Reports that a reload has started.
    pub(super) fn reloading(&self) {
        let Some(manager) = &self.0 else { return };
        // Without the time, the manager of a unit with `Type=notify-reload` would wait for another
        // message. Reading the clock cannot fail on Linux, the only system with such a manager.
        let now = NotifyState::monotonic_usec_now().into_iter();
        let states: Vec<NotifyState<'_>> =
            std::iter::once(NotifyState::Reloading).chain(now).collect();
        manager.reporter.socket.send(&states);
    }

    /// Reports that a reload has ended. A failed one also ends like this, because the service
    /// continues with its old settings.
    pub(super) fn reloaded(&self) {
        if let Some(manager) = &self.0 {
            manager.reporter.socket.send(&[NotifyState::Ready]);
        }
    }

    /// Reports that the service is stopping. The watchdog continues until the process ends.
    pub(super) fn stopping(&self) {
        if let Some(manager) = &self.0 {
            manager.end_following();
            let socket = &manager.reporter.socket;
            socket.send(&[NotifyState::Stopping, NotifyState::Status("draining")]);
        }
    }

    /// Requests time for a step that takes at most `limit`.
    pub(super) fn extend(&self, limit: Duration) {
        if let Some(manager) = &self.0 {
            let micros = (limit + MARGIN).as_micros();
            let micros = u32::try_from(micros).unwrap_or(u32::MAX);
            let socket = &manager.reporter.socket;
            socket.send(&[NotifyState::ExtendTimeoutUsec(micros)]);
        }
    }

    /// Requests more time while calls make progress: a call has ended since the last tick, or the
    /// caller of a running call still waits. Runs until dropped.
    pub(super) async fn extend_while(&self, in_flight: &InFlight) {
        let Some(manager) = &self.0 else {
            return std::future::pending().await;
        };
        let mut ended = in_flight.progress().ended;
        loop {
            let progress = in_flight.progress();
            if progress.awaited || progress.ended > ended {
                self.extend(Duration::ZERO);
            }
            ended = progress.ended;
            let calls = in_flight.len();
            manager
                .reporter
                .status(format!("draining: {calls} calls in flight"));
            tokio::time::sleep(TICK).await;
        }
    }
}

/// Reports why the service does not start. `systemctl status` shows it until the next start.
pub(super) fn refused(why: &str) {
    if let Some(address) = address() {
        let text = status::line(why);
        NotifySocket::new(address).send(&[NotifyState::Status(&text)]);
    }
}

fn address() -> Option<OsString> {
    std::env::var_os("NOTIFY_SOCKET").filter(|address| !address.is_empty())
}

impl Drop for ServiceManager {
    /// Stops the status reports, so that none of them replaces the reason of a refused boot.
    fn drop(&mut self) {
        self.end_following();
    }
}

impl ServiceManager {
    fn at(address: OsString, health_state: &Arc<HealthState>) -> Self {
        let reporter = Arc::new(StatusReporter {
            socket: Arc::new(NotifySocket::new(address)),
            reported: Mutex::default(),
        });
        Self {
            following: tokio::spawn(follow(Arc::clone(&reporter), Arc::clone(health_state))),
            reporter,
            health_state: Arc::clone(health_state),
            watchdog: None,
        }
    }

    /// Stops the status reports. Aborting the task alone does not stop it while it is running.
    fn end_following(&self) {
        self.reporter.end();
        self.following.abort();
    }
}

async fn follow(reporter: Arc<StatusReporter>, health_state: Arc<HealthState>) {
    let mut stages = health_state.stage.subscribe();
    while *stages.borrow_and_update() != Stage::Draining {
        reporter.follow(status(&health_state));
        tokio::select! {
            _ = stages.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

#[cfg(test)]
mod tests;
