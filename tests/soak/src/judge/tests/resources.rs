//! Promises about what a process holds, counts and logs.

use super::*;

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
fn tasks_that_stay_after_their_calls_are_found() {
    let tick = |script: Script, at, tasks| {
        let running = 1;
        script.at(at, "alpha-1.1", Record::Tick { running, tasks })
    };
    let idle = |script: Script, at| sample(script, at, "threads", 10.0);
    let first = idle(tick(Script::default(), 900, 40), 1_000);
    idle(tick(first, 1_900, 50), 2_000).keeps_all();
    let first = idle(tick(Script::default(), 900, 40), 1_000);
    idle(tick(first, 1_900, 500), 2_000).breaks("nothing_leaks");
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
fn facts_that_are_not_counted_are_found() {
    sample(Script::default(), 0, "heard", 0.0).keeps_all();
    sample(Script::default(), 0, "heard", 50.0).breaks("metrics_agree");
}
