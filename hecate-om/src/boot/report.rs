//! What boot says to the log.

use std::sync::Arc;
use std::time::Duration;

use crate::capability::Registry;
use crate::health::Vitals;
use crate::mesh::{Board, Publication};

/// How long the line that says what is served waits for the stations' first answers.
const FIRST_ANSWERS: Duration = Duration::from_secs(10);

/// Says once which capabilities are open without anyone having said so.
pub(super) fn report_open(registry: &Registry) {
    let open: Vec<&str> = registry
        .iter()
        .map(|(_, dispatcher)| dispatcher.capability)
        .filter(|c| c.access.is_none())
        .map(|c| c.name)
        .collect();
    if !open.is_empty() {
        tracing::info!(
            capabilities = open.join(", "),
            "open to every caller, as nobody said otherwise; say `access = open` to mean it, or restrict it"
        );
    }
}

/// How much the service does of its own accord.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    pub(super) subscriptions: usize,
    pub(super) schedules: usize,
}

/// The one line that says what is served and where.
pub(super) async fn report_live(
    vitals: Arc<Vitals>,
    board: Arc<Board>,
    health: String,
    own: Own,
    online: bool,
) {
    // Where there are none, nothing is said of them.
    let some = |n: usize| (n > 0).then_some(n);
    let (subscriptions, schedules) = (some(own.subscriptions), some(own.schedules));
    if !online {
        tracing::info!(
            health,
            subscriptions,
            schedules,
            "{} {} is live, without a mesh",
            vitals.about.name,
            vitals.about.version
        );
        return;
    }
    // The wait only makes the line truer: the service is live already.
    let _ = tokio::time::timeout(FIRST_ANSWERS, board.settled()).await;
    let (served, waiting): (Vec<_>, Vec<_>) = board
        .publications()
        .into_iter()
        .partition(|(_, publication)| publication.is_served());
    let names = |of: Vec<(String, Publication)>| {
        of.into_iter()
            .map(|(p, _)| p)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (served, waiting) = (names(served), names(waiting));
    if waiting.is_empty() {
        tracing::info!(
            health,
            subscriptions,
            schedules,
            "{} {} is live and serves {served}",
            vitals.about.name,
            vitals.about.version
        )
    } else {
        tracing::warn!(
            health,
            subscriptions,
            schedules,
            "{} {} is live and serves {}; not served yet: {waiting}",
            vitals.about.name,
            vitals.about.version,
            if served.is_empty() {
                "nothing"
            } else {
                &served
            },
        )
    }
}
