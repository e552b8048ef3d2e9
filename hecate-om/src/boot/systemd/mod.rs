//! What the service manager is told, where one listens (`NOTIFY_SOCKET`): that the service is ready, what it does, that
//! its runtime runs, that it ends, and that ending makes progress.

mod socket;
mod status;
mod watchdog;

use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

use crate::capability::InFlight;
use crate::health::{Stage, Vitals};
use socket::NotifySocket;
use status::status;
use watchdog::Watchdog;

/// How often the status is looked at, and the progress of a drain.
const TICK: Duration = Duration::from_secs(1);
/// What a tick with progress asks for, and what each step asks for beyond its own limit: a few ticks, so that a busy
/// machine that misses one is not taken for a stuck one.
const MARGIN: Duration = Duration::from_secs(5);

/// The service manager; nobody, where none listens.
#[derive(Debug)]
pub(super) struct Systemd(Option<Listening>);

#[derive(Debug)]
struct Listening {
    manager: Arc<Manager>,
    vitals: Arc<Vitals>,
    /// Says the status as it changes.
    following: JoinHandle<()>,
    watchdog: Option<Watchdog>,
}

/// The socket, and the last reported status.
#[derive(Debug)]
struct Manager {
    socket: Arc<NotifySocket>,
    reported: Mutex<Reported>,
}

#[derive(Debug, Default)]
struct Reported {
    status: String,
    /// Whether the task that follows the service's state reports no more.
    ended: bool,
}

impl Manager {
    fn reported(&self) -> MutexGuard<'_, Reported> {
        self.reported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports the status if it has changed.
    fn status(&self, text: String) {
        self.report(&mut self.reported(), text);
    }

    /// Reports the status of the task that follows the service's state. The lock is held until it is sent, so that
    /// nothing follows what is sent after [`Manager::end_following`].
    fn followed(&self, text: String) {
        let mut reported = self.reported();
        if !reported.ended {
            self.report(&mut reported, text);
        }
    }

    fn end_following(&self) {
        self.reported().ended = true;
    }

    fn report(&self, reported: &mut Reported, text: String) {
        if reported.status != text {
            self.socket.tell(&[NotifyState::Status(&text)]);
            reported.status = text;
        }
    }
}

impl Systemd {
    /// Finds the manager, and tells it from now on what the service does.
    pub(super) fn find(vitals: &Arc<Vitals>) -> Self {
        Self(address().map(|address| Listening::at(address, vitals)))
    }

    /// None, for a service that is not the process's own.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// The service is live.
    pub(super) fn ready(&mut self) {
        let Some(listening) = &mut self.0 else { return };
        let text = status(&listening.vitals);
        let socket = &listening.manager.socket;
        socket.tell(&[NotifyState::Ready, NotifyState::Status(&text)]);
        listening.manager.reported().status = text;
        // `WATCHDOG_PID` says whose watchdog it is; the crate looks.
        let allowed = sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero());
        listening.watchdog = allowed.and_then(|allowed| {
            let vitals = Arc::clone(&listening.vitals);
            Watchdog::begin(allowed, Arc::clone(socket), vitals)
                .inspect_err(|error| tracing::error!("no thread for the watchdog: {error}"))
                .ok()
        });
    }

    /// The service ends. The watchdog goes on until it has.
    pub(super) fn stopping(&self) {
        if let Some(listening) = &self.0 {
            listening.end_following();
            let socket = &listening.manager.socket;
            socket.tell(&[NotifyState::Stopping, NotifyState::Status("draining")]);
        }
    }

    /// A step of the drain begins that takes at most `limit`.
    pub(super) fn extend(&self, limit: Duration) {
        if let Some(listening) = &self.0 {
            let micros = (limit + MARGIN).as_micros();
            let micros = u32::try_from(micros).unwrap_or(u32::MAX);
            let socket = &listening.manager.socket;
            socket.tell(&[NotifyState::ExtendTimeoutUsec(micros)]);
        }
    }

    /// Asks for more time for as long as it is polled and the calls come on: one has ended since the last tick, or
    /// one runs that its caller still waits for. The manager's own patience is not shortened by it.
    pub(super) async fn extend_while(&self, in_flight: &InFlight) {
        let Some(listening) = &self.0 else {
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
            listening
                .manager
                .status(format!("draining: {calls} calls in flight"));
            tokio::time::sleep(TICK).await;
        }
    }
}

/// Tells the manager, where one listens, why the service does not start: what `systemctl status` shows until the next
/// start, where the journal's last lines are of others.
pub(super) fn refused(why: &str) {
    if let Some(address) = address() {
        let text = status::line(why);
        NotifySocket::new(address).tell(&[NotifyState::Status(&text)]);
    }
}

fn address() -> Option<OsString> {
    std::env::var_os("NOTIFY_SOCKET").filter(|address| !address.is_empty())
}

impl Drop for Listening {
    /// Nothing is said of a boot that was refused after why it was.
    fn drop(&mut self) {
        self.end_following();
    }
}

impl Listening {
    fn at(address: OsString, vitals: &Arc<Vitals>) -> Self {
        let manager = Arc::new(Manager {
            socket: Arc::new(NotifySocket::new(address)),
            reported: Mutex::default(),
        });
        Self {
            following: tokio::spawn(follow(Arc::clone(&manager), Arc::clone(vitals))),
            manager,
            vitals: Arc::clone(vitals),
            watchdog: None,
        }
    }

    /// An abort alone does not stop a task that is running at the moment.
    fn end_following(&self) {
        self.manager.end_following();
        self.following.abort();
    }
}

async fn follow(manager: Arc<Manager>, vitals: Arc<Vitals>) {
    let mut stages = vitals.stage.subscribe();
    while *stages.borrow_and_update() != Stage::Draining {
        manager.followed(status(&vitals));
        tokio::select! {
            _ = stages.changed() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

#[cfg(test)]
mod tests;
