//! What is known of each capability's publication: read by health, never waited on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long an unbroken run of failures may last before it counts (upstream's `provider_grant_grace_ms` and
/// `advertise_grace_ms`), measured from the run's first failure.
const GRACE: Duration = Duration::from_secs(60);
/// How long after its last success a publication that fails is stale (upstream's `advertise_stale_after_ms`).
const STALE_AFTER: Duration = Duration::from_secs(120);

/// The publications, by procedure, and the claim.
#[derive(Debug)]
pub(crate) struct Board {
    org: String,
    state: Mutex<State>,
    /// Counts changes, for those who wait for one.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    publications: BTreeMap<String, Publication>,
    claim: Claim,
}

/// One capability's publication.
#[derive(Debug, Clone)]
pub(crate) struct Publication {
    /// Since when it is to be published.
    since: Instant,
    /// The stations that acknowledged it and still hold it.
    pub(crate) stations: BTreeSet<[u8; 32]>,
    /// Stations that hold it as far as is known, but do not answer.
    unreachable: BTreeSet<[u8; 32]>,
    last_success: Option<Instant>,
    /// By station, as one may refuse what another holds.
    failing: BTreeMap<[u8; 32], Failing>,
}

impl Publication {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            stations: BTreeSet::new(),
            unreachable: BTreeSet::new(),
            last_success: None,
            failing: BTreeMap::new(),
        }
    }

    /// The oldest run of failures, where no station holds it.
    fn failure(&self) -> Option<&Failing> {
        let unheld = self.stations.is_empty();
        self.failing
            .values()
            .filter(|_| unheld)
            .min_by_key(|f| f.since)
    }
}

/// An unbroken run of failures.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    since: Instant,
    last: Instant,
    pub(crate) cause: Cause,
}

/// Why a publication failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The realm's grant cannot be used, which may pass by itself: what the realm must do.
    Grant(&'static str),
    /// The realm has not granted it, and will not before its operator does.
    Ungranted(&'static str),
    /// Anything else.
    Other(String),
}

impl Cause {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Grant(text) | Self::Ungranted(text) => text,
            Self::Other(text) => text,
        }
    }
}

/// Whether the realm knows who provides for the org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) state: ClaimState,
    pub(crate) since: Instant,
}

/// The claim's states, by upstream's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClaimState {
    NoMesh,
    Unsent,
    NotDelivered(String),
    Pending,
    Issued,
}

impl ClaimState {
    /// Every state's.
    pub(crate) const NAMES: [&str; 5] = ["no_mesh", "unsent", "not_delivered", "pending", "issued"];

    pub(crate) const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            Self::NoMesh => 0,
            Self::Unsent => 1,
            Self::NotDelivered(_) => 2,
            Self::Pending => 3,
            Self::Issued => 4,
        }]
    }
}

/// A publication's grant, as health reports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    Granted,
    Waiting { reason: String, since: Duration },
    NotGranted { reason: String, since: Duration },
}

impl Grant {
    /// Every state's.
    pub(crate) const NAMES: [&str; 3] = ["granted", "waiting", "not_granted"];

    pub(crate) const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            Self::Granted => 0,
            Self::Waiting { .. } => 1,
            Self::NotGranted { .. } => 2,
        }]
    }
}

/// A publication's liveness, as health reports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Liveness {
    pub(crate) status: &'static str,
    pub(crate) last_success_ago: Option<Duration>,
    pub(crate) failure: Option<(Duration, String)>,
    /// Whether it makes the service degraded.
    pub(crate) degrades: bool,
}

impl Board {
    pub(crate) fn new(
        org: &str,
        procedures: impl IntoIterator<Item = String>,
        claim: ClaimState,
    ) -> Self {
        Self {
            org: org.to_owned(),
            state: Mutex::new(State {
                publications: procedures
                    .into_iter()
                    .map(|p| (p, Publication::new()))
                    .collect(),
                claim: Claim {
                    state: claim,
                    since: Instant::now(),
                },
            }),
            changes: watch::Sender::new(0),
        }
    }

    pub(crate) fn org(&self) -> &str {
        &self.org
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, procedure: &str, change: impl FnOnce(&mut Publication)) {
        if let Some(publication) = self.lock().publications.get_mut(procedure) {
            change(publication);
        }
        self.changes.send_modify(|n| *n += 1);
    }

    /// A station acknowledged it. Whether it had failed there before.
    pub(crate) fn acknowledged(&self, procedure: &str, station: [u8; 32]) -> bool {
        let mut recovered = false;
        self.change(procedure, |p| {
            p.stations.insert(station);
            p.unreachable.remove(&station);
            p.last_success = Some(Instant::now());
            recovered = p.failing.remove(&station).is_some();
        });
        recovered
    }

    /// A station neither holds nor refuses it any more: the link ended, or the capability was
    /// withdrawn or lost.
    pub(crate) fn ended(&self, procedure: &str, station: [u8; 32]) {
        self.change(procedure, |p| {
            p.failing.remove(&station);
            p.unreachable.remove(&station);
            if p.stations.remove(&station) {
                p.last_success = Some(Instant::now());
            }
        });
    }

    /// A station does not answer, so callers do not reach what it holds.
    pub(crate) fn unreachable(&self, station: [u8; 32]) {
        self.change_all(|p| {
            if p.stations.remove(&station) {
                p.unreachable.insert(station);
                p.last_success = Some(Instant::now());
            }
        });
    }

    /// A station answers again over the same link, so it still holds what it held.
    pub(crate) fn reachable(&self, station: [u8; 32]) {
        self.change_all(|p| {
            if p.unreachable.remove(&station) {
                p.stations.insert(station);
            }
        });
    }

    fn change_all(&self, change: impl FnMut(&mut Publication)) {
        self.lock().publications.values_mut().for_each(change);
        self.changes.send_modify(|n| *n += 1);
    }

    /// A station did not take it. Whether that is news: the first of a run, or another cause than the last.
    pub(crate) fn failed(&self, procedure: &str, station: [u8; 32], cause: &Cause) -> bool {
        let mut news = false;
        self.change(procedure, |p| {
            let now = Instant::now();
            let before = p.failing.get(&station);
            news = before.is_none_or(|f| f.cause != *cause);
            let since = before.map_or(now, |f| f.since);
            p.failing.insert(
                station,
                Failing {
                    since,
                    last: now,
                    cause: cause.clone(),
                },
            );
        });
        news
    }

    /// The claim's new state; whether it is another than before.
    pub(crate) fn claim(&self, state: ClaimState) -> bool {
        let mut held = self.lock();
        let changed = held.claim.state.name() != state.name();
        if changed {
            held.claim.since = Instant::now();
        }
        held.claim.state = state;
        drop(held);
        self.changes.send_modify(|n| *n += 1);
        changed
    }

    pub(crate) fn claim_now(&self) -> Claim {
        self.lock().claim.clone()
    }

    /// Every publication now.
    pub(crate) fn publications(&self) -> BTreeMap<String, Publication> {
        self.lock().publications.clone()
    }

    /// Whether every capability is held by a station now.
    pub(crate) fn all_acknowledged(&self) -> bool {
        self.lock()
            .publications
            .values()
            .all(|p| !p.stations.is_empty())
    }

    /// Waits until every capability is held by a station.
    #[cfg(feature = "testing")]
    pub(crate) async fn served(&self) {
        self.until(|publications| publications.values().all(Publication::is_served))
            .await;
    }

    /// Waits until no capability is held by a station.
    #[cfg(feature = "testing")]
    pub(crate) async fn unserved(&self) {
        self.until(|publications| !publications.values().any(Publication::is_served))
            .await;
    }

    /// Waits until every capability has been tried and none waits for its first answer.
    pub(crate) async fn settled(&self) {
        let tried = |p: &Publication| !p.stations.is_empty() || !p.failing.is_empty();
        self.until(|publications| publications.values().all(tried))
            .await;
    }

    async fn until(&self, is: impl Fn(&BTreeMap<String, Publication>) -> bool) {
        let mut changes = self.changes.subscribe();
        loop {
            if is(&self.lock().publications) {
                return;
            }
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

impl Publication {
    pub(crate) fn is_served(&self) -> bool {
        !self.stations.is_empty()
    }

    pub(crate) fn grant(&self) -> Grant {
        match self.failure() {
            // There is nothing to wait for but a person, so it is said at once (upstream's rule).
            Some(Failing {
                since,
                cause: Cause::Ungranted(reason),
                ..
            }) => Grant::NotGranted {
                reason: (*reason).to_owned(),
                since: since.elapsed(),
            },
            Some(Failing {
                since,
                cause: Cause::Grant(reason),
                ..
            }) => {
                let reason = (*reason).to_owned();
                let since = since.elapsed();
                if since > GRACE {
                    Grant::NotGranted { reason, since }
                } else {
                    Grant::Waiting { reason, since }
                }
            }
            _ if self.last_success.is_some() => Grant::Granted,
            failing => Grant::Waiting {
                reason: failing
                    .map_or("no station could be asked yet", |f| f.cause.text())
                    .to_owned(),
                since: failing.map_or(self.since, |f| f.since).elapsed(),
            },
        }
    }

    pub(crate) fn liveness(&self) -> Liveness {
        let last_success_ago = if self.stations.is_empty() {
            self.last_success.map(|at| at.elapsed())
        } else {
            // Held now: its renewals are the SDK's, which reports when they end.
            Some(Duration::ZERO)
        };
        let failure = self.failure();
        let (status, degrades) = match last_success_ago {
            Some(ago) if ago <= STALE_AFTER => ("alive", false),
            Some(_) => ("stale", true),
            None => {
                // A service that never even had a link is as silent as one that was refused.
                let since = failure.map_or(self.since, |f| f.since);
                ("never_succeeded", since.elapsed() > GRACE)
            }
        };
        Liveness {
            status,
            last_success_ago,
            failure: failure.map(|f| (f.last.elapsed(), f.cause.text().to_owned())),
            degrades,
        }
    }
}

#[cfg(test)]
mod tests;
