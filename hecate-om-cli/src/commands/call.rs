//! `call`: JSON in, JSON out.

use serde_json::Value;

use crate::flags::{CallFlags, MeshFlags, Mistakes, Request, connect};
use crate::json::Json;
use crate::output::{Failure, Output, pretty};

pub(crate) async fn run(
    call: &CallFlags,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let mut mistakes = Mistakes::default();
    let client = mesh.client(&mut mistakes);
    let prepared = call.prepare(&mut mistakes);
    let request = mistakes.take(Request::read(call.request.as_deref()));
    let Request(request) = mistakes.end(request)?;
    let client = connect(client).await?;
    let outgoing = prepared.outgoing(client.mesh());
    let answer = outgoing.call::<Value, Json>(&request).await;
    client.close().await;
    let Json(answer) = answer?;
    output.answer(&answer, || pretty(&answer))
}
