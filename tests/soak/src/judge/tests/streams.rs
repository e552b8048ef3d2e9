//! Promises about streams.

use super::*;

#[test]
fn a_stream_that_ends_early_without_an_error_is_found() {
    let opened = || {
        let opening = opening("a", CallKind::ServerStreaming, 10);
        Script::default()
            .at(0, "c1.1", opening)
            .at(10, "alpha-1.1", started("a"))
            .at(20, "alpha-1.1", finished("a", 0))
    };
    opened()
        .at(30, "c1.1", outcome("a", Outcome::Ok))
        .keeps_all();
    let truncated = outcome("a", Outcome::Wrong("5 items instead of 10".to_owned()));
    opened()
        .at(30, "c1.1", truncated)
        .breaks("streams_are_whole");
}

#[test]
fn a_partial_upload_that_looks_whole_is_found() {
    let opening = opening("a", CallKind::ClientStreaming, 10);
    let script = Script::default().at(0, "c1.1", opening);
    script
        .at(10, "alpha-1.1", started("a"))
        .at(20, "alpha-1.1", finished("a", 9))
        .breaks("streams_are_whole");
}

#[test]
fn a_handler_that_outlives_its_stream_is_found() {
    let left = || {
        let opening = opening("a", CallKind::ServerStreaming, 10);
        Script::default()
            .at(0, "c1.1", opening)
            .at(10, "alpha-1.1", started("a"))
            .at(30, "c1.1", outcome("a", Outcome::Left))
    };
    later(left()).breaks("streams_end_on_both_sides");
    let dropped = Record::Dropped {
        call: "a".to_owned(),
    };
    later(left().at(40, "alpha-1.1", dropped)).keeps_all();
}

#[test]
fn a_stream_that_hides_the_failure_of_its_handler_is_found() {
    let mut opening = opening("a", CallKind::ServerStreaming, 10);
    if let Record::Request { expected, .. } = &mut opening {
        *expected = Expected::Failure(Failure::Refusal);
    }
    let truncated = outcome("a", Outcome::Wrong("5 items instead of 10".to_owned()));
    Script::default()
        .at(0, "c1.1", opening)
        .at(10, "alpha-1.1", started("a"))
        .at(30, "c1.1", truncated)
        .breaks("streams_are_whole");
}

#[test]
fn a_stream_that_stands_still_is_found_even_if_its_provider_has_ended() {
    let stood_still = |fault: &str, target: &str| {
        let opening = opening("a", CallKind::ServerStreaming, 10);
        let dropped = Record::Dropped {
            call: "a".to_owned(),
        };
        Script::default()
            .at(0, "c1.1", opening)
            .at(10, "alpha-1.1", started("a"))
            .at(20, "alpha-1.1", dropped)
            .fault(15, 40, fault, target, false)
            .at(60_000, "c1.1", error("a", "still"))
    };
    stood_still("kill", "alpha-1").breaks("every_call_ends");
    stood_still("cut", "c2").breaks("every_call_ends");
    stood_still("cut", "c1").keeps_all();
    stood_still("stop_stations", "stations").keeps_all();
}
