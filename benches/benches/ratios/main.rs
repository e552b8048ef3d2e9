//! What hecate-om costs, in ratios to what it stands on, each from one run on one station.

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
    let runtime = Runtime::new().expect("a runtime can be made");
    if let Some(dir) = std::env::var_os(bare::BARE_PROVIDER) {
        runtime.block_on(bare::serve_bare(Path::new(&dir)));
        return;
    }
    if let Some(dir) = std::env::var_os(advertised::MANY) {
        runtime.block_on(advertised::serve_many(Path::new(&dir)));
        return;
    }
    // `cargo test --benches` only asks whether it runs.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    // `cargo bench … -- facts` runs that alone.
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|n| n == name);
    if wanted("codec") {
        codec::codec();
    }
    if wanted("dispatch") {
        dispatch::dispatch(&runtime);
    }
    if wanted("calls") {
        calls::calls(&runtime);
    }
    if wanted("facts") {
        facts::facts(&runtime);
    }
    if wanted("streams") {
        streams::streams(&runtime);
    }
    if wanted("advertised") {
        advertised::advertised(&runtime);
    }
}

/// Where the machine's mesh is kept.
fn mesh_folder(machine: &Sandbox) -> PathBuf {
    machine.path().join("state/hecate/dev-mesh")
}

/// A client on the machine's mesh.
fn client(runtime: &Runtime, machine: &Sandbox) -> Client {
    let state = machine.path().join("state");
    let environment = [("XDG_STATE_HOME".into(), state.into())];
    let client = runtime.block_on(Client::from_env(environment));
    client.expect("the mesh runs")
}
