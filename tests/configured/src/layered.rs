//! Layers around the capabilities, and capabilities that show what they did.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::stream;
use hecate_om::stream::{Inbound, Stream};
use hecate_om::{Call, Next, Refusal, Reply, capability};

use super::ConfiguredSettings;

/// Calls and streams that have ended, each with its outcome.
#[derive(Debug, Default)]
pub(crate) struct AuditLog(Mutex<Vec<String>>);

impl AuditLog {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().expect("no call panics with the lock");
        lines.push(line);
    }
}

/// Line for a call that ended from outside, so that its layer was dropped.
struct Dropped<'a> {
    log: &'a AuditLog,
    procedure: Option<&'a str>,
}

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        if let Some(procedure) = self.procedure {
            self.log.add(format!("{procedure} dropped"));
        }
    }
}

/// Layer of the service: logs each call with its outcome.
pub(crate) async fn audit(log: &AuditLog, call: &Call, next: Next<'_>) -> Reply {
    let mut dropped = Dropped {
        log,
        procedure: Some(call.procedure()),
    };
    let reply = next.run(call).await;
    dropped.procedure = None;
    let outcome = match &reply {
        Ok(response) => format!("ok {}", response.bytes()),
        Err(refusal) => refusal.code().to_owned(),
    };
    log.add(format!("{} {outcome}", call.procedure()));
    reply
}

/// Greeting for one call.
pub(crate) struct Greeting(String);

/// Provides the greeting, unless greetings are closed.
async fn greeting(settings: &ConfiguredSettings, call: &Call, next: Next<'_, Greeting>) -> Reply {
    if settings.count == 0 {
        return Err(Refusal::new("closed", "no greetings today"));
    }
    let greeting = Greeting(settings.greeting.clone());
    next.provide(greeting).run(call).await
}

/// Greets someone.
#[capability("configured.greet", access = open, layers = [greeting])]
async fn greet(greeting: &Greeting, name: String) -> String {
    format!("{}, {name}", greeting.0)
}

/// Streams greetings.
#[capability("configured.greet_all", access = open, layers = [greeting])]
async fn greet_all(greeting: &Greeting, names: Inbound<String>) -> impl Stream<Item = String> {
    use futures_util::StreamExt as _;

    names.map(|name| format!("{}, {name}", greeting.0))
}

/// Counts up to a number, and refuses the rest.
#[capability("configured.count", access = open)]
async fn count(to: u64) -> impl Stream<Item = Result<u64, Refusal>> {
    let end = Err(Refusal::new("too_many", "count further yourself"));
    stream::iter((0..to).map(Ok).chain([end]))
}

async fn panics(_: &Call, _: Next<'_>) -> Reply {
    panic!("in a layer, on purpose")
}

/// Is not reached.
#[capability("configured.panic", access = open, layers = [panics])]
async fn panic() {}

async fn hangs(_: &Call, _: Next<'_>) -> Reply {
    tokio::time::sleep(Duration::from_secs(3600)).await;
    Err(Refusal::new("woken", ""))
}

/// Is not reached. Only one call may run.
#[capability("configured.hang", access = open, layers = [hangs], timeout = "200ms", concurrency = 1, queue = 0)]
async fn hang() {}

/// Returns what the layer of the service has logged.
#[capability("configured.audited", access = open)]
async fn audited(log: &AuditLog) -> Vec<String> {
    log.0.lock().expect("no call panics with the lock").clone()
}
