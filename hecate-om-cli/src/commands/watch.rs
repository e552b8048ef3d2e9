//! `watch`: the facts of a topic as they come.

use std::time::{Duration, SystemTime};

use clap::Args;
use hecate_om::fact::{Delivery, FactMetadata, Subscriber};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::publish::topic;
use crate::flags::MeshFlags;
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::output::{Failure, Output, Reader, note};
use crate::value_parsers::{duration, length};

/// Longer than anybody watches.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Topic, `<org>/<app>/<thing_happened>_v<N>`
    #[arg(value_parser = topic)]
    topic: String,
    /// Exit after this many facts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Exit after this time, at most 24h
    #[arg(long, value_parser = length)]
    duration: Option<Duration>,
    /// Time limit for a station to accept the subscription, at most 10m
    #[arg(long, default_value = "30s", value_parser = duration)]
    timeout: Duration,
}

/// What is said of one thing that was heard.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Fact {
        topic: &'a str,
        publisher: String,
        published_at: String,
        fact: &'a Value,
    },
    /// From now on facts may be missed.
    Interrupted { since: String, reason: &'a str },
    /// Facts may have been missed.
    Gap {
        from: String,
        to: String,
        reason: &'a str,
    },
}

/// How many were heard.
#[derive(Debug, Default)]
struct Count {
    facts: u64,
    gaps: u64,
}

pub(crate) async fn run(
    watch: &WatchArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let client = mesh.connect().await?;
    let mut interrupt = Interrupt::listen()?;
    let begun = Instant::now();
    let mut count = Count::default();
    let ended = match client.mesh().subscribe(&watch.topic) {
        Ok(heard) => {
            watch
                .follow(heard, &mut count, &mut interrupt, output)
                .await
        }
        Err(error) => Err(error.into()),
    };
    client.close().await;
    if ended.is_ok() {
        // Beside what was heard, not in it: who reads that reads facts.
        note(&count.text(begun.elapsed()));
    }
    ended
}

impl WatchArgs {
    async fn follow(
        &self,
        mut heard: Subscriber<Json>,
        count: &mut Count,
        interrupt: &mut Interrupt,
        output: &Output,
    ) -> Result<(), Failure> {
        tokio::select! {
            carried = tokio::time::timeout(self.timeout, heard.subscribed()) => {
                carried.map_err(|_| Failure::unsubscribed(&self.topic, self.timeout))?;
            }
            () = interrupt.received() => return Ok(()),
        }
        note(&format!("watching {}; press Ctrl-C to stop", self.topic));
        let over = tokio::time::sleep(self.duration.unwrap_or(FOREVER));
        tokio::pin!(over);
        loop {
            let (heard, event) = tokio::select! {
                next = heard.next() => match next {
                    Some(next) => next,
                    None => return Err(Failure::new("failed", "the mesh was closed")),
                },
                () = &mut over => return Ok(()),
                () = interrupt.received() => return Ok(()),
            };
            count.take(&heard);
            let reader = say(&heard, &event, output)?;
            if reader == Reader::Gone || self.count.is_some_and(|most| count.facts >= most) {
                return Ok(());
            }
        }
    }
}

fn say(heard: &Delivery<Json>, event: &FactMetadata, output: &Output) -> Result<Reader, Failure> {
    let line = match heard {
        Delivery::Fact(Json(fact)) => Line::Fact {
            topic: event.topic(),
            publisher: event.publisher().to_string(),
            published_at: time(event.published_at()),
            fact,
        },
        Delivery::Interrupted { since, reason } => Line::Interrupted {
            since: time(*since),
            reason,
        },
        Delivery::Gap { from, to, reason } => Line::Gap {
            from: time(*from),
            to: time(*to),
            reason,
        },
    };
    output.item(&line, || line.text())
}

impl Line<'_> {
    fn text(&self) -> String {
        match self {
            Self::Fact {
                publisher,
                published_at,
                fact,
                ..
            } => {
                let node = publisher.get(..12).unwrap_or(publisher);
                format!("{published_at}  {node}  {fact}")
            }
            Self::Interrupted { since, reason } => {
                format!("{since}  subscription interrupted: {reason}")
            }
            Self::Gap { from, to, reason } => {
                format!("{to}  facts may have been missed since {from}: {reason}")
            }
        }
    }
}

impl Count {
    fn take(&mut self, heard: &Delivery<Json>) {
        match heard {
            Delivery::Fact(_) => self.facts += 1,
            Delivery::Gap { .. } => self.gaps += 1,
            Delivery::Interrupted { .. } => {}
        }
    }

    fn text(&self, elapsed: Duration) -> String {
        let missed = match self.gaps {
            0 => String::new(),
            1 => "; facts may have been missed once".into(),
            n => format!("; facts may have been missed {n} times"),
        };
        let facts = match self.facts {
            1 => "1 fact".into(),
            n => format!("{n} facts"),
        };
        format!("{facts} in {:.1} s{missed}", elapsed.as_secs_f64())
    }
}

/// A time of another's clock; one that no calendar has is its beginning.
fn time(at: SystemTime) -> String {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    let at = at.clamp(SystemTime::UNIX_EPOCH, last);
    humantime::format_rfc3339_millis(at).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_heard_is_a_line_for_people_and_for_programs() {
        let fact = json!({"order": 1});
        let line = Line::Fact {
            topic: "acme/shop/order_placed_v1",
            publisher: "00ff".repeat(16),
            published_at: time(SystemTime::UNIX_EPOCH),
            fact: &fact,
        };
        assert_eq!(
            line.text(),
            r#"1970-01-01T00:00:00.000Z  00ff00ff00ff  {"order":1}"#
        );
        let line = serde_json::to_value(&line).unwrap();
        assert_eq!((&line["event"], &line["fact"]), (&json!("fact"), &fact));
        let gap = Line::Gap {
            from: "a".into(),
            to: "b".into(),
            reason: "c",
        };
        assert_eq!(
            serde_json::to_value(&gap).unwrap(),
            json!({"event": "gap", "from": "a", "to": "b", "reason": "c"})
        );
    }

    #[test]
    fn no_clock_is_too_wrong_to_be_shown() {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(time(far), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn the_summary_says_what_may_have_been_missed() {
        let count = Count { facts: 3, gaps: 2 };
        assert!(
            count
                .text(Duration::from_secs(2))
                .contains("missed 2 times")
        );
    }
}
