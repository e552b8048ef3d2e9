//! Status of each capability's publication and of the claim, for health and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::sync::{Mutex, MutexGuard};

/// Time for which a series of failures is tolerated, as `provider_grant_grace_ms` and
/// `advertise_grace_ms` in hecate-om (Erlang).
const GRACE: Duration = Duration::from_secs(60);
/// Time since the last success after which a failing publication is stale, as
/// `advertise_stale_after_ms` in hecate-om (Erlang).
const STALE_AFTER: Duration = Duration::from_secs(120);

/// Status of the claim and of each publication, by procedure.
#[derive(Debug)]
pub(crate) struct StatusTable {
    org: String,
    state: Mutex<State>,
    /// Number of changes, for waiting on the next change.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    publications: BTreeMap<String, PublicationStatus>,
    claim: Claim,
}

/// Status of one capability's publication.
#[derive(Debug, Clone)]
pub(crate) struct PublicationStatus {
    /// Time when publishing started.
    since: Instant,
    /// Stations where the capability is advertised.
    pub(crate) stations: BTreeSet<[u8; 32]>,
    /// Stations where the capability is advertised, but which do not answer.
    unreachable: BTreeSet<[u8; 32]>,
    last_success: Option<Instant>,
    /// Failures by station. One station may refuse a capability that another accepts.
    failing: BTreeMap<[u8; 32], Failing>,
}

impl PublicationStatus {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            stations: BTreeSet::new(),
            unreachable: BTreeSet::new(),
            last_success: None,
            failing: BTreeMap::new(),
        }
    }

    /// Returns the oldest series of failures, unless a station has accepted the capability.
    fn failure(&self) -> Option<&Failing> {
        let is_unheld = self.stations.is_empty();
        self.failing
            .values()
            .filter(|_| is_unheld)
            .min_by_key(|f| f.since)
    }

    pub(crate) fn is_served(&self) -> bool {
        !self.stations.is_empty()
    }

    pub(crate) fn grant(&self) -> Grant {
        match self.failure() {
            // Reported at once, because only the realm's operator can change it, as in hecate-om
            // (Erlang).
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
                    .map_or("no station has answered yet", |f| f.cause.text())
                    .to_owned(),
                since: failing.map_or(self.since, |f| f.since).elapsed(),
            },
        }
    }

    pub(crate) fn liveness(&self) -> Liveness {
        let last_success_ago = if self.stations.is_empty() {
            self.last_success.map(|at| at.elapsed())
        } else {
            // A station has accepted the capability. The SDK renews the advertisement and reports
            // failures.
            Some(Duration::ZERO)
        };
        let failure = self.failure();
        let (status, degrades) = match last_success_ago {
            Some(ago) if ago <= STALE_AFTER => ("alive", false),
            Some(_) => ("stale", true),
            None => {
                // Without any link so far, publishing has failed from the start.
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

/// A series of failures without a success.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    since: Instant,
    last: Instant,
    pub(crate) cause: Cause,
}

/// Reason why a publication failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The realm's grant is unusable, perhaps only for a short time. The text says what the realm
    /// must do.
    Grant(&'static str),
    /// The realm has not granted the capability; the realm's operator must grant it.
    Ungranted(&'static str),
    /// Another reason.
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

/// Status of this node's claim to be a provider of its org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) state: ClaimState,
    pub(crate) since: Instant,
}

/// State of the claim, with the names of hecate-om (Erlang).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClaimState {
    NoMesh,
    Unsent,
    NotDelivered(String),
    Pending,
    Issued,
}

impl ClaimState {
    /// Names of all states.
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

/// State of a publication's grant, as reported by health.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    Granted,
    Waiting { reason: String, since: Duration },
    NotGranted { reason: String, since: Duration },
}

impl Grant {
    /// Names of all states.
    pub(crate) const NAMES: [&str; 3] = ["granted", "waiting", "not_granted"];

    pub(crate) const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            Self::Granted => 0,
            Self::Waiting { .. } => 1,
            Self::NotGranted { .. } => 2,
        }]
    }
}

/// Liveness of a publication, as reported by health.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Liveness {
    pub(crate) status: &'static str,
    pub(crate) last_success_ago: Option<Duration>,
    pub(crate) failure: Option<(Duration, String)>,
    /// Whether the publication degrades the service's health.
    pub(crate) degrades: bool,
}

impl StatusTable {
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
                    .map(|p| (p, PublicationStatus::new()))
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

    fn change(&self, procedure: &str, change: impl FnOnce(&mut PublicationStatus)) {
        if let Some(publication) = self.lock().publications.get_mut(procedure) {
            change(publication);
        }
        self.changes.send_modify(|n| *n += 1);
    }

    /// Records that a station acknowledged the capability. Returns whether the capability had
    /// failed there.
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

    /// Records that the capability is no longer advertised or refused at a station: the link ended,
    /// or the capability was withdrawn or lost.
    pub(crate) fn ended(&self, procedure: &str, station: [u8; 32]) {
        self.change(procedure, |p| {
            p.failing.remove(&station);
            p.unreachable.remove(&station);
            if p.stations.remove(&station) {
                p.last_success = Some(Instant::now());
            }
        });
    }

    /// Records that a station does not answer. Callers cannot reach the capabilities advertised
    /// there.
    pub(crate) fn unreachable(&self, station: [u8; 32]) {
        self.change_all(|p| {
            if p.stations.remove(&station) {
                p.unreachable.insert(station);
                p.last_success = Some(Instant::now());
            }
        });
    }

    /// Records that a station answers again over the same link, so its advertisements are still
    /// valid.
    pub(crate) fn reachable(&self, station: [u8; 32]) {
        self.change_all(|p| {
            if p.unreachable.remove(&station) {
                p.stations.insert(station);
            }
        });
    }

    fn change_all(&self, change: impl FnMut(&mut PublicationStatus)) {
        self.lock().publications.values_mut().for_each(change);
        self.changes.send_modify(|n| *n += 1);
    }

    /// Records that a station did not accept the capability. Returns whether the cause is new.
    pub(crate) fn failed(&self, procedure: &str, station: [u8; 32], cause: &Cause) -> bool {
        let mut is_new = false;
        self.change(procedure, |p| {
            let now = Instant::now();
            let before = p.failing.get(&station);
            is_new = before.is_none_or(|f| f.cause != *cause);
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
        is_new
    }

    /// Sets the state of the claim. Returns whether it changed.
    pub(crate) fn set_claim(&self, state: ClaimState) -> bool {
        let mut table = self.lock();
        let changed = table.claim.state.name() != state.name();
        if changed {
            table.claim.since = Instant::now();
        }
        table.claim.state = state;
        drop(table);
        self.changes.send_modify(|n| *n += 1);
        changed
    }

    pub(crate) fn claim(&self) -> Claim {
        self.lock().claim.clone()
    }

    /// Returns the status of all publications.
    pub(crate) fn publications(&self) -> BTreeMap<String, PublicationStatus> {
        self.lock().publications.clone()
    }

    /// Returns whether every capability is advertised at a station.
    pub(crate) fn all_acknowledged(&self) -> bool {
        self.lock()
            .publications
            .values()
            .all(|p| !p.stations.is_empty())
    }

    /// Waits until every capability is advertised at a station.
    #[cfg(feature = "testing")]
    pub(crate) async fn served(&self) {
        self.until(|publications| publications.values().all(PublicationStatus::is_served))
            .await;
    }

    /// Waits until no capability is advertised at any station.
    #[cfg(feature = "testing")]
    pub(crate) async fn unserved(&self) {
        self.until(|publications| !publications.values().any(PublicationStatus::is_served))
            .await;
    }

    /// Waits until every capability has a first answer from a station.
    pub(crate) async fn settled(&self) {
        let tried = |p: &PublicationStatus| !p.stations.is_empty() || !p.failing.is_empty();
        self.until(|publications| publications.values().all(tried))
            .await;
    }

    async fn until(&self, is: impl Fn(&BTreeMap<String, PublicationStatus>) -> bool) {
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

#[cfg(all(test, shuttle))]
mod interleavings;
#[cfg(test)]
mod tests;
