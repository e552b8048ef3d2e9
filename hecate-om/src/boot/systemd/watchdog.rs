//! The watchdog: the manager hears from the service for as long as the runtime runs its tasks.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use sd_notify::NotifyState;

use super::socket::NotifySocket;
use crate::health::Vitals;

/// Pings until dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    _alive: Sender<()>,
}

impl Watchdog {
    /// Starts to ping, three times per interval that the manager allows between two pings
    /// (`WATCHDOG_USEC`).
    ///
    /// It does so on a thread of its own, which asks only for the runtime's heartbeat: blocked
    /// workers stop the pings, and the manager then ends the process; a service that is merely not
    /// well goes on being told of, as a restart would not help it. A ping is sent unless the
    /// runtime is known to be stuck. Waiting for proof that it runs would be too late after a pause
    /// of the process: the manager's timeout may expire before the next heartbeat.
    pub(super) fn begin(
        allowed: Duration,
        socket: Arc<NotifySocket>,
        vitals: Arc<Vitals>,
    ) -> std::io::Result<Self> {
        let (alive, ended) = channel::<()>();
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                let mut silent = false;
                loop {
                    let late = vitals.heartbeat.late();
                    match late {
                        None => socket.tell(&[NotifyState::Watchdog]),
                        Some(still) if !silent => tracing::error!(
                            "the runtime has run no task for {} s, as handlers block its threads; the service \
                             manager is not pinged and ends the process",
                            still.as_secs()
                        ),
                        Some(_) => {}
                    }
                    if silent && late.is_none() {
                        tracing::warn!("the runtime runs its tasks again");
                    }
                    silent = late.is_some();
                    if ended.recv_timeout(allowed / 3) != Err(RecvTimeoutError::Timeout) {
                        return;
                    }
                }
            })?;
        Ok(Self { _alive: alive })
    }
}
