//! Signals that stop a running command.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use hecate_om::__private::hangup_is_ignored;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Exit code after a second signal.
const SECOND_SIGNAL: i32 = 1;

/// Receiver of SIGINT, SIGTERM and SIGHUP.
#[derive(Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Starts to listen for signals on a dedicated thread. A second signal exits at once, even
    /// before the links are closed or while standard output is not read.
    pub(crate) fn listen() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _entered = runtime.enter();
            let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
            // Under `nohup`, SIGHUP stays ignored.
            if !hangup_is_ignored() {
                kinds.push(SignalKind::hangup());
            }
            let signals: io::Result<Vec<Signal>> = kinds.into_iter().map(signal).collect();
            signals?
        };
        let (sender, received) = watch::channel(false);
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                runtime.block_on(async {
                    next(&mut signals).await;
                    sender.send_replace(true);
                    next(&mut signals).await;
                    std::process::exit(SECOND_SIGNAL)
                })
            })?;
        Ok(Self(received))
    }

    /// Waits for the first signal; returns at once after it.
    pub(crate) async fn received(&mut self) {
        // The sending thread lives as long as the process.
        let _ = self.0.wait_for(|received| *received).await;
    }
}

async fn next(signals: &mut [Signal]) {
    poll_fn(|context| {
        let received = signals
            .iter_mut()
            .any(|signal| signal.poll_recv(context).is_ready());
        if received {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
