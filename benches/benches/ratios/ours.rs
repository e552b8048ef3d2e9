//! Process that uses hecate-om, and executes the commands of the process in [`crate::bare`].

use std::path::Path;
use std::time::{Duration, Instant};

use hecate_om::__private::ManyCapabilities;
use hecate_om::{Client, Mesh};
use hecate_om_benches::commands::{calls, next_command};

use crate::bare::node::TIMEOUT;
use crate::scale::org;
use crate::world::{client, mesh_folder};

/// State folder of the machine, set in such a process.
pub(crate) const STATE: &str = "HECATE_BENCH_STATE";

/// Links to the mesh, and executes commands until the input ends.
pub(crate) async fn run(state: &Path) {
    let first = linked(state).await;
    let mut clients: Vec<Client> = Vec::new();
    let mut served = Vec::new();
    println!("ready");
    while let Some((command, numbers)) = next_command().await {
        let since = Instant::now();
        match (command.as_str(), numbers.as_slice()) {
            ("calls", [callers, each, bytes]) => {
                let mesh = first.mesh().clone();
                calls(*callers, *each, *bytes, move |text| {
                    let mesh = mesh.clone();
                    async move { echo(&mesh, &text).await }
                })
                .await;
            }
            ("serve", [count]) => {
                let org = format!("many{}", served.len());
                let many = ManyCapabilities::start(&mesh_folder(state), &org, *count).await;
                many.acknowledged().await;
                served.push(many);
            }
            ("visit", [services, pause, seconds]) => {
                visit(first.mesh(), *services, *pause, *seconds).await;
            }
            ("link", [count]) => {
                for _ in 0..*count {
                    clients.push(linked(state).await);
                }
            }
            other => panic!("no such command: {other:?}"),
        }
        println!("{}", since.elapsed().as_secs_f64());
    }
}

async fn linked(state: &Path) -> Client {
    let client = client(state).await;
    echo(client.mesh(), "").await;
    client
}

/// Calls `echo.say`, and checks the answer.
pub(crate) async fn echo(mesh: &Mesh, text: &str) {
    let call = mesh.procedure("hecate-echo/echo.say").timeout(TIMEOUT);
    let answer: String = call.call(text).await.expect("the call is answered");
    assert_eq!(answer, text);
}

/// Calls services one after another for some seconds, with a pause of so many microseconds between
/// the starts of two calls.
async fn visit(mesh: &Mesh, services: usize, pause: usize, seconds: usize) {
    let mut starts = tokio::time::interval(Duration::from_micros(pause as u64));
    let until = Instant::now() + Duration::from_secs(seconds as u64);
    for number in (0..services).cycle() {
        starts.tick().await;
        if Instant::now() >= until {
            return;
        }
        let procedure = format!("{}/echo.say", org(number));
        let call = mesh.procedure(&procedure).timeout(TIMEOUT);
        let answer: String = call.call("").await.expect("the call is answered");
        assert_eq!(answer, "");
    }
}
