//! The signals by which people and supervisors end a command that runs until then.

use std::io;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Exit code of a command that is ended by a second signal.
const ENDED: i32 = 1;

/// Ctrl-C, or SIGTERM, or a terminal that was closed.
#[derive(Debug)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on, on a thread of its own: a second signal ends the process at once, though goodbyes are not
    /// said yet, or standard output is not read.
    pub(crate) fn listen() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _entered = runtime.enter();
            [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ]
        };
        let (told, received) = watch::channel(false);
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || {
                runtime.block_on(async {
                    next(&mut signals).await;
                    told.send_replace(true);
                    next(&mut signals).await;
                    std::process::exit(ENDED)
                })
            })?;
        Ok(Self(received))
    }

    /// Waits for the first; once it has come there is no more to wait for.
    pub(crate) async fn received(&mut self) {
        // The thread that tells of it lives as long as the process.
        let _ = self.0.wait_for(|told| *told).await;
    }
}

async fn next([interrupt, terminate, hangup]: &mut [Signal; 3]) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}
