//! Number of times that a call runs over a network that loses, delays and duplicates datagrams.
//! QUIC delivers lost data once the network recovers, so "lost" means lost for longer than the
//! duration of the try or the call.

use std::time::Duration;

use hecate_om::testing::NetworkPath;
use hecate_om::{Client, Mesh, call::CallError};
use hecate_om_station::ClaimDecision;
use hecate_om_tests::{Process, Realm, Sandbox, Service, WAIT_LIMIT, runtime};
use serde::Serialize;
use tokio::task::JoinHandle;

const PROVIDER: &str = "hecate-trial";
const CALLER: &str = "caller";

/// The timeout of a call whose only try is meant to fail. No step of the test depends on its end.
const ONE_TRY: Duration = Duration::from_secs(4);
/// The timeout of a call whose first try, which takes a seventh of it, is meant to fail. Even on a
/// busy machine, the test has lost the first response and restored the network within the second
/// try.
const THREE_TRIES: Duration = Duration::from_secs(56);

/// The fault of the network or the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// The request does not leave the caller before the first try has ended.
    RequestLost,
    /// The handler runs, but its response does not reach the caller before the first try has ended.
    ReplyLost,
    /// Datagrams take a thousand times as long as on loopback, but the response arrives within the
    /// first try.
    Slow,
    /// The handler returns only after the first try has ended.
    SlowHandler,
    /// Every datagram arrives twice.
    Duplicate,
}

/// A cell of the matrix: the fault, whether the call is idempotent, how often it runs, and whether
/// the caller gets a response.
type Cell = (Fault, bool, u64, bool);

const CELLS: [Cell; 10] = [
    // The call may have run, so it is not retried. The request arrives after its deadline and does
    // not run.
    (Fault::RequestLost, false, 0, false),
    // The second try runs; the first arrives after its deadline and does not run.
    (Fault::RequestLost, true, 1, true),
    // The call ran, but the caller cannot know that and does not retry.
    (Fault::ReplyLost, false, 1, false),
    // The call ran and was retried.
    (Fault::ReplyLost, true, 2, true),
    // A late response is a response.
    (Fault::Slow, false, 1, true),
    (Fault::Slow, true, 1, true),
    // The provider drops the handler at the caller's deadline.
    (Fault::SlowHandler, false, 1, false),
    // The provider drops the first handler at the end of the try; the second one is fast.
    (Fault::SlowHandler, true, 2, true),
    // QUIC accepts each packet once.
    (Fault::Duplicate, false, 1, true),
    (Fault::Duplicate, true, 1, true),
];

#[derive(Debug, Clone, Serialize)]
struct Run {
    key: String,
    held: bool,
}

#[derive(Debug, Clone, Serialize)]
struct CallerRequest {
    org: &'static str,
    run: Run,
    idempotent: bool,
    timeout_ms: u64,
}

/// The caller behind its faulty path, and a healthy path to both services.
struct Setup {
    path: NetworkPath,
    caller: Process,
    client: Client,
}

impl Setup {
    fn mesh(&self) -> &Mesh {
        self.client.mesh()
    }

    /// Returns how often the provider ran the call with this key, read over a healthy network.
    async fn runs(&self, key: &str) -> u64 {
        let call = self.mesh().procedure(format!("{PROVIDER}/trial.run_count"));
        let runs = call.timeout(WAIT_LIMIT).call(key).await;
        runs.expect("the provider answers")
    }

    async fn wait_for_run(&self, key: &str) {
        let run = async { while self.runs(key).await == 0 {} };
        let ran = tokio::time::timeout(WAIT_LIMIT, run).await;
        assert!(ran.is_ok(), "`{key}` never ran");
    }

    async fn release(&self, key: &str) {
        let call = self.mesh().procedure(format!("{PROVIDER}/trial.release"));
        let released = call.timeout(WAIT_LIMIT).call::<_, ()>(key).await;
        released.expect("the provider answers");
    }

    /// Starts a call in the caller's process.
    fn call(&self, request: CallerRequest) -> JoinHandle<Result<u64, CallError>> {
        let mesh = self.mesh().clone();
        tokio::spawn(async move {
            let call = mesh.procedure(format!("{CALLER}/trial.call_record_run"));
            call.timeout(WAIT_LIMIT).call(&request).await
        })
    }

    /// Runs one cell; returns the caller's result and how often the call ran.
    async fn run_cell(&mut self, fault: Fault, idempotent: bool) -> (Result<u64, CallError>, u64) {
        self.caller.catch_up();
        let key = format!("{fault:?} {idempotent}");
        let request = CallerRequest {
            org: PROVIDER,
            run: Run {
                key: key.clone(),
                held: matches!(fault, Fault::ReplyLost | Fault::SlowHandler),
            },
            idempotent,
            timeout_ms: match (fault, idempotent) {
                // The response arrives within the first try, however slow.
                (Fault::Slow | Fault::Duplicate, _) => WAIT_LIMIT,
                (_, true) => THREE_TRIES,
                (_, false) => ONE_TRY,
            }
            .as_millis() as u64,
        };
        // The caller reports the end of its first try.
        let over = if idempotent {
            "retrying call"
        } else {
            "upstream_timeout"
        };
        let outcome = match fault {
            Fault::RequestLost => {
                self.path.lose_to_station(1.0);
                let outcome = self.call(request);
                self.caller.wait_for(over);
                outcome
            }
            Fault::ReplyLost => {
                let outcome = self.call(request);
                self.wait_for_run(&key).await;
                self.path.lose_from_station(1.0);
                self.release(&key).await;
                self.caller.wait_for(over);
                outcome
            }
            Fault::SlowHandler => {
                let outcome = self.call(request);
                self.wait_for_run(&key).await;
                self.caller.wait_for(over);
                self.release(&key).await;
                outcome
            }
            Fault::Slow => {
                self.path.delay(Duration::from_millis(150));
                self.call(request)
            }
            Fault::Duplicate => {
                self.path.duplicate(1.0);
                self.call(request)
            }
        };
        if !matches!(fault, Fault::Slow | Fault::Duplicate) {
            self.path.heal();
        }
        let answer = outcome.await.expect("the task does not panic");
        self.path.heal();
        // Lost data arrives before anything that is sent later.
        self.expect_answer(&format!("after {key}")).await;
        (answer, self.runs(&key).await)
    }

    /// Makes a call over a network without faults.
    async fn expect_answer(&self, key: &str) {
        let request = CallerRequest {
            org: PROVIDER,
            run: Run {
                key: key.to_owned(),
                held: false,
            },
            idempotent: false,
            timeout_ms: WAIT_LIMIT.as_millis() as u64,
        };
        assert_eq!(
            self.call(request).await.expect("the task does not panic"),
            Ok(1)
        );
    }
}

#[test]
fn a_call_runs_as_often_as_its_caller_allows_over_a_faulty_network() {
    let machine = Sandbox::new();
    runtime().block_on(async {
        let mut realm = Realm::start(&machine, ClaimDecision::Grant).await;
        let provider = realm.run(&machine, PROVIDER, "provider");
        let path = NetworkPath::to(realm.addr()).await.expect("a free port");
        let caller = Service::start(
            realm
                .service(&machine, PROVIDER, CALLER)
                .envs(realm.environment(path.addr()))
                .env("HECATE_ORG", CALLER)
                .env("HECATE_LOG", "info,hecate_om::mesh=debug"),
        );
        // A live service may not be admitted yet, and is then not found.
        provider.ready();
        caller.ready();
        let client = realm.client().await;
        let mut setup = Setup {
            path,
            caller: caller.process,
            client,
        };
        // The caller finds the provider before anything is lost.
        setup.expect_answer("before").await;
        let mut played = Vec::new();
        for (fault, idempotent, _, _) in CELLS {
            let (answer, runs) = setup.run_cell(fault, idempotent).await;
            if let Err(error) = &answer {
                assert_eq!(error.code(), "upstream_timeout", "{fault:?}: {error}");
            }
            played.push((fault, idempotent, runs, answer.is_ok()));
        }
        assert_eq!(played, CELLS);
        setup.client.close().await;
        drop(provider);
        realm.close().await;
    });
}
