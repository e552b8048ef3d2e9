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

/// Facts of a publisher arrive in their order if both nodes have one station, and none twice. After
/// a lost link, facts whose arrival is not known are sent again, behind later ones.
pub(super) fn facts_keep_their_order(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (subscriber, publisher, arrivals) in arrivals(model) {
        let mut seen = BTreeSet::new();
        let mut last: Option<(u64, u64)> = None;
        for (at, number) in arrivals.iter().filter_map(Arrival::fact) {
            let twice = !seen.insert(number);
            let late = have_one_station(subscriber, publisher)
                && last.is_some_and(|(since, before)| {
                    before > number
                        && model.calm(since.min(published_at(model, publisher, number)), at, true)
                });
            if twice || late {
                let before = last.map_or(0, |(_, before)| before);
                texts.push(format!(
                    "{subscriber} received {number} of {publisher} after {before}"
                ));
            }
            last = Some((at, number));
        }
    }
    texts
}

/// Returns whether facts from `publisher` to `subscriber` have one way.
fn have_one_station(subscriber: &str, publisher: &str) -> bool {
    [subscriber, publisher]
        .iter()
        .all(|process| homes_of(process).len() == 1)
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
        for (number, _) in accepted.into_iter().flatten() {
            let before = positions.range(..number).next_back();
            let after = positions.range(number..).next();
            let (Some((_, before)), Some((arrived, after))) = (before, after) else {
                continue;
            };
            let window = &arrivals[*before.min(after)..=*before.max(after)];
            let times = (window[0].at, window[window.len() - 1].at);
            let published = published_at(model, publisher, *number);
            let reported = arrivals[..=*before.max(after)]
                .iter()
                .any(|arrival| arrival.number.is_none() && arrival.at >= published);
            if arrived != number && !reported && !model.clock_set(times.0, times.1) {
                texts.push(format!(
                    "{subscriber} did not receive {number} of {publisher} before {}, and no gap",
                    times.1
                ));
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
    let published = facts.and_then(|facts| facts.published.iter().find(|(_, of)| *of == number));
    published.map_or(0, |(at, _)| *at)
}

/// A fact that is published while everything has recovered reaches every service at its station.
pub(super) fn facts_arrive_in_calm(model: &Model) -> Vec<String> {
    let mut texts = Vec::new();
    for (index, round) in model.rounds.iter().enumerate() {
        let Some((settled, _)) = &round.settled else {
            continue;
        };
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
fn received(model: &Model, subscriber: &str, publisher: &str) -> BTreeSet<u64> {
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
            let published = model.facts.get(publisher).is_some_and(|facts| {
                facts
                    .published
                    .iter()
                    .any(|(_, published)| published == number)
            });
            if !published {
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
