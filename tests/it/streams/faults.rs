//! Client streams over a path that loses the data sent to the caller.

use std::time::Duration;

use hecate_om::Client;
use hecate_om::testing::NetworkPath;
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Realm, Sandbox, runtime};

use super::{Number, in_time, release, sum, until};

/// The number of items, of 11 KiB each with their frames.
const ALL: u64 = 1_000;
/// The number of items that fit the window, and the first one beyond it.
const WINDOW: u64 = 1024 / 11 + 1;

fn number(number: u64) -> Number {
    Number {
        number,
        padding: "x".repeat(7 * 1024),
    }
}

#[test]
fn a_client_stream_without_acknowledgements_pauses_and_then_continues() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let trial = realm.run(&machine, "hecate-trial", "trial");
        trial.ready();
        let path = NetworkPath::to(realm.addr()).await.expect("a free port");
        let environment = realm.environment(path.addr());
        let environment = environment.into_iter().map(|(k, v)| (k.into(), v.into()));
        let client = Client::from_env(environment)
            .await
            .expect("the environment is valid");
        let other = realm.client().await;
        let mut stream = sum(client.mesh(), "lost").await;
        stream.send(&number(0)).await.unwrap();
        until(other.mesh(), "lost", |progress| progress.open == 1).await;

        path.lose_from_station(1.0);
        let mut sent = 1;
        let all = async {
            while sent < ALL {
                stream.send(&number(sent)).await.unwrap();
                sent += 1;
            }
        };
        // The waiting send is dropped, and so sends nothing.
        let held = tokio::time::timeout(Duration::from_secs(3), all).await;
        assert!(held.is_err(), "it is held back");
        assert!(sent <= WINDOW, "{sent} items are sent");

        path.heal();
        release(other.mesh(), "lost").await;
        let sum = async {
            for number in (sent..ALL).map(number) {
                stream.send(&number).await?;
            }
            stream.finish().await
        };
        assert_eq!(in_time(sum).await, Ok((0..ALL).sum()));
        client.close().await;
        other.close().await;
        drop(trial);
        realm.close().await;
    });
}
