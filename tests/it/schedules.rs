//! Scheduled runs: they continue after failures, never overlap, and end with the drain.

use std::path::PathBuf;

use hecate_om_tests::{Sandbox, Service, until};

/// Starts a trial; returns it with the file that controls its runs.
fn start(machine: &Sandbox) -> (Service, PathBuf) {
    let state = machine.path().join("trial");
    let trial = Service::start(
        machine
            .service("hecate-trial")
            .env("HECATE_STATE_DIR", &state)
            .env("HECATE_DRAIN_MAX", "60s"),
    );
    (trial, state.join("tick"))
}

fn metric(trial: &Service, name: &str, labels: &[(&str, &str)]) -> f64 {
    let tick = [("schedule", "trial.tick")];
    let labels: Vec<_> = tick.into_iter().chain(labels.iter().copied()).collect();
    trial.metrics().value(name, &labels)
}

fn until_increased(trial: &Service, name: &str, labels: &[(&str, &str)]) {
    let before = metric(trial, name, labels);
    until(&format!("more of {name} {labels:?}"), || {
        match metric(trial, name, labels) {
            n if n > before => Ok(()),
            n => Err(n),
        }
    });
}

#[test]
fn runs_continue_after_a_panic_and_an_error_and_are_counted() {
    let machine = Sandbox::new();
    let (mut trial, file) = start(&machine);
    let runs = "hecate_schedule_runs_total";
    until_increased(&trial, runs, &[("outcome", "ok")]);
    for (content, outcome) in [("panic", "panicked"), ("fail", "failed"), ("", "ok")] {
        std::fs::write(&file, content).unwrap();
        until_increased(&trial, runs, &[("outcome", outcome)]);
    }
    trial
        .process
        .ensure_logged("the run panicked panic=as requested");
    trial
        .process
        .ensure_logged("the run failed error=as requested");
    let series = trial.metrics().series();
    let aged = |schedule: &str| {
        series.iter().any(|(name, labels)| {
            name == "hecate_schedule_last_success_age_seconds"
                && labels.get("schedule").is_some_and(|name| name == schedule)
        })
    };
    assert!(aged("trial.tick"));
    assert!(!aged("yearly"), "which has not run");
}

#[test]
fn a_long_run_skips_others_and_the_drain_waits_for_it() {
    let machine = Sandbox::new();
    let (mut trial, file) = start(&machine);
    let held = || metric(&trial, "hecate_schedule_running", &[]);
    std::fs::write(&file, "hold").unwrap();
    until("held", || if held() > 0.0 { Ok(()) } else { Err(()) });
    let runs = "hecate_schedule_runs_total";
    let before = metric(&trial, runs, &[("outcome", "ok")]);
    // Several periods must pass without another run.
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(metric(&trial, runs, &[("outcome", "ok")]), before);
    std::fs::write(&file, "").unwrap();
    until("left out", || {
        match metric(
            &trial,
            "hecate_schedule_skipped_total",
            &[("reason", "overran")],
        ) {
            n if n >= 2.0 => Ok(()),
            n => Err(n),
        }
    });

    std::fs::write(&file, "hold").unwrap();
    until("held", || if held() > 0.0 { Ok(()) } else { Err(()) });
    trial.process.catch_up();
    trial.process.signal("TERM");
    trial.process.wait_for("draining");
    std::fs::write(&file, "").unwrap();
    let (status, log) = trial.process.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert_eq!(log.matches("the held run has ended").count(), 2, "{log}");
}
