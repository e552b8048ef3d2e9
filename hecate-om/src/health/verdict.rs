//! The health of a service: the first problem found in the runtime, boot, the author's check, the
//! certificate, the grants and the advertisements; otherwise ok.

use super::{HealthState, Stage};
use crate::health_status::Health;
use crate::mesh::Grant;

impl HealthState {
    /// Returns the health, in the order of precedence of hecate-om (Erlang).
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
        let unadvertised: Vec<String> = publications
            .iter()
            .filter_map(|(procedure, publication)| {
                let liveness = publication.liveness();
                liveness
                    .degrades
                    .then(|| format!("`{procedure}` is {}", liveness.status))
            })
            .collect();
        if unadvertised.is_empty() {
            Health::Ok
        } else {
            Health::degraded(format!("not advertised: {}", unadvertised.join("; ")))
        }
    }

    /// Returns whether the runtime runs tasks. Liveness depends on nothing else, because a restart
    /// would fix nothing else.
    pub(crate) fn alive(&self) -> Result<(), String> {
        match self.heartbeat.overdue() {
            None => Ok(()),
            Some(age) => Err(format!(
                "the runtime has run no task for {} s: handlers block its threads",
                age.as_secs()
            )),
        }
    }

    /// Returns whether callers can reach the service: it is live, its certificate has not expired,
    /// and every capability is advertised by a station.
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
                    .is_some_and(|c| c.current().is_expired()) =>
            {
                Err("the service certificate has expired")
            }
            Stage::Live => match self.statuses.get() {
                Some(statuses) if !statuses.all_acknowledged() => {
                    Err("no station has acknowledged every capability")
                }
                _ => Ok(()),
            },
        }
    }

    /// Returns whether boot has completed.
    pub(crate) fn started(&self) -> Result<(), &'static str> {
        match *self.stage.borrow() {
            Stage::Starting(_) => Err("starting"),
            Stage::Live | Stage::Draining => Ok(()),
        }
    }
}
