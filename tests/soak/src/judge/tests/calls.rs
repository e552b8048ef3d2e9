//! Promises about calls.

use super::*;

#[test]
fn a_call_that_runs_once_and_is_answered_keeps_all_promises() {
    later(answered("a")).keeps_all();
}

#[test]
fn a_run_without_a_call_is_found() {
    let script = answered("a").at(40, "alpha-1.1", started("b"));
    script.breaks("runs_were_asked_for");
}

#[test]
fn a_second_run_is_found_unless_the_call_is_idempotent() {
    answered("a")
        .at(40, "alpha-2.1", started("a"))
        .breaks("at_most_once");
    let put = |script: Script| script.at(10, "alpha-1.1", ran("a", "soak.put", 1, None));
    let made = Script::default().at(0, "c1.1", asked("a", "alpha/soak.put", Expected::Answer));
    let twice = put(put(made)).at(20, "alpha-1.1", finished("a", 0)).at(
        30,
        "c1.1",
        outcome("a", Outcome::Ok),
    );
    twice.keeps_all();
    put(put(twice)).breaks("at_most_once");
}

#[test]
fn a_wrong_answer_is_found() {
    let wrong = outcome("a", Outcome::Wrong("b's".to_owned()));
    let script = running("a").at(20, "alpha-1.1", finished("a", 0));
    script.at(30, "c1.1", wrong).breaks("answers_are_right");
}

#[test]
fn an_answer_without_a_run_is_found() {
    let script = Script::default().at(0, "c1.1", request("a"));
    let script = script.at(30, "c1.1", outcome("a", Outcome::Ok));
    script.breaks("answers_have_run");
}

#[test]
fn a_call_without_an_end_is_found_unless_its_caller_was_killed() {
    later(running("a")).breaks("every_call_ends");
    let killed = running("a")
        .event(
            50,
            Record::Signal {
                process: "c1.1".to_owned(),
                signal: "KILL".to_owned(),
            },
        )
        .event(
            60,
            Record::Exited {
                process: "c1.1".to_owned(),
                code: None,
            },
        );
    later(killed).keeps_all();
}

#[test]
fn a_lost_answer_is_found_unless_a_fault_lost_it() {
    let lost = || {
        running("a").at(20, "alpha-1.1", finished("a", 0)).at(
            TIMEOUT,
            "c1.1",
            error("a", "timeout"),
        )
    };
    lost().breaks("runs_are_answered");
    lost().fault(15, 40, "kill", "alpha-1", false).keeps_all();
    // The answer had left long before.
    lost()
        .fault(2_000, 2_500, "kill", "alpha-1", false)
        .breaks("runs_are_answered");
    // A flood loses none.
    let spawned = Record::Spawned {
        process: "alpha-1.1".to_owned(),
    };
    let lost_by = |fault| {
        lost()
            .event(0, spawned.clone())
            .fault(15, 40, fault, "alpha-1", false)
    };
    lost_by("flood").breaks("runs_are_answered");
    lost_by("cut").keeps_all();
    // A drain loses no answer, unless a second signal or the end of the process cuts it short.
    let term = |script: Script, at| {
        let (process, signal) = ("alpha-1.1".to_owned(), "TERM".to_owned());
        script.event(at, Record::Signal { process, signal })
    };
    let exited = |code| Record::Exited {
        process: "alpha-1.1".to_owned(),
        code,
    };
    let drained = || term(lost_by("term"), 30);
    drained().breaks("runs_are_answered");
    drained()
        .event(60, exited(Some(0)))
        .breaks("runs_are_answered");
    drained().event(60, exited(None)).keeps_all();
    term(drained(), 35).event(50, exited(Some(1))).keeps_all();
}

#[test]
fn a_call_that_reaches_no_handler_is_found_unless_a_fault_lost_it() {
    let unanswered = || {
        let made = Script::default().at(0, "c1.1", request("a"));
        made.at(TIMEOUT, "c1.1", error("a", "timeout"))
    };
    let fault = |from| unanswered().fault(from, from + 500, "kill", "alpha-1", false);
    fault(6_000).breaks("calls_succeed_in_calm");
    fault(2_000).keeps_all();
}

#[test]
fn an_error_that_denies_a_run_is_found() {
    let busy = running("a").at(20, "alpha-1.1", finished("a", 0)).at(
        30,
        "c1.1",
        error("a", "no_provider"),
    );
    busy.breaks("not_run_means_not_run");
}

#[test]
fn a_run_without_a_right_is_found() {
    let denied = || {
        let members = asked("a", "alpha/soak.members", Expected::Denied);
        Script::default().at(0, "c1.1", members)
    };
    denied()
        .at(30, "c1.1", error("a", "unauthorized"))
        .keeps_all();
    denied()
        .at(10, "alpha-1.1", started("a"))
        .breaks("denied_calls_do_not_run");
    let expired = ran("a", "soak.members", 1, Some("an expired token"));
    let script = Script::default().at(0, "c1.1", request("a"));
    script
        .at(10, "alpha-1.1", expired)
        .breaks("denied_calls_do_not_run");
}

#[test]
fn a_run_after_the_deadline_is_found() {
    let script = Script::default().at(0, "c1.1", request("a"));
    script
        .at(TIMEOUT * 2, "alpha-1.1", started("a"))
        .breaks("no_run_after_the_deadline");
}

#[test]
fn a_run_with_more_time_than_its_call_is_found() {
    let run = |at: u64, remaining: u64| {
        let mut run = started("a");
        if let Record::Started { remaining_ms, .. } = &mut run {
            *remaining_ms = remaining;
        }
        let script = Script::default().at(0, "c1.1", request("a"));
        let script = script.at(at, "alpha-1.1", run);
        let script = script.at(at + 10, "alpha-1.1", finished("a", 0));
        script.at(at + 20, "c1.1", outcome("a", Outcome::Ok))
    };
    run(3_000, TIMEOUT - 3_000).keeps_all();
    run(3_000, 30_000).breaks("runs_have_their_calls_deadline");
}

#[test]
fn a_wrong_content_is_found() {
    let wrong = Record::WrongContent {
        call: "a".to_owned(),
        text: "3 bytes of 4".to_owned(),
    };
    answered("a")
        .at(50, "c1.1", wrong)
        .breaks("contents_are_right");
}

#[test]
fn a_failure_without_a_fault_is_found() {
    let failed = || {
        let script = Script::default().at(0, "c1.1", request("a"));
        script.at(30, "c1.1", error("a", "no_provider"))
    };
    failed().breaks("calls_succeed_in_calm");
    failed().fault(10, 40, "cut", "c1", false).keeps_all();
    // Another replica answers while one restarts.
    failed()
        .fault(10, 40, "term", "alpha-1", true)
        .breaks("calls_succeed_in_calm");
}

#[test]
fn a_pinned_call_that_runs_elsewhere_is_found() {
    let mut made = request("a");
    if let Record::Request { provider, .. } = &mut made {
        *provider = Some("node-1".to_owned());
    }
    let node = Record::Node {
        node: "node-2".to_owned(),
    };
    let script = Script::default().at(0, "c1.1", made);
    script
        .at(0, "alpha-2.1", node)
        .at(10, "alpha-2.1", started("a"))
        .breaks("pinned_calls_stay");
}

#[test]
fn more_calls_than_a_limit_allows_are_found() {
    let crowded = ran("a", "soak.narrow", 3, None);
    running("a")
        .at(10, "alpha-1.1", crowded)
        .breaks("limits_hold");
    let mut script = Script::default();
    for number in 0..21 {
        let call = format!("a{number}");
        script = script.at(0, "c1.1", request(&call)).at(
            number,
            "alpha-1.1",
            ran(&call, "soak.limited", 1, None),
        );
    }
    script.breaks("limits_hold");
}

#[test]
fn a_storm_of_retries_is_found() {
    let mut script = Script::default();
    for number in 0..20 {
        let call = format!("a{number}");
        let made = asked(&call, "alpha/soak.put", Expected::Answer);
        script = script.at(0, "c1.1", made);
        for at in 10..12 {
            script = script.at(at, "alpha-1.1", ran(&call, "soak.put", 1, None));
        }
    }
    script.breaks("retries_are_few");
}

#[test]
fn a_run_at_a_revoked_provider_is_found() {
    answered("a")
        .fault(20_000, 30_000, "revoke", "alpha", false)
        .keeps_all();
    let late = Script::default().at(26_000, "c1.1", request("a"));
    late.at(26_010, "alpha-1.1", started("a"))
        .fault(20_000, 30_000, "revoke", "alpha", false)
        .breaks("revoked_providers_do_not_run");
}

#[test]
fn a_failure_that_its_caller_does_not_see_is_found() {
    let failing = || {
        let made = asked("a", "alpha/soak.add", Expected::Failure(Failure::Panic));
        Script::default()
            .at(0, "c1.1", made)
            .at(10, "alpha-1.1", started("a"))
    };
    failing().at(30, "c1.1", error("a", "panicked")).keeps_all();
    failing()
        .at(30, "c1.1", outcome("a", Outcome::Ok))
        .breaks("failures_are_reported");
    failing()
        .at(30, "c1.1", error("a", "timeout"))
        .breaks("calls_succeed_in_calm");
}

#[test]
fn a_handler_that_outlives_its_call_is_found() {
    let ran_until = |at| {
        let failed = running("a").at(TIMEOUT, "c1.1", error("a", "timeout"));
        let dropped = Record::Dropped {
            call: "a".to_owned(),
        };
        failed.at(at, "alpha-1.1", dropped)
    };
    assert!(
        !ran_until(TIMEOUT)
            .broken()
            .contains(&"runs_end_at_their_deadline")
    );
    ran_until(3 * TIMEOUT).breaks("runs_end_at_their_deadline");
}

#[test]
fn a_content_that_cannot_be_fetched_is_found_unless_its_service_ends() {
    let failed = || {
        let ready = Record::Ready {
            process: "alpha-1.1".to_owned(),
            status: 200,
        };
        let failed = Record::FailedFetch {
            call: "a".to_owned(),
            text: "not shared".to_owned(),
        };
        answered("a").event(0, ready).at(40, "c1.1", failed)
    };
    failed().breaks("contents_are_fetched");
    let signal = Record::Signal {
        process: "alpha-1.1".to_owned(),
        signal: "KILL".to_owned(),
    };
    failed().event(35, signal).keeps_all();
    failed().fault(35, 50, "cut", "c1", false).keeps_all();
}
