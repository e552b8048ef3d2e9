//! The status line that `systemctl status` shows.

use crate::health::{HealthState, Stage};
use crate::health_status::Health;

/// Maximum length of a status in characters, so that people can read it.
const MAX_LENGTH: usize = 240;

/// Returns the status of a service, with the reason if the service is not well.
pub(super) fn status(health_state: &HealthState) -> String {
    let stage = *health_state.stage.borrow();
    let text = match stage {
        Stage::Starting(step) => format!("starting: {step}"),
        Stage::Draining => "draining".to_owned(),
        Stage::Live => match health_state.verdict() {
            Health::Ok => serving(health_state),
            Health::Degraded(reason) => format!("degraded: {reason}"),
            Health::Down(reason) => format!("down: {reason}"),
        },
    };
    line(&text)
}

fn serving(health_state: &HealthState) -> String {
    let publications = health_state
        .statuses
        .get()
        .map(|statuses| statuses.publications())
        .unwrap_or_default();
    let all = publications.len();
    let served: Vec<String> = publications
        .into_iter()
        .filter(|(_, publication)| publication.is_served())
        .map(|(procedure, _)| procedure)
        .collect();
    match served.len() {
        _ if all == 0 => "live, without a mesh".into(),
        0 => format!("live; no station has acknowledged any of {all} capabilities yet"),
        some if some < all => format!("serving {some} of {all}: {}", served.join(", ")),
        _ => format!("serving {}", served.join(", ")),
    }
}

/// Shortens a text to one line of at most [`MAX_LENGTH`] characters.
pub(super) fn line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() > MAX_LENGTH {
        line.chars()
            .take(MAX_LENGTH - 1)
            .chain(std::iter::once('…'))
            .collect()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::health::{HealthSample, ServiceInfo};
    use crate::mesh::{ClaimState, StatusTable};

    fn health_state(procedures: &[&str]) -> Arc<HealthState> {
        let service = ServiceInfo {
            name: "hecate-echo",
            version: "1",
            description: "",
        };
        let health_state = HealthState::new(service, "{}");
        let procedures = procedures.iter().map(|p| (*p).to_owned());
        let statuses = StatusTable::new("a", procedures, ClaimState::Unsent);
        health_state.statuses.set(Arc::new(statuses)).unwrap();
        health_state
    }

    #[test]
    fn the_status_lists_each_capability_once_a_station_has_acknowledged_it() {
        let health_state = health_state(&["a/b", "a/c"]);
        assert_eq!(status(&health_state), "starting: config");
        health_state.set_stage(Stage::Live);
        assert_eq!(
            status(&health_state),
            "live; no station has acknowledged any of 2 capabilities yet"
        );
        let statuses = health_state.statuses.get().unwrap();
        statuses.acknowledged("a/b", [1; 32]);
        assert_eq!(status(&health_state), "serving 1 of 2: a/b");
        statuses.acknowledged("a/c", [1; 32]);
        assert_eq!(status(&health_state), "serving a/b, a/c");
        health_state.set_stage(Stage::Draining);
        assert_eq!(status(&health_state), "draining");
    }

    #[test]
    fn a_long_reason_is_shortened_to_one_line() {
        let health_state = health_state(&[]);
        health_state.set_stage(Stage::Live);
        assert_eq!(status(&health_state), "live, without a mesh");
        let long = format!("the index\nis gone: {}", "ä".repeat(400));
        health_state.sample.send_replace(Some(HealthSample {
            health: Health::degraded(long),
            at: Instant::now(),
        }));
        let text = status(&health_state);
        assert!(
            text.starts_with("degraded: the index is gone: ää"),
            "{text}"
        );
        assert_eq!(text.chars().count(), MAX_LENGTH);
        assert!(text.ends_with('…') && !text.contains('\n'));
    }
}
