//! The watchdog: pings the service manager as long as the runtime runs tasks.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use sd_notify::NotifyState;

use super::socket::NotifySocket;
use crate::health::HealthState;

/// Thread that pings the service manager until dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    _alive: Sender<()>,
}

impl Watchdog {
    /// Starts to ping, three times within the interval that the manager allows between two pings
    /// (`WATCHDOG_USEC`).
    ///
    /// The thread checks only the runtime's heartbeat. If handlers block all workers, the pings
    /// stop and the manager kills the process. The pings of a degraded service continue, because a
    /// restart would not help. A ping is sent unless the runtime is known to be stuck: waiting for
    /// the next heartbeat could exceed the manager's timeout after a pause of the process.
    pub(super) fn start(
        allowed: Duration,
        socket: Arc<NotifySocket>,
        health_state: Arc<HealthState>,
    ) -> std::io::Result<Self> {
        let (alive, ended) = channel::<()>();
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                let mut was_late = false;
                loop {
                    let late = health_state.heartbeat.overdue();
                    match late {
                        None => socket.send(&[NotifyState::Watchdog]),
                        Some(silent) if !was_late => tracing::error!(
                            seconds = silent.as_secs(),
                            "the runtime runs no tasks because handlers block its threads; the service manager is \
                             no longer pinged and ends the process"
                        ),
                        Some(_) => {}
                    }
                    if was_late && late.is_none() {
                        tracing::warn!("the runtime runs its tasks again");
                    }
                    was_late = late.is_some();
                    if ended.recv_timeout(allowed / 3) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                }
            })?;
        Ok(Self { _alive: alive })
    }
}
