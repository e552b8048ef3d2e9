//! Promises about facts and schedules.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Model, Process};
use super::readiness::homes_of;
use crate::history::Delivered;

/// Longest time between two runs of the schedule in calm, in milliseconds.
const LONGEST_PAUSE: u64 = 5_000;

/// Time in which subscriptions are renewed after everything has recovered, in milliseconds.
const SUBSCRIBED: u64 = 10_000;

/// Time in which all links are up again after everything has recovered, in milliseconds.
const RELINKED: u64 = 30_000;

/// Time in which a fact arrives.
const ARRIVES: u64 = 3_000;

/// Longest time for which the SDK does not know whether a station has read a fact, in milliseconds:
/// a link ends when the second of two liveness probes is not answered in 30 s, and each follows the
/// end of the one before after 30 s.
const UNCONFIRMED_TIME: u64 = 120_000;

/// Part of the text about a fact that the SDK has sent again: see "Facts that are sent again arrive
/// late" in `docs/upstream.md`.
pub(super) const UNCONFIRMED: &str = "unconfirmed when its publisher lost its link";

/// Facts of a publisher with one station arrive in their order, and none twice.
pub(super) fn facts_keep_their_order(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (subscriber, publisher, arrivals) in arrivals(model) {
        let mut seen = BTreeSet::new();
        let mut last: Option<u64> = None;
        for (at, number) in arrivals.iter().filter_map(Arrival::fact) {
            let twice = !seen.insert(number);
            let late = has_one_station(publisher) && last.is_some_and(|before| before > number);
            if twice || late {
                let before = last.unwrap_or_default();
                let text = format!("{subscriber} received {number} of {publisher} after {before}");
                let is_unconfirmed = !twice && was_unconfirmed(model, publisher, number, at);
                texts.push(explained(text, is_unconfirmed));
            }
            last = Some(number);
        }
    }
    texts
}

/// Returns whether the publisher lost its only station so shortly after the publication that the
/// SDK may have sent the fact again, before the time `until`.
fn was_unconfirmed(model: &Model, publisher: &str, number: u64, until: u64) -> bool {
    let published = published_at(model, publisher, number);
    // The publisher's own subscription may record the loss later than the fact arrives.
    let until = until + model.stretched(ARRIVES, until, until + ARRIVES);
    let own = model.deliveries.get(publisher).into_iter().flatten();
    let mut losses = own.filter(|(_, delivered)| *delivered == Delivered::Interrupted);
    // A service that drains has unsubscribed, and records no loss.
    let process = model.processes.get(publisher);
    let drained = process.and_then(|process| process.signalled("TERM"));
    let unseen =
        drained.is_some_and(|since| since <= until && model.disturbed(&[publisher], since, until));
    let may_be_lost = drained.is_some_and(|since| since <= published + UNCONFIRMED_TIME);
    (unseen && may_be_lost)
        || losses.any(|(lost, _)| {
            let longest = model.stretched(UNCONFIRMED_TIME, published, *lost);
            (published..=published + longest).contains(lost) && *lost <= until
        })
}

fn explained(text: String, is_unconfirmed: bool) -> String {
    if is_unconfirmed {
        format!("{text}, {UNCONFIRMED}")
    } else {
        text
    }
}

fn has_one_station(process: &str) -> bool {
    homes_of(process).len() == 1
}

/// Returns whether facts from `publisher` to `subscriber` have one way.
pub(super) fn have_one_station(subscriber: &str, publisher: &str) -> bool {
    has_one_station(subscriber) && has_one_station(publisher)
}

/// A fact that never arrives, although earlier and later ones do, is reported: by an error to its
/// publisher, or by a gap to its subscriber, after the fact was published and before the next one
/// arrives. Facts from or to a node with a wrong clock are refused. Nodes with several stations may
/// have none in common for a while.
pub(super) fn lost_facts_are_reported(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    let of_one_station = |(subscriber, publisher, _): &(&str, &str, Vec<Arrival>)| {
        have_one_station(subscriber, publisher)
    };
    for (subscriber, publisher, arrivals) in arrivals(model).into_iter().filter(of_one_station) {
        let positions: BTreeMap<u64, usize> = arrivals
            .iter()
            .enumerate()
            .filter_map(|(position, arrival)| Some((arrival.fact()?.1, position)))
            .collect();
        let accepted = model.facts.get(publisher).map(|facts| &facts.accepted);
        // Facts from before the subscription may still arrive, if they are sent again.
        let first = model.deliveries.get(subscriber).and_then(|all| all.first());
        let subscribed = first.map_or(u64::MAX, |(at, _)| *at);
        let accepted = accepted.into_iter().flatten();
        for (number, _) in accepted.filter(|(_, at)| **at >= subscribed) {
            let before = positions.range(..number).next_back();
            let after = positions.range(number..).next();
            let (Some((_, before)), Some((arrived, after))) = (before, after) else {
                continue;
            };
            if arrived == number {
                continue;
            }
            let window = &arrivals[*before.min(after)..=*before.max(after)];
            let times = (window[0].at, window[window.len() - 1].at);
            let published = published_at(model, publisher, *number);
            let reported = arrivals[..=*before.max(after)]
                .iter()
                .any(|arrival| arrival.number.is_none() && arrival.at >= published);
            if !reported && !model.clock_set(times.0, times.1) {
                let text = format!(
                    "{subscriber} did not receive {number} of {publisher} before {}, and no gap",
                    times.1
                );
                let is_unconfirmed = was_unconfirmed(model, publisher, *number, model.end);
                texts.push(explained(text, is_unconfirmed));
            }
        }
    }
    texts
}

/// After an interruption, a gap precedes the next fact.
pub(super) fn interruptions_end_with_a_gap(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (subscriber, deliveries) in &model.deliveries {
        let mut interrupted = None;
        for (at, delivered) in deliveries {
            match delivered {
                Delivered::Interrupted => interrupted = Some(*at),
                Delivered::Gap => interrupted = None,
                Delivered::Fact { publisher, number } => {
                    if let Some(since) = interrupted.take() {
                        texts.push(format!(
                            "{subscriber} received {number} of {publisher} at {at}, and no gap after the interruption at {since}"
                        ));
                    }
                }
            }
        }
    }
    texts
}

/// A fact of one publisher, or a notice, as it arrived at one subscriber.
struct Arrival {
    at: u64,
    /// The fact's number; `None` for an interruption or a gap.
    number: Option<u64>,
}

impl Arrival {
    fn fact(&self) -> Option<(u64, u64)> {
        self.number.map(|number| (self.at, number))
    }
}

/// Returns what arrived at each subscriber from each publisher, with the subscriber's notices.
fn arrivals(model: &Model) -> Vec<(&str, &str, Vec<Arrival>)> {
    let mut all = Vec::new();
    for (subscriber, deliveries) in &model.deliveries {
        for publisher in model.facts.keys() {
            let arrivals = deliveries.iter().filter_map(|(at, delivered)| {
                let number = match delivered {
                    Delivered::Fact {
                        publisher: of,
                        number,
                    } if of == publisher => Some(*number),
                    Delivered::Fact { .. } => return None,
                    Delivered::Interrupted | Delivered::Gap => None,
                };
                Some(Arrival { at: *at, number })
            });
            all.push((subscriber.as_str(), publisher.as_str(), arrivals.collect()));
        }
    }
    all
}

fn published_at(model: &Model, publisher: &str, number: u64) -> u64 {
    let facts = model.facts.get(publisher);
    let published = facts.and_then(|facts| facts.published.get(&number));
    published.copied().unwrap_or(0)
}

/// A fact that is published while everything has recovered reaches every service at its station.
pub(super) fn facts_arrive_in_calm(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (index, round) in model.rounds.iter().enumerate() {
        let Some((settled, _)) = &round.settled else {
            continue;
        };
        // Some facts of a flood are dropped, and a gap reports them.
        if round.faults.iter().any(|(kind, _, _, _)| kind == "flood") {
            continue;
        }
        let next = model.rounds.get(index + 1);
        let next = next.map_or(model.end, |round| {
            let faults = round.faults.iter().map(|(_, _, at, _)| *at);
            faults.min().unwrap_or(round.at)
        });
        let arrives = next.saturating_sub(model.stretched(ARRIVES, *settled, next));
        for (publisher, facts) in &model.facts {
            for (subscriber, process) in &model.processes {
                // With two stations, a service is ready once it has one of them.
                let limit = if have_one_station(subscriber, publisher) {
                    SUBSCRIBED
                } else {
                    RELINKED
                };
                let calm = settled + model.stretched(limit, *settled, next)..arrives;
                let published = facts.accepted.iter().filter(|(_, at)| calm.contains(at));
                let published: BTreeSet<u64> = published.map(|(number, _)| *number).collect();
                let lives = process.spawned < *settled
                    && process.exited.is_none_or(|(at, _)| at > next)
                    && !process.ticks.is_empty();
                if !lives {
                    continue;
                }
                let received = received(model, subscriber, publisher);
                let lost = published.difference(&received).count();
                if lost > 0 {
                    texts.push(format!(
                        "{subscriber} did not receive {lost} of {} facts of {publisher} after round {}",
                        published.len(),
                        round.number
                    ));
                }
            }
        }
    }
    texts
}

/// Returns the numbers of the publisher's facts that the subscriber received.
pub(super) fn received(model: &Model, subscriber: &str, publisher: &str) -> BTreeSet<u64> {
    let deliveries = model.deliveries.get(subscriber).into_iter().flatten();
    let numbers = deliveries.filter_map(|(_, delivered)| match delivered {
        Delivered::Fact {
            publisher: of,
            number,
        } if of == publisher => Some(*number),
        _ => None,
    });
    numbers.collect()
}

/// A fact that arrives was published.
pub(super) fn facts_were_published(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (subscriber, deliveries) in &model.deliveries {
        for (_, delivered) in deliveries {
            let Delivered::Fact { publisher, number } = delivered else {
                continue;
            };
            let facts = model.facts.get(publisher);
            if !facts.is_some_and(|facts| facts.published.contains_key(number)) {
                texts.push(format!("{subscriber} received {number} of {publisher}"));
            }
        }
    }
    texts
}

/// Runs of a schedule do not overlap.
pub(super) fn schedules_do_not_overlap(model: &Model) -> Vec<String> {
    let overlapping = model.processes.iter().filter_map(|(name, process)| {
        let (at, running) = process.ticks.iter().find(|(_, running)| *running > 1)?;
        Some(format!("{running} runs at once in {name} at {at}"))
    });
    overlapping.collect()
}

/// A schedule runs while its service is live and nothing disturbs it.
pub(super) fn schedules_run(model: &Model) -> Vec<String> {
    let paused = model.processes.iter().filter_map(|(name, process)| {
        let (from, to) = longest_pause(model, process)?;
        Some(format!("no run in {name} for {} ms", to - from))
    });
    paused.collect()
}

fn longest_pause(model: &Model, process: &Process) -> Option<(u64, u64)> {
    let pairs = process.ticks.windows(2);
    pairs.map(|pair| (pair[0].0, pair[1].0)).find(|(from, to)| {
        to - from > model.stretched(LONGEST_PAUSE, *from, *to) && model.calm(*from, *to, true)
    })
}
