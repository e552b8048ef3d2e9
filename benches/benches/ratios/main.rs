//! Speed and memory of hecate-om, as ratios to `macula-rust` and other baselines. Each ratio is
//! measured in one run on one station.

mod advertised;
mod bare;
mod boot;
mod calls;
mod codec;
mod content;
mod dispatch;
mod facts;
mod gateway;
mod guard;
mod health;
mod memory;
mod ours;
mod peers;
mod scale;
mod signatures;
mod streams;
mod world;

use std::path::Path;

use hecate_om_benches::Table;
use hecate_om_benches::commands::MESH;
use tokio::runtime::Runtime;

const TEXT: &str = "sixty-four bytes of text, or so, as a small request might hold ..";

/// Group of rows, by the name that selects it.
type Group = (&'static str, fn(&mut Table, &Runtime));

const GROUPS: [Group; 16] = [
    ("codec", |table, _| codec::codec(table)),
    ("dispatch", dispatch::dispatch),
    ("guard", |table, _| guard::guard(table)),
    ("health", health::health),
    ("calls", |table, _| calls::calls(table)),
    ("payloads", |table, _| calls::payloads(table)),
    ("streams", streams::streams),
    ("facts", facts::facts),
    ("content", content::content),
    ("boot", |table, _| boot::boot(table)),
    ("memory", memory::memory),
    ("signatures", |table, _| signatures::signatures(table)),
    ("advertised", advertised::advertised),
    ("peers", |table, _| peers::peers(table)),
    ("gateway", |table, _| gateway::gateway(table)),
    ("scale", scale::scale),
];

fn main() {
    let runtime = Runtime::new().expect("a runtime starts");
    if let Some(mesh) = std::env::var_os(MESH) {
        runtime.block_on(bare::run(Path::new(&mesh)));
        return;
    }
    if let Some(state) = std::env::var_os(ours::STATE) {
        runtime.block_on(ours::run(Path::new(&state)));
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // `cargo test --benches` only checks that the binary starts.
    if has("--test") {
        return;
    }
    // Cargo adds flags of its own. `just bench facts` runs only that group.
    let names: Vec<_> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let is_group = |name: &str| GROUPS.iter().any(|(group, _)| *group == name);
    if let Some(unknown) = names.iter().find(|name| !is_group(name)) {
        let all = GROUPS.map(|(name, _)| name).join(", ");
        eprintln!("no group `{unknown}`; choose from: {all}");
        std::process::exit(2);
    }
    hecate_om_tests::build_only(&["hecate-om-cli", "hecate-echo", "hecate-trial"]);
    let mut table = Table::start(has("--quick"));
    for (name, measure) in GROUPS {
        if names.is_empty() || names.iter().any(|selected| *selected == name) {
            measure(&mut table, &runtime);
        }
    }
    table.finish();
}
