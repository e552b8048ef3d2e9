//! Promises about what a process holds, counts and logs.

use super::*;
use crate::history::Held;

fn sample(script: Script, at: u64, name: &str, value: f64) -> Script {
    let (process, name) = ("alpha-1.1".to_owned(), name.to_owned());
    script.event(
        at,
        Record::Sample {
            process,
            name,
            value,
        },
    )
}

#[test]
fn what_grows_while_idle_is_found() {
    for name in ["descriptors", "threads", "memory_mib"] {
        let steady = sample(Script::default(), 0, name, 10.0);
        sample(steady, 10, name, 12.0).keeps_all();
        let growing = sample(Script::default(), 0, name, 10.0);
        sample(growing, 10, name, 500.0).breaks("nothing_leaks");
    }
}

#[test]
fn what_grows_a_little_in_each_round_is_found() {
    let series = |grows: f64| {
        (0_u32..60).fold(Script::default(), |script, round| {
            let value = 100.0 + grows * f64::from(round / 2 * 2);
            sample(script, u64::from(round) * 1_000, "memory_mib", value)
        })
    };
    series(0.1).keeps_all();
    series(1.0).breaks("nothing_leaks");
}

#[test]
fn tasks_and_allocations_that_stay_are_found() {
    let before = Held {
        tasks: 40,
        allocations: 5_000,
        bytes: 5_000_000,
    };
    let idle = |script: Script, at, held| {
        let script = script.at(at - 100, "alpha-1.1", Record::Held(held));
        sample(script, at, "threads", 10.0)
    };
    let holds = |held| idle(idle(Script::default(), 1_000, before), 2_000, held);
    holds(Held {
        tasks: 50,
        allocations: 6_000,
        bytes: 6_000_000,
    })
    .keeps_all();
    let mut more = [before; 3];
    more[0].tasks = 70;
    more[1].allocations = 14_000;
    more[2].bytes = 30_000_000;
    for held in more {
        holds(held).breaks("nothing_leaks");
    }
}

#[test]
fn a_caller_may_hold_less_than_a_service_and_the_facts_of_a_flood_are_not_a_leak() {
    let held = |allocations| {
        Record::Held(Held {
            tasks: 40,
            allocations,
            bytes: 5_000_000,
        })
    };
    let idle = |script: Script, process: &'static str, at, allocations| {
        let script = script.at(at - 100, process, held(allocations));
        let record = Record::Sample {
            process: process.to_owned(),
            name: "threads".to_owned(),
            value: 10.0,
        };
        script.event(at, record)
    };
    let grown =
        |script: Script, process| idle(idle(script, process, 1_000, 1_000), process, 5_000, 4_000);
    grown(Script::default(), "alpha-1.1").keeps_all();
    grown(Script::default(), "c1.1").breaks("nothing_leaks");

    let held = idle(Script::default(), "alpha-1.1", 1_000, 1_000);
    let flood = (0..1_000).fold(held, |script, number| {
        let (topic, publisher) = ("t".to_owned(), "alpha-1.1".to_owned());
        let publish = Record::Publish {
            topic: topic.clone(),
            publisher: publisher.clone(),
            number,
        };
        let published = Record::Published {
            topic,
            publisher,
            number,
            error: None,
        };
        let at = 2_000 + number;
        script
            .at(at, "alpha-1.1", publish)
            .at(at, "alpha-1.1", published)
    });
    idle(flood, "alpha-1.1", 5_000, 15_000).keeps_all();
}

#[test]
fn a_gauge_that_stays_up_is_found() {
    sample(Script::default(), 0, "hecate_streams_open", 0.0).keeps_all();
    sample(Script::default(), 0, "hecate_streams_open", 1.0)
        .breaks("nothing_is_in_progress_when_idle");
}

#[test]
fn a_count_that_differs_from_the_history_is_found() {
    sample(answered("a"), 100, "calls soak.add", 1.0).keeps_all();
    sample(answered("a"), 100, "calls soak.add", 2.0).breaks("metrics_agree");
}

#[test]
fn a_panic_in_a_log_is_found() {
    let bad = Record::BadLine {
        process: "alpha-1.1".to_owned(),
        line: "thread panicked".to_owned(),
    };
    Script::default().event(0, bad).breaks("no_panics");
}

#[test]
fn a_process_that_works_while_idle_is_found() {
    sample(Script::default(), 0, "processor_share", 0.1).keeps_all();
    sample(Script::default(), 0, "processor_share", 0.9).breaks("idle_means_idle");
    sample(Script::default(), 0, "log_lines", 9_000.0).breaks("idle_means_idle");
}

#[test]
fn facts_items_and_runs_that_are_not_counted_are_found() {
    for name in [
        "heard",
        "published",
        "ticks",
        "outgoing",
        "items_sent soak.add",
    ] {
        sample(Script::default(), 5_000, name, 0.0).keeps_all();
    }
    for name in ["heard", "published", "ticks", "outgoing"] {
        sample(Script::default(), 5_000, name, 1.0).breaks("metrics_agree");
    }
    let tick = Record::Tick { running: 1 };
    let ticked = |value| {
        let script = Script::default().at(2_000, "alpha-1.1", tick.clone());
        sample(script, 5_000, "ticks", value)
    };
    ticked(1.0).keeps_all();
    ticked(0.0).breaks("metrics_agree");
}

#[test]
fn a_histogram_that_differs_from_its_counter_is_found() {
    let difference = |value| {
        let name = "histogram_difference hecate_calls_total alpha/soak.add";
        sample(Script::default(), 0, name, value)
    };
    difference(0.0).keeps_all();
    difference(1.0).breaks("histograms_agree");
}

#[test]
fn an_advertisement_that_a_station_lacks_is_found() {
    let advertised = |stations| sample(Script::default(), 0, "advertised_stations", stations);
    advertised(2.0).keeps_all();
    advertised(1.0).breaks("advertised_at_each_station");
    advertised(1.0)
        .fault(0, 1, "close_station", "b", false)
        .keeps_all();
}

#[test]
fn a_station_that_remembers_what_has_ended_is_found() {
    for (count, most) in [
        ("links", 7.0),
        ("held_links", 7.0),
        ("procedures", 60.0),
        ("subscriptions", 3.0),
        ("streams", 0.0),
        ("pending_calls", 0.0),
    ] {
        let counts = |number| {
            let name = format!("station_{count} of a");
            sample(Script::default(), 0, &name, number)
        };
        counts(most).keeps_all();
        counts(most + 1.0).breaks("stations_forget_what_has_ended");
    }
}

#[test]
fn a_station_remembers_an_unanswered_call_for_some_seconds() {
    let pending = |at| {
        let made = Script::default().at(0, "c1.1", request("a"));
        let unanswered = made.at(TIMEOUT, "c1.1", error("a", "timeout"));
        let lost = unanswered.fault(0, 500, "cut", "c1", false);
        sample(lost, at, "station_pending_calls of a", 1.0)
    };
    pending(TIMEOUT + 9_000).keeps_all();
    pending(TIMEOUT + 12_000).breaks("stations_forget_what_has_ended");
}

#[test]
fn a_station_may_hold_more_for_each_record() {
    let held = |allocations| {
        Record::Held(Held {
            tasks: 40,
            allocations,
            bytes: 5_000_000,
        })
    };
    let station = |script: Script, at, name: &str, value| {
        let (process, name) = ("stations.1".to_owned(), name.to_owned());
        let record = Record::Sample {
            process,
            name,
            value,
        };
        script.event(at, record)
    };
    let measured = |script: Script, at, allocations, records| {
        let script = script.at(at, "stations.1", held(allocations));
        let script = station(script, at + 1, "threads", 10.0);
        station(script, at + 2, "station_records of a", records)
    };
    let grown = |records| {
        let before = measured(Script::default(), 1_000, 1_000, 100.0);
        measured(before, 5_000, 6_000, records)
    };
    grown(140.0).keeps_all();
    grown(100.0).breaks("nothing_leaks");
}

#[test]
fn a_call_that_ends_after_a_measurement_may_be_missing_in_it() {
    sample(answered("a"), 0, "calls soak.add", 0.0).keeps_all();
    sample(answered("a"), 5_000, "calls soak.add", 1.0).keeps_all();
    sample(answered("a"), 5_000, "calls soak.add", 0.0).breaks("metrics_agree");
}
