//! A schedule with `replicas = one` on three instances, of which one is killed and one drained.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, Service, runtime, until};

/// Period of the schedule.
const PERIOD: u64 = 2_000;
/// The instances that ran each due time.
type Turns = BTreeMap<u64, Vec<&'static str>>;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.expect("it is after 1970").as_millis();
    u64::try_from(since).expect("it fits")
}

fn turns(machine: &Sandbox) -> Turns {
    let mut turns = Turns::new();
    for name in ["a", "b", "c"] {
        let file = machine.path().join(name).join("turns");
        for due in std::fs::read_to_string(file).unwrap_or_default().lines() {
            let due: u64 = due.parse().expect("each line is a due time");
            turns.entry(due).or_default().push(name);
        }
    }
    turns
}

/// Waits until `count` due times in a row after `since` ran; returns the last one.
fn wait_for_turns(machine: &Sandbox, since: u64, count: u64) -> u64 {
    let mut last = 0;
    until("due times in a row", || {
        let turns = turns(machine);
        let dues: Vec<u64> = turns.range(since..).map(|(due, _)| *due).collect();
        let row = |dues: &&[u64]| dues[dues.len() - 1] - dues[0] == (count - 1) * PERIOD;
        match dues.windows(count as usize).rfind(row) {
            Some(dues) => {
                last = dues[dues.len() - 1];
                Ok(())
            }
            None => Err(dues),
        }
    });
    last
}

#[test]
fn each_due_time_runs_on_one_instance_until_it_is_killed_or_drained() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let start = |name: &str| {
            let mut command = realm.service(&machine, "hecate-configured", name);
            command.env("CONFIGURED_GREETING", "hello");
            let replica = Service::start(&mut command);
            replica.ready();
            replica
        };
        let [a, b, mut c] = ["a", "b", "c"].map(start);
        let ready = now() + PERIOD;
        let shared = wait_for_turns(&machine, ready, 10);

        let killed = now();
        c.process.signal("KILL");
        while c.process.is_running() {
            std::thread::yield_now();
        }
        let after_kill = now();
        wait_for_turns(&machine, killed, 10);

        let drained = now();
        b.process.signal("TERM");
        let (status, log) = b.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        let gone = now();
        let end = wait_for_turns(&machine, gone, 5);

        let turns = turns(&machine);
        let each: Vec<_> = turns.range(ready..=shared).map(|(_, by)| by[0]).collect();
        assert!(
            ["a", "b", "c"].iter().all(|name| each.contains(name)),
            "{each:?}"
        );
        let dues = (ready.next_multiple_of(PERIOD)..=end).step_by(PERIOD as usize);
        let not_once = dues.filter(|due| turns.get(due).map_or(0, Vec::len) != 1);
        let not_once: Vec<u64> = not_once.collect();
        // An instance may answer for a due time and end before it runs, or run and end before
        // another asks it.
        let at = |from: u64, to: u64| move |due: &u64| from - PERIOD <= *due && *due <= to;
        let by_kill = not_once.iter().copied().filter(at(killed, after_kill));
        let by_drain = not_once.iter().copied().filter(at(drained, gone));
        let explained: Vec<u64> = by_kill.take(1).chain(by_drain.take(1)).collect();
        assert_eq!(not_once, explained, "{turns:?}");
        let dead: Vec<_> = turns
            .range(after_kill..)
            .filter(|(_, by)| by[0] == "c")
            .collect();
        assert!(dead.is_empty(), "{dead:?}");
        a.process.signal("TERM");
        let (status, log) = a.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        realm.close().await;
    });
}
