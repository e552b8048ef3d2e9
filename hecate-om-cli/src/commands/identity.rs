//! `identity`: prints the caller's node id.

use serde_json::json;

use crate::flags::MeshFlags;
use crate::output::{Failure, Output};

pub(crate) async fn run(mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    if !mesh.has_identity() {
        return Err(Failure::malformed(
            "without `--identity FILE`, each invocation is a new node; name a node key file, which is created if it \
             does not exist",
        ));
    }
    let node_id = mesh.node_id().await?.to_string();
    output.print_result(&json!({ "node_id": node_id }), || node_id.clone())
}
