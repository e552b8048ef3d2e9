//! Status of each capability's publication, and of the claim, for health and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How long a series of failures may last before it counts, as `provider_grant_grace_ms` and
/// `advertise_grace_ms` in hecate-om (Erlang).
const GRACE: Duration = Duration::from_secs(60);
/// How long after its last success a failing publication is stale, as `advertise_stale_after_ms` in
/// hecate-om (Erlang).
const STALE_AFTER: Duration = Duration::from_secs(120);

/// Status of the publications, by procedure, and of the claim.
#[derive(Debug)]
pub(crate) struct StatusTable {
    org: String,
    state: Mutex<State>,
    /// Number of changes, to wait for one.
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
    /// When publishing started.
    since: Instant,
    /// Stations that acknowledged it and still hold it.
    pub(crate) stations: BTreeSet<[u8; 32]>,
    /// Stations that hold it, but do not answer.
    unreachable: BTreeSet<[u8; 32]>,
    last_success: Option<Instant>,
    /// Failures by station: one may refuse what another holds.
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

    /// Returns the oldest series of failures, if no station holds it.
    fn failure(&self) -> Option<&Failing> {
        let is_unheld = self.stations.is_empty();
        self.failing
            .values()
            .filter(|_| is_unheld)
            .min_by_key(|f| f.since)
    }
}

/// A series of failures without a success.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    since: Instant,
    last: Instant,
    pub(crate) cause: Cause,
}

/// Why a publication failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The realm's grant is unusable, perhaps for a short time only; says what the realm must do.
    Grant(&'static str),
    /// The realm has not granted it, and its operator must.
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

/// State of the claim; named as in hecate-om (Erlang).
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

/// State of a publication's grant, as health reports it.
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

/// Liveness of a publication, as health reports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Liveness {
    pub(crate) status: &'static str,
    pub(crate) last_success_ago: Option<Duration>,
    pub(crate) failure: Option<(Duration, String)>,
    /// Whether it degrades the service's health.
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

    /// Records that a station acknowledged it. Returns whether it had failed there before.
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

    /// Records that a station no longer holds or refuses it: the link ended, or the capability was
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

    /// Records that a station does not answer, so callers cannot reach what it holds.
    pub(crate) fn unreachable(&self, station: [u8; 32]) {
        self.change_all(|p| {
            if p.stations.remove(&station) {
                p.unreachable.insert(station);
                p.last_success = Some(Instant::now());
            }
        });
    }

    /// Records that a station answers again over the same link, so it still holds what it held.
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

    /// Records that a station did not accept it. Returns whether the cause is new.
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

    /// Returns whether every capability is held by a station.
    pub(crate) fn all_acknowledged(&self) -> bool {
        self.lock()
            .publications
            .values()
            .all(|p| !p.stations.is_empty())
    }

    /// Waits until every capability is held by a station.
    #[cfg(feature = "testing")]
    pub(crate) async fn served(&self) {
        self.until(|publications| publications.values().all(PublicationStatus::is_served))
            .await;
    }

    /// Waits until no capability is held by a station.
    #[cfg(feature = "testing")]
    pub(crate) async fn unserved(&self) {
        self.until(|publications| !publications.values().any(PublicationStatus::is_served))
            .await;
    }

    /// Waits until every capability has its first answer from a station.
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

impl PublicationStatus {
    pub(crate) fn is_served(&self) -> bool {
        !self.stations.is_empty()
    }

    pub(crate) fn grant(&self) -> Grant {
        match self.failure() {
            // Reported at once, because only a person can change it, as in hecate-om (Erlang).
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
            // A station holds it. The SDK renews it, and reports when it cannot.
            Some(Duration::ZERO)
        };
        let failure = self.failure();
        let (status, degrades) = match last_success_ago {
            Some(ago) if ago <= STALE_AFTER => ("alive", false),
            Some(_) => ("stale", true),
            None => {
                // Without any link yet, publishing has failed from the start.
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
