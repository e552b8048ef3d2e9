//! `watch`: prints the facts of a topic as they arrive.

use std::time::{Duration, SystemTime};

use clap::Args;
use hecate_om::fact::{Delivery, FactId, FactMetadata, Subscriber};
use hecate_om_gateway::json::Json;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::publish::topic;
use crate::flags::MeshFlags;
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output, Pipe, print_note};
use crate::terminal::one_line;
use crate::value_parsers::{duration, length};

/// Duration of a subscription without `--duration`.
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

/// An event in the output.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum WatchEvent<'a> {
    Fact {
        topic: &'a str,
        publisher: String,
        published_at: String,
        /// Id of a fact that was published by its type.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<FactId>,
        fact: &'a Value,
    },
    /// No station has the subscription; facts may be missed from now on.
    Interrupted { since: String, reason: &'a str },
    /// A station has the subscription again; facts may have been missed.
    Gap {
        from: String,
        to: String,
        reason: &'a str,
    },
}

/// Number of received facts, and of gaps.
#[derive(Debug, Default)]
struct FactCounts {
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
    let started = Instant::now();
    let mut count = FactCounts::default();
    let result = match client.mesh().subscribe(&watch.topic) {
        Ok(subscriber) => {
            watch
                .follow(subscriber, &mut count, &mut interrupt, output)
                .await
        }
        Err(error) => Err(error.into()),
    };
    client.close().await;
    if result.is_ok() {
        // On standard error, because standard output has only events.
        print_note(&count.text(started.elapsed()));
    }
    result
}

impl WatchArgs {
    async fn follow(
        &self,
        mut subscriber: Subscriber<Json>,
        count: &mut FactCounts,
        interrupt: &mut Interrupt,
        output: &Output,
    ) -> Result<(), Failure> {
        tokio::select! {
            carried = tokio::time::timeout(self.timeout, subscriber.subscribed()) => {
                carried.map_err(|_| Failure::unsubscribed(&self.topic, self.timeout))?;
            }
            () = interrupt.received() => return Ok(()),
        }
        print_note(&format!("watching {}; press Ctrl-C to stop", self.topic));
        let over = tokio::time::sleep(self.duration.unwrap_or(FOREVER));
        tokio::pin!(over);
        loop {
            let (delivery, event) = tokio::select! {
                next = subscriber.next() => match next {
                    Some(next) => next,
                    None => return Err(Failure::new("failed", "the mesh was closed")),
                },
                () = &mut over => return Ok(()),
                () = interrupt.received() => return Ok(()),
            };
            count.add(&delivery);
            let pipe = print(&delivery, &event, output)?;
            if pipe == Pipe::Closed || self.count.is_some_and(|most| count.facts >= most) {
                return Ok(());
            }
        }
    }
}

fn print(
    delivery: &Delivery<Json>,
    event: &FactMetadata,
    output: &Output,
) -> Result<Pipe, Failure> {
    let line = match delivery {
        Delivery::Fact(Json(fact)) => WatchEvent::Fact {
            topic: event.topic(),
            publisher: event.publisher().to_string(),
            published_at: time(event.published_at()),
            id: event.id(),
            fact,
        },
        Delivery::Interrupted { since, reason } => WatchEvent::Interrupted {
            since: time(*since),
            reason,
        },
        Delivery::Gap { from, to, reason } => WatchEvent::Gap {
            from: time(*from),
            to: time(*to),
            reason,
        },
    };
    output.print_item(&line, || line.text())
}

impl WatchEvent<'_> {
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
                format!("{since}  subscription interrupted: {}", one_line(reason))
            }
            Self::Gap { from, to, reason } => {
                let reason = one_line(reason);
                format!("{to}  facts may have been missed since {from}: {reason}")
            }
        }
    }
}

impl FactCounts {
    fn add(&mut self, delivery: &Delivery<Json>) {
        match delivery {
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

/// Formats a publisher's time, limited to the range that RFC 3339 can represent.
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
    fn an_event_is_a_line_for_people_and_for_programs() {
        let fact = json!({"order": 1});
        let line = WatchEvent::Fact {
            topic: "acme/shop/order_placed_v1",
            publisher: "00ff".repeat(16),
            published_at: time(SystemTime::UNIX_EPOCH),
            id: Some(FactId::from_bytes([7; 16])),
            fact: &fact,
        };
        assert_eq!(
            line.text(),
            r#"1970-01-01T00:00:00.000Z  00ff00ff00ff  {"order":1}"#
        );
        let line = serde_json::to_value(&line).unwrap();
        assert_eq!((&line["event"], &line["fact"]), (&json!("fact"), &fact));
        assert_eq!(line["id"], "07".repeat(16));
        let gap = WatchEvent::Gap {
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
    fn a_time_out_of_range_is_limited() {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(time(far), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn the_summary_reports_gaps() {
        let count = FactCounts { facts: 3, gaps: 2 };
        assert!(
            count
                .text(Duration::from_secs(2))
                .contains("missed 2 times")
        );
    }
}
