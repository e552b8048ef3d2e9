//! Promises about facts and schedules.

use super::*;
use crate::history::Delivered;

/// The publication of a fact that a station accepts.
fn publish(script: Script, number: u64, error: Option<&str>) -> Script {
    let (topic, publisher) = ("t".to_owned(), "alpha-2.1".to_owned());
    let at = 1_000 + number;
    let published = Record::Published {
        topic: topic.clone(),
        publisher: publisher.clone(),
        number,
        error: error.map(ToOwned::to_owned),
    };
    let publish = Record::Publish {
        topic,
        publisher,
        number,
    };
    script
        .at(at, "alpha-2.1", publish)
        .at(at, "alpha-2.1", published)
}

fn deliver(script: Script, at: u64, delivered: Delivered) -> Script {
    let topic = "t".to_owned();
    script.at(at, "beta-1.1", Record::Delivery { topic, delivered })
}

fn fact(number: u64) -> Delivered {
    Delivered::Fact {
        publisher: "alpha-2.1".to_owned(),
        number,
    }
}

fn facts(numbers: &[u64]) -> Script {
    let published = (0..5).fold(Script::default(), |script, number| {
        publish(script, number, None)
    });
    numbers.iter().fold(published, |script, number| {
        deliver(script, 2_000 + number, fact(*number))
    })
}

#[test]
fn facts_in_their_order_keep_all_promises() {
    facts(&[0, 1, 2, 3, 4]).keeps_all();
}

#[test]
fn a_fact_out_of_order_or_received_twice_is_found() {
    facts(&[0, 2, 1, 3, 4]).breaks("facts_keep_their_order");
    facts(&[0, 1, 1, 2, 3, 4]).breaks("facts_keep_their_order");
}

#[test]
fn a_lost_fact_is_found_unless_a_gap_reports_it_or_its_publication_failed() {
    facts(&[0, 1, 3, 4]).breaks("lost_facts_are_reported");
    let gap = deliver(facts(&[0, 1]), 2_500, Delivered::Gap);
    deliver(deliver(gap, 2_600, fact(3)), 2_700, fact(4)).keeps_all();
    let failed = publish(facts(&[0, 1, 2, 3, 4]), 5, Some("no link"));
    let published = publish(failed, 6, None);
    deliver(published, 2_900, fact(6)).keeps_all();
}

#[test]
fn a_fact_that_nobody_published_is_found() {
    facts(&[0, 1, 2, 3, 4, 9]).breaks("facts_were_published");
}

#[test]
fn facts_that_stop_arriving_are_found() {
    let tick = Record::Tick { running: 1 };
    let settled = |script: Script| {
        let script = script.fault(100, 200, "kill", "alpha-1", false);
        script
            .at(300, "beta-1.1", tick.clone())
            .event(60_000, Record::Idle)
    };
    let published = |script: Script| {
        let published = Record::Published {
            topic: "t".to_owned(),
            publisher: "alpha-2.1".to_owned(),
            number: 5,
            error: None,
        };
        script.at(20_000, "alpha-2.1", published)
    };
    settled(published(facts(&[0, 1, 2, 3, 4]))).breaks("facts_arrive_in_calm");
    let publish = Record::Publish {
        topic: "t".to_owned(),
        publisher: "alpha-2.1".to_owned(),
        number: 5,
    };
    let whole = published(facts(&[0, 1, 2, 3, 4]).at(20_000, "alpha-2.1", publish));
    settled(deliver(whole, 20_010, fact(5))).keeps_all();
}

#[test]
fn runs_of_a_schedule_that_overlap_or_stop_are_found() {
    let tick = |script: Script, at, running| {
        let tick = Record::Tick { running };
        script.at(at, "alpha-2.1", tick)
    };
    tick(tick(Script::default(), 0, 1), 200, 1).keeps_all();
    tick(Script::default(), 0, 2).breaks("schedules_do_not_overlap");
    tick(tick(Script::default(), 0, 1), 60_000, 1).breaks("schedules_run");
}
