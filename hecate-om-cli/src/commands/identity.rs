//! `identity`: which node calls are made as.

use serde_json::json;

use crate::flags::MeshFlags;
use crate::output::{Failure, Output};

pub(crate) async fn run(mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    if !mesh.has_identity() {
        return Err(Failure::malformed(
            "without `--identity FILE` each invocation is a node of its own, so there is no id to say; name the file \
             of the node key, which is made there where there is none",
        ));
    }
    let node_id = mesh.node_id().await?.to_string();
    output.done(&json!({ "node_id": node_id }), || node_id.clone())
}
