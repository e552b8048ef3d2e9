//! A schedule with `replicas = one` on three instances, of which one is killed and one drained.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, Service, runtime, until};

/// Period of the schedule.
const PERIOD: u64 = 1_000;
/// Maximum time for which a killed instance is still advertised: the idle timeout of a link to the
/// station, with time to spare.
const ADVERTISED: u64 = 40_000;

/// The instances that ran each due time.
type Turns = BTreeMap<u64, Vec<&'static str>>;

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_millis().try_into().unwrap()
}

fn turns(machine: &Sandbox) -> Turns {
    let mut turns = Turns::new();
    for name in ["a", "b", "c"] {
        let file = machine.path().join(name).join("turns");
        for due in std::fs::read_to_string(file).unwrap_or_default().lines() {
            let due = due.parse().expect("each line is a due time");
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

/// Returns the due times from `from` to `to` that did not run.
fn lost(turns: &Turns, from: u64, to: u64) -> Vec<u64> {
    let dues = (from.next_multiple_of(PERIOD)..=to).step_by(PERIOD as usize);
    dues.filter(|due| !turns.contains_key(due)).collect()
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
        let shared = wait_for_turns(&machine, ready, 15);

        let killed = now();
        c.process.signal("KILL");
        while c.process.is_running() {
            std::thread::yield_now();
        }
        let after_kill = now();
        let taken_over = wait_for_turns(&machine, killed, 12);

        let drained = now();
        b.process.signal("TERM");
        let (status, log) = b.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        let gone = now();
        let end = wait_for_turns(&machine, gone, 5);

        let turns = turns(&machine);
        let twice: Vec<_> = turns.range(ready..).filter(|(_, by)| by.len() > 1).collect();
        assert!(twice.is_empty(), "run by two instances: {twice:?}");
        let each: Vec<_> = turns.range(ready..=shared).map(|(_, by)| by[0]).collect();
        assert!(["a", "b", "c"].iter().all(|name| each.contains(name)), "{each:?}");
        assert_eq!(lost(&turns, ready, killed - PERIOD), [], "all instances lived");
        // Only what the killed instance would have run is lost, and only while it is advertised.
        let lost_by_kill = lost(&turns, killed - PERIOD, drained - PERIOD);
        eprintln!(
            "lost after the kill: {} of {} due times, the last one {} ms after it",
            lost_by_kill.len(),
            (taken_over - killed) / PERIOD,
            lost_by_kill.last().map_or(0, |due| due.saturating_sub(killed))
        );
        assert!(lost_by_kill.iter().all(|due| *due < killed + ADVERTISED), "{lost_by_kill:?}");
        let dead: Vec<_> = turns.range(after_kill..).filter(|(_, by)| by[0] == "c").collect();
        assert!(dead.is_empty(), "{dead:?}");
        // A due time may fall into the withdrawal.
        let lost_by_drain = lost(&turns, drained - PERIOD, gone);
        eprintln!("lost by the drain: {}", lost_by_drain.len());
        assert!(lost_by_drain.len() <= 1, "{lost_by_drain:?}");
        assert_eq!(lost(&turns, gone, end), [], "one instance lived");
        a.process.signal("TERM");
        let (status, log) = a.process.end();
        assert_eq!(status.code(), Some(0), "{log}");
        realm.close().await;
    });
}
