//! Promises about readiness, drains and exits.

use super::*;
use crate::wire::CAPABILITIES;

const PROCESS: &str = "alpha-1.1";

fn process() -> String {
    PROCESS.to_owned()
}

fn signal(script: Script, at: u64, signal: &str) -> Script {
    let (process, signal) = (process(), signal.to_owned());
    script.event(at, Record::Signal { process, signal })
}

fn exited(script: Script, at: u64, code: Option<i32>) -> Script {
    let process = process();
    script.event(at, Record::Exited { process, code })
}

fn ready(script: Script, at: u64, status: u16) -> Script {
    let process = process();
    script.event(at, Record::Ready { process, status })
}

/// A service that was ready and is asked to end at 10 s.
fn drained() -> Script {
    signal(ready(Script::default(), 1_000, 200), 10_000, "TERM")
}

#[test]
fn a_drain_in_time_keeps_all_promises() {
    later(exited(ready(drained(), 10_100, 503), 12_000, Some(0))).keeps_all();
}

#[test]
fn a_slow_drain_and_a_drain_with_an_error_are_found() {
    let unready = || ready(drained(), 10_100, 503);
    exited(unready(), 40_000, Some(0)).breaks("drains_end_in_time");
    exited(unready(), 15_000, Some(1)).breaks("drains_end_in_time");
    later(unready()).breaks("drains_end_in_time");
}

#[test]
fn a_busy_machine_stretches_limits() {
    let ended_late = |slow_at| {
        let twice = signal(ready(drained(), 10_100, 503), 10_300, "TERM");
        let slow = twice.event(slow_at, Record::Slowness { factor: 2.0 });
        exited(slow, 15_000, Some(1))
    };
    ended_late(12_000).keeps_all();
    ended_late(2_000).breaks("second_signals_end_at_once");
}

#[test]
fn a_link_to_a_station_with_another_key_is_found() {
    let advertised = |station: &'static str| {
        let record = Record::Advertised {
            node: "n".to_owned(),
            procedure: "alpha/soak.add".to_owned(),
        };
        Script::default().at(10, station, record)
    };
    advertised("stations.1").keeps_all();
    advertised("impostors.2").breaks("impostors_are_refused");
}

#[test]
fn a_second_signal_without_effect_is_found() {
    let twice = signal(ready(drained(), 10_100, 503), 10_300, "TERM");
    exited(twice, 18_000, Some(0)).breaks("second_signals_end_at_once");
    let twice = signal(ready(drained(), 10_100, 503), 10_300, "TERM");
    exited(twice, 10_400, Some(1)).keeps_all();
}

#[test]
fn an_exit_that_nobody_asked_for_is_found() {
    exited(Script::default(), 10, Some(101)).breaks("no_unexpected_exit");
}

#[test]
fn a_service_that_drains_and_says_ready_is_found() {
    exited(drained(), 15_000, Some(0)).breaks("draining_is_not_ready");
}

#[test]
fn a_service_that_stays_unready_is_found() {
    let unready = vec![process()];
    let script = Script::default().fault(0, 10, "kill", "alpha-1", false);
    script
        .event(100_000, Record::Settled { unready })
        .breaks("ready_in_time");
}

#[test]
fn a_service_that_says_ready_without_a_station_is_found() {
    let cut = || ready(Script::default(), 0, 200).fault(1_000, 31_000, "cut", "alpha-1", false);
    cut().breaks("unready_in_time");
    ready(cut(), 12_000, 503).keeps_all();
}

#[test]
fn a_failed_check_of_a_ready_service_is_found() {
    let failed = |check: &str| {
        Script::default().event(
            10_000,
            Record::Sample {
                process: process(),
                name: format!("failed_{check}: no_provider"),
                value: 500.0,
            },
        )
    };
    failed("probe").breaks("ready_means_answering");
    failed("volley").breaks("ready_means_answering");
    failed("meet").breaks("permits_return");
    failed("probe")
        .fault(9_000, 11_000, "cut", "alpha-1", false)
        .keeps_all();
}

#[test]
fn a_drain_that_outlasts_its_work_is_found() {
    let work = || {
        let asked = ready(Script::default(), 1_000, 200).at(9_990, "c1.1", request("a"));
        let asked = asked.at(10_000, PROCESS, started("a"));
        signal(asked, 10_001, "TERM")
    };
    let done = |at| {
        let script = ready(work(), 10_100, 503).at(at, PROCESS, finished("a", 0));
        script.at(at, "c1.1", outcome("a", Outcome::Ok))
    };
    exited(done(16_000), 17_000, Some(0)).keeps_all();
    exited(done(10_500), 17_000, Some(0)).breaks("drains_end_with_their_work");
}

#[test]
fn a_service_that_is_ready_before_it_is_advertised_is_found() {
    let booted = || {
        let node = Record::Node {
            node: "node".to_owned(),
        };
        Script::default().at(500, PROCESS, node)
    };
    let advertised = |script: Script| {
        CAPABILITIES.iter().fold(script, |script, capability| {
            let advertised = Record::Advertised {
                node: "node".to_owned(),
                procedure: format!("alpha/{capability}"),
            };
            script.at(800, "stations.1", advertised)
        })
    };
    ready(advertised(booted()), 1_000, 200).keeps_all();
    ready(booted(), 1_000, 200).breaks("ready_means_advertised");
}

#[test]
fn a_call_that_a_drain_drops_is_found() {
    let dropped_at = |at| {
        let dropped = Record::Dropped {
            call: "a".to_owned(),
        };
        let made = Script::default()
            .at(9_000, "c1.1", request("a"))
            .at(9_100, PROCESS, started("a"))
            .at(at, PROCESS, dropped);
        signal(ready(made, 1_000, 200), 10_000, "TERM")
    };
    dropped_at(10_200).breaks("drains_finish_calls");
    assert!(!dropped_at(18_500).broken().contains(&"drains_finish_calls"));
}
