//! Overhead of hecate-om, as ratios to `macula-rust` and other baselines. Each ratio is measured in
//! one run on one station.

mod advertised;
mod bare;
mod calls;
mod codec;
mod dispatch;
mod facts;
mod streams;

use std::path::{Path, PathBuf};

use hecate_om::Client;
use hecate_om_tests::Sandbox;
use tokio::runtime::Runtime;

const TEXT: &str = "sixty-four bytes of text, or so, as a small request might hold ..";

fn main() {
    let runtime = Runtime::new().expect("a runtime starts");
    if let Some(dir) = std::env::var_os(bare::BARE_PROVIDER) {
        runtime.block_on(bare::serve_bare(Path::new(&dir)));
        return;
    }
    if let Some(dir) = std::env::var_os(advertised::MANY) {
        runtime.block_on(advertised::serve_many(Path::new(&dir)));
        return;
    }
    // `cargo test --benches` only checks that the binary starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    // `cargo bench … -- facts` runs only that benchmark.
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let selected = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    if selected("codec") {
        codec::codec();
    }
    if selected("dispatch") {
        dispatch::dispatch(&runtime);
    }
    if selected("calls") {
        calls::calls(&runtime);
    }
    if selected("facts") {
        facts::facts(&runtime);
    }
    if selected("streams") {
        streams::streams(&runtime);
    }
    if selected("advertised") {
        advertised::advertised(&runtime);
    }
}

/// Returns the folder of the machine's development mesh.
fn mesh_folder(machine: &Sandbox) -> PathBuf {
    machine.path().join("state/hecate/dev-mesh")
}

/// Connects a client to the machine's mesh.
fn client(runtime: &Runtime, machine: &Sandbox) -> Client {
    let state = machine.path().join("state");
    let environment = [("XDG_STATE_HOME".into(), state.into())];
    let client = runtime.block_on(Client::from_env(environment));
    client.expect("the mesh runs")
}
