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
        deliver(script, 1_000 + number, fact(*number))
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
fn a_fact_out_of_order_is_found_during_a_fault_too_and_at_a_subscriber_with_two_stations() {
    let faulty = facts(&[0, 2, 1, 3, 4]).fault(500, 5_000, "kill", "alpha-1", false);
    faulty.breaks("facts_keep_their_order");
    let of_two = [0, 2, 1, 3, 4].iter().fold(facts(&[]), |script, number| {
        let (topic, delivered) = ("t".to_owned(), fact(*number));
        script.at(2_000, "alpha-1.1", Record::Delivery { topic, delivered })
    });
    of_two.breaks("facts_keep_their_order");
}

/// Checks whether all violations of a history are known faults. Its publisher lost its link at the
/// time `lost`.
#[track_caller]
fn is_known(script: Script, lost: u64, expected: bool) {
    let record = Record::Delivery {
        topic: "t".to_owned(),
        delivered: Delivered::Interrupted,
    };
    let script = script.at(lost, "alpha-2.1", record);
    let violations = judge(&Histories::of(&script.entries));
    assert!(!violations.is_empty());
    let is_known = violations
        .iter()
        .all(|violation| violation.known().is_some());
    assert_eq!(is_known, expected, "{violations:?}");
}

#[test]
fn only_a_fact_that_was_unconfirmed_when_its_publisher_lost_its_link_may_be_late_or_lost() {
    let late = || deliver(facts(&[0, 2, 3, 4]), 200_000, fact(1));
    is_known(late(), 1_001, true);
    is_known(late(), 121_001, true);
    is_known(late(), 1_000, false);
    is_known(late(), 121_002, false);
    // It arrived before the loss.
    is_known(facts(&[0, 2, 1, 3, 4]), 100_000, false);

    is_known(facts(&[0, 2, 3, 4]), 1_500, true);
    is_known(facts(&[0, 2, 3, 4]), 130_000, false);
    is_known(facts(&[0, 1, 1, 2, 3, 4]), 1_500, false);
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

#[test]
fn an_interruption_that_does_not_end_with_a_gap_is_found() {
    let interrupted = || deliver(facts(&[0, 1]), 2_500, Delivered::Interrupted);
    deliver(interrupted(), 2_600, fact(2)).breaks("interruptions_end_with_a_gap");
    let gap = deliver(interrupted(), 2_550, Delivered::Gap);
    deliver(gap, 2_600, fact(2)).keeps_all();
}

#[test]
fn facts_of_a_service_that_stops_are_found_if_they_are_lost() {
    let (publisher, subscriber) = ("alpha-2.1", "beta-1.1");
    let ready = Record::Ready {
        process: subscriber.to_owned(),
        status: 200,
    };
    let term = Record::Signal {
        process: publisher.to_owned(),
        signal: "TERM".to_owned(),
    };
    let exited = Record::Exited {
        process: publisher.to_owned(),
        code: Some(0),
    };
    let publish = Record::Publish {
        topic: "t".to_owned(),
        publisher: publisher.to_owned(),
        number: 0,
    };
    let published = Record::Published {
        topic: "t".to_owned(),
        publisher: publisher.to_owned(),
        number: 0,
        error: None,
    };
    let stopped = || {
        Script::default()
            .event(0, ready.clone())
            .at(10, subscriber, Record::Tick { running: 1 })
            .event(20_000, term.clone())
            .at(20_100, publisher, publish.clone())
            .at(20_150, publisher, published.clone())
            .event(20_200, exited.clone())
            .event(30_000, Record::Idle)
    };
    deliver(stopped(), 20_160, fact(0)).keeps_all();
    stopped().breaks("drains_send_their_facts");
    let unpublished = Script::default()
        .event(20_000, term.clone())
        .at(20_100, publisher, publish.clone())
        .event(20_200, exited.clone());
    unpublished.breaks("drains_send_their_facts");
}

#[test]
fn a_publisher_that_drains_records_no_lost_link() {
    let term = Record::Signal {
        process: "alpha-2.1".to_owned(),
        signal: "TERM".to_owned(),
    };
    let late = || deliver(facts(&[0, 2, 3, 4]), 30_000, fact(1)).event(20_000, term.clone());
    let is_known = |script: Script| {
        let violations = judge(&Histories::of(&script.entries)).into_iter();
        let mut order = violations.filter(|found| found.promise == "facts_keep_their_order");
        order.all(|found| found.known().is_some())
    };
    assert!(!is_known(late()));
    assert!(is_known(late().fault(
        21_000,
        25_000,
        "flap_station",
        "a",
        false
    )));
}
