//! Executes the commands of the benches with `macula-rust` as it is published: its signatures are
//! made by the original `macula-mldsa`.

#[path = "../../benches/ratios/bare/mod.rs"]
mod bare;

use std::path::Path;

use hecate_om_benches::commands::MESH;

#[tokio::main]
async fn main() {
    let mesh = std::env::var_os(MESH).expect("the folder of the mesh is set");
    bare::run(Path::new(&mesh)).await;
}
