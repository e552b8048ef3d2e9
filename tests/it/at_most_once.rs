//! How often a call is run over a network that loses, delays and repeats what is sent.
//!
//! One service asks another over a path with faults. QUIC delivers what was lost once the network heals, so that *lost* means
//! lost for longer than the call, or the try, is waited for.

use std::time::Duration;

use hecate_om::testing::Path;
use hecate_om::{Client, Mesh, call::CallError};
use hecate_om_station::Admission;
use hecate_om_tests::{PATIENCE, Process, Realm, Sandbox, Service};
use serde::Serialize;
use tokio::task::JoinHandle;

use crate::calls::runtime;
use crate::rolling_restart::member;

const PROVIDER: &str = "hecate-trial";
const ASKER: &str = "asker";

/// How long the asker waits where nobody is to answer its only try in time. Nothing the test does must be done by then.
const ONE_TRY: Duration = Duration::from_secs(4);
/// How long it waits where its first try is to fail, which has a seventh of it: so long that even on a machine that
/// does much else the test has lost the first answer, and has mended things within the second try.
const THREE_TRIES: Duration = Duration::from_secs(56);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The request does not leave the asker, until the first try is over.
    RequestLost,
    /// The handler runs, and its answer does not reach the asker, until the first try is over.
    ReplyLost,
    /// Every datagram takes a thousand times as long as loopback does, yet the answer comes within the first try.
    Slow,
    /// The handler is done only once the first try is over.
    SlowHandler,
    /// Every datagram comes twice.
    Duplicate,
}

/// A cell of the matrix: the trouble, whether the call is idempotent, how often it is run, and whether the asker has
/// an answer.
type Cell = (Trouble, bool, u64, bool);

const CELLS: [Cell; 10] = [
    // Nobody knows that it was not run, so it is not made again. It arrives late, after its deadline, and is not run.
    (Trouble::RequestLost, false, 0, false),
    // The second try is run; the first arrives late, after its deadline, and is not.
    (Trouble::RequestLost, true, 1, true),
    // It was run, which the asker does not know; it is not made again.
    (Trouble::ReplyLost, false, 1, false),
    // It was run, and made again: the price of an answer.
    (Trouble::ReplyLost, true, 2, true),
    // An answer that comes late is an answer.
    (Trouble::Slow, false, 1, true),
    (Trouble::Slow, true, 1, true),
    // The provider gives the handler up at the caller's deadline.
    (Trouble::SlowHandler, false, 1, false),
    // It gives the first up at the try's end, and the second is quick.
    (Trouble::SlowHandler, true, 2, true),
    // QUIC takes a packet once.
    (Trouble::Duplicate, false, 1, true),
    (Trouble::Duplicate, true, 1, true),
];

#[derive(Debug, Clone, Serialize)]
struct Tally {
    key: String,
    held: bool,
}

#[derive(Debug, Clone, Serialize)]
struct AskTally {
    org: &'static str,
    tally: Tally,
    idempotent: bool,
    milliseconds: u64,
}

/// The asker behind its path, and a healthy way to both services.
struct Scene {
    path: Path,
    asker: Process,
    client: Client,
}

impl Scene {
    fn mesh(&self) -> &Mesh {
        self.client.mesh()
    }

    /// How often the provider ran the key, asked over a healthy network.
    async fn runs(&self, key: &str) -> u64 {
        let call = self.mesh().procedure(format!("{PROVIDER}/trial.tallied"));
        let runs = call.timeout(PATIENCE).call(key).await;
        runs.expect("the provider answers")
    }

    async fn run_begins(&self, key: &str) {
        let run = async { while self.runs(key).await == 0 {} };
        let begun = tokio::time::timeout(PATIENCE, run).await;
        assert!(begun.is_ok(), "`{key}` is never run");
    }

    async fn release(&self, key: &str) {
        let call = self.mesh().procedure(format!("{PROVIDER}/trial.release"));
        let released = call.timeout(PATIENCE).call::<_, ()>(key).await;
        released.expect("the provider answers");
    }

    /// Has the asker ask.
    fn ask(&self, ask: AskTally) -> JoinHandle<Result<u64, CallError>> {
        let mesh = self.mesh().clone();
        tokio::spawn(async move {
            let call = mesh.procedure(format!("{ASKER}/trial.ask_tally"));
            call.timeout(PATIENCE).call(&ask).await
        })
    }

    /// One cell: what the asker got, and how often it was run.
    async fn play(&mut self, trouble: Trouble, idempotent: bool) -> (Result<u64, CallError>, u64) {
        self.asker.catch_up();
        let key = format!("{trouble:?} {idempotent}");
        let ask = AskTally {
            org: PROVIDER,
            tally: Tally {
                key: key.clone(),
                held: matches!(trouble, Trouble::ReplyLost | Trouble::SlowHandler),
            },
            idempotent,
            milliseconds: match (trouble, idempotent) {
                // An answer comes to the first try, however long it takes.
                (Trouble::Slow | Trouble::Duplicate, _) => PATIENCE,
                (_, true) => THREE_TRIES,
                (_, false) => ONE_TRY,
            }
            .as_millis() as u64,
        };
        // The asker says when its first try is over.
        let over = if idempotent {
            "called again"
        } else {
            "upstream_timeout"
        };
        let asked = match trouble {
            Trouble::RequestLost => {
                self.path.lose_to_station(1.0);
                let asked = self.ask(ask);
                self.asker.wait_for(over);
                asked
            }
            Trouble::ReplyLost => {
                let asked = self.ask(ask);
                self.run_begins(&key).await;
                self.path.lose_from_station(1.0);
                self.release(&key).await;
                self.asker.wait_for(over);
                asked
            }
            Trouble::SlowHandler => {
                let asked = self.ask(ask);
                self.run_begins(&key).await;
                self.asker.wait_for(over);
                self.release(&key).await;
                asked
            }
            Trouble::Slow => {
                self.path.delay(Duration::from_millis(150));
                self.ask(ask)
            }
            Trouble::Duplicate => {
                self.path.duplicate(1.0);
                self.ask(ask)
            }
        };
        if !matches!(trouble, Trouble::Slow | Trouble::Duplicate) {
            self.path.heal();
        }
        let answer = asked.await.expect("asking does not panic");
        self.path.heal();
        // What was lost arrives before what is sent after it.
        self.expect_answer(&format!("after {key}")).await;
        (answer, self.runs(&key).await)
    }

    /// Has the asker ask over a network without a fault.
    async fn expect_answer(&self, key: &str) {
        let ask = AskTally {
            org: PROVIDER,
            tally: Tally {
                key: key.to_owned(),
                held: false,
            },
            idempotent: false,
            milliseconds: PATIENCE.as_millis() as u64,
        };
        assert_eq!(self.ask(ask).await.expect("it does not panic"), Ok(1));
    }
}

#[test]
fn a_call_is_run_as_often_as_its_caller_allows_whatever_the_network_does() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, Admission::Grant).await;
        let provider = realm.run(&machine, PROVIDER, "provider");
        let path = Path::to(realm.addr()).await.expect("a free port");
        let asker = Service::start(
            realm
                .service(&machine, PROVIDER, ASKER)
                .envs(realm.environment(path.addr()))
                .env("HECATE_ORG", ASKER)
                .env("HECATE_LOG", "info,hecate_om::mesh=debug"),
        );
        // Live, they may not be granted yet, and what is not granted is not found.
        provider.ready();
        asker.ready();
        let client = member(&realm).await;
        let mut scene = Scene {
            path,
            asker: asker.process,
            client,
        };
        // It has found the provider before anything is lost.
        scene.expect_answer("before").await;
        let mut played = Vec::new();
        for (trouble, idempotent, _, _) in CELLS {
            let (answer, runs) = scene.play(trouble, idempotent).await;
            if let Err(error) = &answer {
                assert_eq!(error.code(), "upstream_timeout", "{trouble:?}: {error}");
            }
            played.push((trouble, idempotent, runs, answer.is_ok()));
        }
        assert_eq!(played, CELLS);
        scene.client.close().await;
        drop(provider);
        realm.close().await;
    });
}
