//! The verdict, by the first of these that is not well: the runtime that is stuck, the boot that is not over, the
//! service's own word, its certificate, its grants, its advertisements; else ok.

use super::{HealthState, Stage};
use crate::health_status::Health;
use crate::mesh::Grant;

impl HealthState {
    /// The service's state as one word and a reason, in upstream's order of precedence.
    pub(crate) fn verdict(&self) -> Health {
        if let Err(stuck) = self.alive() {
            return Health::down(stuck);
        }
        if let Stage::Starting(step) = *self.stage.borrow() {
            return Health::down(format!("starting: {step}"));
        }
        if let Some(sample) = self.sample.borrow().as_ref()
            && sample.health != Health::Ok
        {
            return sample.health.clone();
        }
        if let Some(cert) = self.certificate.get()
            && let verdict @ (Health::Degraded(_) | Health::Down(_)) = cert.current().health()
        {
            return verdict;
        }
        let Some(statuses) = self.statuses.get() else {
            return Health::Ok;
        };
        let publications = statuses.publications();
        let ungranted: Vec<String> = publications
            .iter()
            .filter_map(|(procedure, publication)| match publication.grant() {
                Grant::NotGranted { reason, .. } => Some(format!("`{procedure}`: {reason}")),
                _ => None,
            })
            .collect();
        if !ungranted.is_empty() {
            return Health::degraded(format!("not granted: {}", ungranted.join("; ")));
        }
        let silent: Vec<String> = publications
            .iter()
            .filter_map(|(procedure, publication)| {
                let liveness = publication.liveness();
                liveness
                    .degrades
                    .then(|| format!("`{procedure}` is {}", liveness.status))
            })
            .collect();
        if silent.is_empty() {
            Health::Ok
        } else {
            Health::degraded(format!("not advertised: {}", silent.join("; ")))
        }
    }

    /// Whether the runtime runs its tasks. Nothing else makes a restart help, so nothing else is asked.
    pub(crate) fn alive(&self) -> Result<(), String> {
        match self.heartbeat.late() {
            None => Ok(()),
            Some(age) => Err(format!(
                "the runtime has run no task for {} s: handlers block its threads",
                age.as_secs()
            )),
        }
    }

    /// Whether callers can reach the service: it is live, its certificate holds, and every capability is held by a
    /// station.
    pub(crate) fn ready(&self) -> Result<(), String> {
        self.alive()?;
        self.reachable().map_err(str::to_owned)
    }

    fn reachable(&self) -> Result<(), &'static str> {
        match *self.stage.borrow() {
            Stage::Starting(_) => Err("starting"),
            Stage::Draining => Err("draining"),
            Stage::Live
                if self
                    .certificate
                    .get()
                    .is_some_and(|c| c.current().is_past()) =>
            {
                Err("the service certificate is past its end")
            }
            Stage::Live => match self.statuses.get() {
                Some(statuses) if !statuses.all_acknowledged() => {
                    Err("no station has acknowledged every capability")
                }
                _ => Ok(()),
            },
        }
    }

    /// Whether boot is over.
    pub(crate) fn started(&self) -> Result<(), &'static str> {
        match *self.stage.borrow() {
            Stage::Starting(_) => Err("starting"),
            Stage::Live | Stage::Draining => Ok(()),
        }
    }
}
