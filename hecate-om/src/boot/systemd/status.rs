//! The one line that `systemctl status` shows.

use crate::health::{Stage, Vitals};
use crate::health_status::Health;

/// The most characters of a line: the manager takes a few kilobytes, people less.
const LONGEST: usize = 240;

/// What a service does now; its reason, where it is not well.
pub(super) fn status(vitals: &Vitals) -> String {
    let stage = *vitals.stage.borrow();
    let text = match stage {
        Stage::Starting(step) => format!("starting: {step}"),
        Stage::Draining => "draining".to_owned(),
        Stage::Live => match vitals.verdict() {
            Health::Ok => serving(vitals),
            Health::Degraded(reason) => format!("degraded: {reason}"),
            Health::Down(reason) => format!("down: {reason}"),
        },
    };
    line(&text)
}

fn serving(vitals: &Vitals) -> String {
    let publications = vitals
        .board
        .get()
        .map(|board| board.publications())
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

/// One line, and not too long a one.
pub(super) fn line(text: &str) -> String {
    let one: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if one.chars().count() > LONGEST {
        one.chars()
            .take(LONGEST - 1)
            .chain(std::iter::once('…'))
            .collect()
    } else {
        one
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::health::{About, Sample};
    use crate::mesh::{Board, ClaimState};

    fn vitals(procedures: &[&str]) -> Arc<Vitals> {
        let about = About {
            name: "hecate-echo",
            version: "1",
            description: "",
        };
        let vitals = Vitals::new(about, "{}");
        let procedures = procedures.iter().map(|p| (*p).to_owned());
        let board = Board::new("a", procedures, ClaimState::Unsent);
        vitals.board.set(Arc::new(board)).unwrap();
        vitals
    }

    #[test]
    fn it_says_what_is_served_as_the_stations_acknowledge_it() {
        let vitals = vitals(&["a/b", "a/c"]);
        assert_eq!(status(&vitals), "starting: config");
        vitals.enter(Stage::Live);
        assert_eq!(
            status(&vitals),
            "live; no station has acknowledged any of 2 capabilities yet"
        );
        let board = vitals.board.get().unwrap();
        board.acknowledged("a/b", [1; 32]);
        assert_eq!(status(&vitals), "serving 1 of 2: a/b");
        board.acknowledged("a/c", [1; 32]);
        assert_eq!(status(&vitals), "serving a/b, a/c");
        vitals.enter(Stage::Draining);
        assert_eq!(status(&vitals), "draining");
    }

    #[test]
    fn a_reason_is_said_in_one_line_however_long() {
        let vitals = vitals(&[]);
        vitals.enter(Stage::Live);
        assert_eq!(status(&vitals), "live, without a mesh");
        let long = format!("the index\nis gone: {}", "ä".repeat(400));
        vitals.sample.send_replace(Some(Sample {
            health: Health::degraded(long),
            at: Instant::now(),
        }));
        let text = status(&vitals);
        assert!(
            text.starts_with("degraded: the index is gone: ää"),
            "{text}"
        );
        assert_eq!(text.chars().count(), LONGEST);
        assert!(text.ends_with('…') && !text.contains('\n'));
    }
}
